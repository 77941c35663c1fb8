"""Hardware: is training on a GPU worth it?"""

from typing import Any

import dash
from dash import Input, Output, State, callback, clientside_callback, dcc, html, no_update
from flask import request

from dashboard.components.answer import notice, shown_alone
from dashboard.components.charts import styled
from dashboard.components.hardware import costs, published
from dashboard.components.hardware.about import about, known
from dashboard.components.hardware.bringing import BROUGHT, STATUS, your_machine
from dashboard.components.hardware.measured import in_short, times_and_speed_ups, where_it_goes
from dashboard.components.page import attributes, card, command, empty, page
from dashboard.components.pickers import select
from dashboard.figures.hardware.costs import cost_against_time, priced
from dashboard.figures.hardware.published import (
    Filters,
    counted_pairs,
    filtered,
    published_speed_ups,
)
from dashboard.figures.hardware.wording import KINDS
from dashboard.hardware.cost import Rate
from dashboard.hardware.phases import Kind
from dashboard.hardware.upload import read_brought
from dashboard.services import services
from dashboard.theme import COOKIE, Mode, mode_of
from store.benchmark_check import MAX_RUN_BYTES
from store.benchmark_run import BenchmarkRun
from store.errors import ArtifactError
from store.schema import encode

HEADING = "CPU against GPU"
LEAD = "How long the same training takes on each device of a machine, and what it costs."

dash.register_page(
    __name__,
    path="/hardware",
    name="Hardware",
    title="Hardware - Cellar Lab",
    description="Training timings of CPUs and GPUs, compared on equal work.",
    order=4,
    in_navigation=True,
    heading=HEADING,
    lead=LEAD,
)

SHOWN, RUN = "hardware-shown", "hardware-run"
KIND, TIMES = "hardware-kind", "hardware-times"
SAVE, SAVED = "hardware-save", "hardware-saved"
Brought = dict[str, str] | None  # the name and the text of a visitor's file


def layout(run: str = "", **_query: str) -> html.Main:
    runs = services().live().benchmark_runs
    shown = services().benchmark_run(run)
    others = services().published()
    return page(
        HEADING,
        LEAD,
        [
            _others(runs, shown),
            html.Div(_measured(shown) if shown else _nothing(), id=SHOWN, className="cards"),
            your_machine(MAX_RUN_BYTES),
            published.published_card(others, counted_pairs(others.timings)),
            costs.published_cost_card(others, _mode()),
        ],
        name="hardware",
    )


@callback(
    Output(SHOWN, "children"),
    Output(STATUS, "children"),
    Input(BROUGHT, "data"),
    prevent_initial_call=True,
)
def show_brought(brought: Brought) -> tuple[Any, Any]:
    if not brought:
        raise dash.exceptions.PreventUpdate
    try:
        run = read_brought(brought["name"], brought["text"])
    except ArtifactError as error:
        return no_update, notice("This file cannot be shown.", str(error), kind="bad")
    cards = [shown_alone("run"), *_measured(run, brought=True)]
    return cards, f"Run {run.id} is shown above."


@callback(
    Output(TIMES, "children"),
    Input(KIND, "value"),
    State(RUN, "data"),
    State(BROUGHT, "data"),
    prevent_initial_call=True,
)
def show_times(kind: Kind, run_id: str, brought: Brought) -> list[Any]:
    return times_and_speed_ups(_run(run_id, brought), kind, _mode())


@callback(
    Output(costs.Ids.CPU_PRICE, "value"),
    Output(costs.Ids.GPU_PRICE, "value"),
    Input(costs.Ids.CPU_FROM, "value"),
    Input(costs.Ids.GPU_FROM, "value"),
    prevent_initial_call=True,
)
def set_prices(*chosen: str) -> list[Any]:
    found = [costs.priced_by(services().published(), one) for one in chosen]
    return [no_update if price is None else price.usd_per_hour for price in found]


@callback(
    Output(costs.Ids.GRAPH, "figure"),
    Output(costs.Ids.TABLE, "children"),
    Output(costs.Ids.SAID, "children"),
    Input(costs.Ids.CPU_PRICE, "value"),
    Input(costs.Ids.GPU_PRICE, "value"),
    Input(costs.Ids.MINIMUM, "value"),
    Input(KIND, "value"),
    State(costs.Ids.CPU_FROM, "value"),
    State(costs.Ids.GPU_FROM, "value"),
    State(RUN, "data"),
    State(BROUGHT, "data"),
)
def show_costs(
    cpu: float | None,
    gpu: float | None,
    minimum: str,
    kind: Kind,
    cpu_from: str,
    gpu_from: str,
    run_id: str,
    brought: Brought,
) -> tuple[Any, Any, Any]:
    given = {"cpu": (cpu, cpu_from), "gpu": (gpu, gpu_from)}
    rates = {where: Rate(usd, float(minimum)) for where, (usd, _) in given.items() if usd}
    found = priced(_run(run_id, brought), rates, kind)
    said = [
        costs.price_said(where.upper(), usd or None, costs.priced_by(services().published(), own))
        for where, (usd, own) in given.items()
    ]
    figure = styled(cost_against_time(found), _mode())
    return figure, costs.cost_table(found, "hardware-costs"), said


@callback(
    Output(published.Ids.GRAPH, "figure"),
    Output(published.Ids.TABLE, "children"),
    Output(published.Ids.SAID, "children"),
    Input(published.Ids.PUBLISHER, "value"),
    Input(published.Ids.INTEREST, "value"),
    Input(published.Ids.TRANSFER, "value"),
    Input(published.Ids.MACHINE, "value"),
)
def show_published(*filters: str) -> tuple[Any, Any, Any]:
    everything = services().published().timings
    found = filtered(everything, Filters(*filters))
    said = published.filtered_said(counted_pairs(found), counted_pairs(everything))
    return styled(published_speed_ups(found), _mode()), published.published_table(found), said


@callback(
    Output(SAVED, "data"),
    Input(SAVE, "n_clicks"),
    State(RUN, "data"),
    State(BROUGHT, "data"),
    prevent_initial_call=True,
)
def save(_clicks: int, run_id: str, brought: Brought) -> Any:
    run = _run(run_id, brought)
    name = f"benchmark-{run.id}.json"
    return {"content": encode(run).decode(), "filename": name, "type": "application/json"}


clientside_callback(
    dash.ClientsideFunction("hardware", "source"),
    Output(published.Ids.OPENED, "data"),
    Input(published.Ids.GRAPH, "clickData"),
    prevent_initial_call=True,
)


def _measured(run: BenchmarkRun, *, brought: bool = False) -> list[Any]:
    others = services().published()
    return [
        dcc.Store(id=RUN, data="" if brought else run.id),
        *in_short(run, counted_pairs(others.timings)),
        html.Div(
            select(KIND, "Which time", list(KINDS.items()), "whole"), className="card-box pickers"
        ),
        html.Div(times_and_speed_ups(run, "whole", _mode()), id=TIMES, className="cards"),
        where_it_goes(run, _mode()),
        costs.cost_card(others, run.machine.instance),
        about(run, button=SAVE, download=SAVED),
    ]


def _run(run_id: str, brought: Brought) -> BenchmarkRun:
    """The run that is shown: a published one by its id, or else what the visitor brought."""
    if not run_id and brought:
        return read_brought(brought["name"], brought["text"])
    run = services().benchmark_run(run_id)
    if run is None:
        raise dash.exceptions.PreventUpdate
    return run


def _nothing() -> list[Any]:
    runs = [why for name, why in services().live().problems.items() if name.startswith("benchmark")]
    nothing = empty(
        "No machine has been measured yet, so there is nothing of our own to compare.",
        command("python -m pipeline benchmark --publish"),
        why=next(iter(runs), None) or services().problem("release"),
    )
    return [card("Timings", nothing)]


def _others(runs: Any, shown: BenchmarkRun | None) -> html.Nav | None:
    if len(runs) < 2 or shown is None:
        return None
    links = [
        html.A(
            known(run),
            href=f"/hardware?run={run_id}",
            className="pill",
            **(attributes(aria_current="true") if run_id == shown.id else {}),
        )
        for run_id, run in reversed(list(runs.items()))
    ]
    return html.Nav(links, className="pills", **attributes(aria_label="Machines"))


def _mode() -> Mode:
    """The visitor's mode."""
    return mode_of(request.cookies.get(COOKIE))
