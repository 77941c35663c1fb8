"""Sequential, parallel, distributed: the cards that show an engine run."""

from typing import Any

from dash import html

from dashboard.components.answer import notice
from dashboard.components.charts import drawn_card, styled
from dashboard.components.page import card, command, empty, facts
from dashboard.components.tables import csv_button, table
from dashboard.figures.engines import charts, sentences, tables
from dashboard.figures.engines.crossovers import crossover_rows
from dashboard.theme import Mode
from store.engine_run import EngineRun

TITLE = "Sequential, parallel, distributed"
TALL, BAR_HEIGHT = 460, 30


def engine_cards(run: EngineRun | None, mode: Mode, *, problem: str | None = None) -> list[Any]:
    """The section of a page about the engines.

    Args:
        run: What was measured, or None.
        mode: Of the visitor.
        problem: Why there is no run, if known.
    """
    if run is None:
        how = command("python -m pipeline engines --publish")
        return [card(TITLE, empty("No engine has been timed yet.", how, why=problem))]
    return [
        card(
            TITLE,
            [
                notice("A noisy machine.", said) if (said := sentences.caution(run)) else None,
                html.P(sentences.headline(run), className="verdict"),
                _about(run),
            ],
            caption="One aggregation of the same synthetic rows: counts, means, spreads, extremes, "
            "skewness and histograms of every column, for each group and for all. Every answer was "
            "compared with a reference: an exact one on small tables, on large ones that of the "
            "arrays, which are exact on the small ones.",
        ),
        _times(run, mode),
        html.Div([_warm(run, mode), _memory(run, mode)], className="two-columns"),
        html.Div([_start_up(run, mode), _crossovers(run)], className="two-columns"),
        _covered(run),
    ]


def _times(run: EngineRun, mode: Mode) -> html.Section:
    rows = table(
        list(tables.TIME_COLUMNS),
        tables.time_rows(run),
        caption="Every engine on every size",
        decimals=3,
        name="engines",
    )
    return drawn_card(
        "From the command to the answer",
        styled(charts.time_by_rows(run, "cold"), mode),
        rows,
        caption="Fresh processes, the start of Python and Java included; a bar spans the fastest "
        "to the slowest. On these axes time that grows with the rows is a rising straight line, "
        f"and start-up a flat one. {sentences.not_run(run)}".strip(),
        height=TALL,
        note="seconds, lower is better",
    )


def _warm(run: EngineRun, mode: Mode) -> html.Section:
    rows = table(
        ["Engine", *tables.size_labels(run)],
        tables.warm_rows(run),
        caption="Median seconds of a repeat in the same process",
        decimals=3,
        name="engines-warm",
    )
    return drawn_card(
        "Once it runs",
        styled(charts.time_by_rows(run, "warm"), mode),
        rows,
        caption="The same question again in the same process: without start-up.",
        height=TALL,
        note="seconds",
    )


def _memory(run: EngineRun, mode: Mode) -> html.Section:
    rows = table(
        ["Engine", *tables.size_labels(run)],
        tables.memory_rows(run),
        caption="Peak memory by size (MiB)",
        decimals=0,
        name="engines-memory",
    )
    times = "once" if run.machine.memory == "pss" else "for each of them"
    return drawn_card(
        "Memory",
        styled(charts.memory_by_rows(run), mode),
        rows,
        caption="The most that a process and its children held at once, counting pages that they "
        f"share {times}. A flat line does not care how many rows there are.",
        height=TALL,
        note="MiB at the peak",
    )


def _start_up(run: EngineRun, mode: Mode) -> html.Section:
    header, rows = tables.start_up_rows(run)
    shown = table(
        header, rows, caption="Seconds of each phase", decimals=2, name="engines-start-up"
    )
    return drawn_card(
        "Where the time goes at the start",
        styled(charts.start_up(run), mode),
        shown,
        caption="A first run on the smallest table, where start-up is nearly all there is.",
        height=110 + BAR_HEIGHT * len(rows),
        note="median seconds",
    )


def _crossovers(run: EngineRun) -> html.Section:
    rows = crossover_rows(run)
    title = "Where Spark passes the others"
    if not rows:
        nothing = empty(
            "On no two neighbouring sizes does an engine on Spark pass another one.",
            "A crossing is named only where both engines were measured before it and after it.",
        )
        return card(title, nothing)
    shown = table(
        ["On Spark", "passes", "at about (rows)", "slower on", "faster on"],
        rows,
        caption=title,
        name="engines-crossovers",
    )
    return card(
        title,
        [shown, csv_button()],
        caption="From the command to the answer. Between two measured sizes the place is where "
        "straight lines cross on logarithmic axes: two digits at best.",
    )


def _covered(run: EngineRun) -> html.Section:
    common, rows = tables.covered(run)
    shown = table(
        ["Engine", "How", "Reads", "Computes besides", "Packages"],
        rows,
        caption="What each engine computes besides",
        name="engines-covered",
    )
    return card(
        "What each engine computes",
        [shown, csv_button()],
        caption=f"All of them: {common}. Counts and histograms have to be equal to those of the "
        "reference, figures to agree to 1e-9, quantiles to keep to their stated rank error. "
        "Engines that compute more do more work in their time.",
    )


def _about(run: EngineRun) -> html.Dl:
    pairs: list[tuple[str, Any]] = [
        ("Rows", f"{run.data}; {sentences.tables_said(run)}"),
        ("Machine", sentences.conditions(run)),
        ("Measured", f"{run.created:%d %B %Y %H:%M} UTC"),
        (
            "Budget",
            f"{run.budget_seconds:g} s for an engine on a table, at most {run.repeats} processes",
        ),
    ]
    return facts(pairs)
