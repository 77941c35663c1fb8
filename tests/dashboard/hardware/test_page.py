"""The page Hardware in every state; its callbacks as plain functions."""

import json
import sys
from typing import Any

import dash
import pytest
from dash import dcc, html

from dashboard.components.hardware import costs
from store.schema import encode
from tests import hardware_runs
from tests.hardware_runs import ID, believable, benchmark_run

HEADLINE = "times as fast as the CPU of the same machine"


@pytest.fixture
def hardware(app) -> Any:
    """The page module that Dash loaded, in a request."""
    with app.server.test_request_context():
        yield sys.modules["dashboard.pages.hardware"]


def parts(component: Any) -> list[Any]:
    """All components below one, and below those of a list."""
    if isinstance(component, list | tuple):
        return [part for child in component for part in parts(child)]
    children = getattr(component, "children", None)
    return [component, *([] if children is None else parts(children))]


def text(component: Any) -> str:
    return " ".join(part for part in parts(component) if isinstance(part, str))


def brought(run: Any) -> dict[str, str]:
    return {"name": "benchmark.json", "text": encode(run).decode()}


def test_a_run_with_a_gpu_has_its_headline_and_every_card(hardware, shown):
    shown.change(benchmark_runs={ID: hardware_runs.every_state()})

    page = hardware.layout()

    headings = [part.children for part in parts(page) if isinstance(part, html.H2)]
    assert headings == [
        "In short",
        "Time against rows",
        "How many times as fast",
        "Where the time goes",
        "What is left of a speed-up",
        "Cost against time",
        "What was measured",
        "Your machine",
        "What others published",
        "Cost against time, as published",
    ]
    assert HEADLINE in text(page)


def test_a_run_without_a_gpu_says_so_and_claims_nothing(hardware, shown):
    shown.change(benchmark_runs={ID: hardware_runs.cpu_only()})

    said = text(hardware.layout())

    assert "No GPU was measured on this machine" in said
    assert "the GPU is slower in 46" in said
    assert "GPU: not measured" in said
    assert HEADLINE not in said
    assert "How many times as fast" not in said


def test_without_a_run_the_page_says_how_to_make_one_and_why_there_is_none(hardware, shown):
    shown.change(benchmark_runs={}, problems={f"benchmark {ID}": "it was changed"})

    page = hardware.layout()

    assert "python -m pipeline benchmark --publish" in text(page)
    assert "it was changed" in text(page)
    assert "What others published" in text(page)


def test_every_chart_has_a_caption_and_a_table(hardware, shown):
    shown.change(benchmark_runs={ID: hardware_runs.every_state()})

    sections = [part for part in parts(hardware.layout()) if isinstance(part, html.Section)]

    charts = [s for s in sections if any(isinstance(p, dcc.Graph) for p in parts(s))]
    assert len(charts) == 7
    for section in charts:
        assert any(getattr(p, "className", "") == "card-caption" for p in parts(section))
        assert "Show as table" in text(section)
        assert "Download CSV" in text(section)


def test_several_machines_can_be_chosen_and_the_newest_comes_first(hardware, shown):
    newer = benchmark_run(id="20261201T120000Z-abcdef")
    shown.change(benchmark_runs={ID: hardware_runs.every_state(), newer.id: newer})

    newest, chosen = hardware.layout(), hardware.layout(run=ID)

    links = [part.to_plotly_json()["props"] for part in parts(newest) if isinstance(part, html.A)]
    runs = [link["href"] for link in links if "?run=" in link["href"]]
    assert runs == [f"/hardware?run={newer.id}", f"/hardware?run={ID}"]
    assert HEADLINE not in text(newest)
    assert HEADLINE in text(chosen)


def test_a_run_that_was_cut_off_says_so(hardware, shown):
    shown.change(benchmark_runs={ID: benchmark_run(finished=None)})

    assert "This run was cut off before its end." in text(hardware.layout())


def test_a_visitors_run_is_shown_and_drawn_from_what_they_brought(hardware):
    cards, status = hardware.show_brought(brought(believable()))

    assert "Your run, shown to you alone." in text(cards)
    assert status == f"Run {ID} is shown above."
    store = next(part for part in parts(cards) if isinstance(part, dcc.Store))
    assert store.to_plotly_json()["props"]["data"] == ""
    assert "Trees" in text(hardware.show_times("fit", "", brought(believable())))
    assert json.loads(hardware.save(1, "", brought(believable()))["content"])["id"] == ID


def test_what_cannot_be_shown_is_told_with_its_reason(hardware):
    cards, status = hardware.show_brought(brought(hardware_runs.every_state()))

    assert cards is dash.no_update
    assert "never shown" in text(status)


def test_another_time_redraws_the_panels(hardware, shown):
    shown.change(benchmark_runs={ID: hardware_runs.every_state()})

    first = text(hardware.show_times("first", ID, None))

    assert "The first time in a fresh process" in first
    assert "A first time is one run, without an interval" in first


def test_a_price_of_the_list_fills_the_field_and_one_of_ones_own_stays(hardware):
    cpu, gpu = hardware.set_prices("0", costs.OWN)

    assert cpu > 0
    assert gpu is dash.no_update


@pytest.mark.parametrize("chosen", [None, "", "99", "-1", "own", "²"])
def test_a_choice_that_is_none_of_the_list_is_no_price(hardware, chosen):
    assert hardware.set_prices(chosen, chosen) == [dash.no_update] * 2


def test_costs_are_priced_dated_and_sourced(hardware, shown):
    shown.change(benchmark_runs={ID: hardware_runs.every_state()})
    page = hardware.layout()
    own = {
        part.id: part.value
        for part in parts(page)
        if getattr(part, "id", "") and hasattr(part, "value")
    }
    Ids = costs.Ids

    def show(cpu: float | None) -> tuple[Any, Any, Any]:
        chosen = own[Ids.CPU_FROM], own[Ids.GPU_FROM]
        return hardware.show_costs(cpu, own[Ids.GPU_PRICE], "60", "whole", *chosen, ID, None)

    _, table, said = show(own[Ids.CPU_PRICE])
    assert "as of 2017-10-11" in text(said)
    assert "as of 2023-10-06" in text(said)
    assert "Boosted trees" in text(table)
    assert "CPU: $9 an hour, a price of your own." in text(show(9.0)[2])
    assert "CPU: no price, so it is not drawn." in text(show(None)[2])


def test_a_machine_whose_type_has_a_price_is_priced_at_it_and_undated_ones_say_so(hardware, shown):
    rented = hardware_runs.machine().model_copy(update={"instance": "g4dn.xlarge"})
    shown.change(benchmark_runs={ID: benchmark_run(machine=rented)})
    own = {getattr(p, "id", ""): getattr(p, "value", None) for p in parts(hardware.layout())}
    Ids = costs.Ids
    chosen = own[Ids.CPU_FROM], own[Ids.GPU_FROM]

    prices = own[Ids.CPU_PRICE], own[Ids.GPU_PRICE]
    _, _, said = hardware.show_costs(*prices, "0", "whole", *chosen, ID, None)

    assert prices == (0.526, 0.526)
    assert "CPU: $0.526 an hour, AWS g4dn.xlarge, undated (SkyPilot" in " ".join(text(said).split())


def test_every_cell_says_whether_the_way_of_the_rows_is_in_its_time(hardware, shown):
    inside = hardware_runs.timings(0.1, transfer="inside")
    cells = (
        hardware_runs.on_gpu("trees", 1_000, 0.1, timings=inside),
        hardware_runs.cell("trees", 1_000, 0.2),
    )
    shown.change(benchmark_runs={ID: benchmark_run(*cells, gpu=True)})

    found = (getattr(part, "data-table", None) for part in parts(hardware.layout()))
    tables = [json.loads(drawn) for drawn in found if drawn]

    (every,) = [table for table in tables if table["name"] == "hardware-cells"]
    place = every["columns"].index("Way of the rows")
    assert [row[place] for row in every["rows"]] == ["inside the training", "none"]


def test_published_figures_are_counted_again_behind_filters(hardware):
    _, table, everything = hardware.show_published("any", "any", "any", "any")
    _, fewer, said = hardware.show_published("Cook County Assessor", "any", "any", "any")

    rows = json.loads(table.to_plotly_json()["props"]["data-table"])["rows"]
    assert len(rows) == 201
    assert all(row[1]["address"].startswith("https://") for row in rows)
    assert everything.startswith("Of 198 published pairs of times, the GPU is slower in 46;")
    assert len(json.loads(fewer.to_plotly_json()["props"]["data-table"])["rows"]) == 4
    assert said.startswith("With these filters, of 4 published pairs of times, the GPU is slower")
    assert said.endswith("Without them, it is slower in 46 of 198.")
