"""Monitor's cards before they are filled, and the places in them that are filled."""

from typing import Any

from dash import html

from dashboard.components.charts import as_table, chart_card
from dashboard.components.monitor import drift, failures, feedback, keeping, mix, versions
from dashboard.components.page import attributes, card
from dashboard.components.tables import csv_button

OVER_TIME, CONFIDENCE, LATENCY = "monitor-over-time", "monitor-confidence", "monitor-latency"
SAID, ALARM, NOTHING, BODY = "monitor-said", "monitor-alarm", "monitor-nothing", "monitor-body"
# What is filled: a name, and the element and property that have it.
SLOTS = {
    "said": (SAID, "children"),
    "alarm": (ALARM, "children"),
    "nothing": (NOTHING, "children"),
    "is_empty": (BODY, "hidden"),
    "summary": ("monitor-summary", "children"),
    "over_time": (OVER_TIME, "figure"),
    "over_time_table": (f"{OVER_TIME}-table", "children"),
    "mix": ("monitor-mix", "children"),
    "mix_table": ("monitor-mix-table", "children"),
    "confidence": (CONFIDENCE, "figure"),
    "confidence_table": (f"{CONFIDENCE}-table", "children"),
    "latency": (LATENCY, "figure"),
    "latency_table": (f"{LATENCY}-table", "children"),
    "failures": ("monitor-failures", "children"),
    "failures_table": ("monitor-failures-table", "children"),
    "feedback": ("monitor-feedback", "children"),
    "versions": ("monitor-versions", "children"),
    "sample": ("monitor-sample", "children"),
    "drift": ("monitor-drift", "children"),
    "log": ("monitor-log", "children"),
    "server": ("monitor-server", "children"),
}
LATENCY_CAPTION = (
    "From a request's arrival in Python until its answer, on a logarithmic axis. Quantiles are "
    "read from bins of a tenth of a decade."
)


def cards(*, is_empty: bool, off: bool) -> list[Any]:
    """All of them, in the order of the page.

    Args:
        is_empty: Hides those of predictions.
        off: Whether no predictions are kept, so that there is no log to tell of.
    """
    return [
        html.Div(id=SAID, className="slot", role="status"),
        html.Div(id=ALARM, className="slot", role="status"),
        html.Div(id=NOTHING, className="slot"),
        html.Div(_body(), id=BODY, className="cards", hidden=is_empty),
        html.Div(
            [
                card(
                    "Is every prediction kept?",
                    _slot("log"),
                    caption=keeping.LOG_CAPTION,
                    hidden=off,
                ),
                card(
                    "The server",
                    [_slot("server"), csv_button()],
                    caption=keeping.SERVER_CAPTION,
                ),
            ],
            className="cards" if off else "two-columns",
        ),
    ]


def _body() -> list[Any]:
    """What there is only where there was traffic."""
    return [
        html.Div([_waiting()] * 4, id=SLOTS["summary"][0], className="figures"),
        _chart(
            "Predictions over time",
            "over_time",
            caption="Answers of the model by class. What was refused, of every model and source, "
            "is in the table. Times are in UTC.",
            height=300,
        ),
        html.Div(
            [
                card("What it answered", _with_table("mix"), caption=mix.CAPTION),
                _chart(
                    "How sure it was",
                    "confidence",
                    caption="How often the highest probability of an answer was so high.",
                    height=300,
                ),
            ],
            className="two-columns",
        ),
        html.Div(
            [
                _chart("How long it took", "latency", caption=LATENCY_CAPTION, height=300),
                card("What failed", _with_table("failures"), caption=failures.CAPTION),
            ],
            className="two-columns",
        ),
        card("Do the inputs look like the training rows?", _drift(), caption=drift.CAPTION),
        card("Was it right?", [_slot("feedback"), csv_button()], caption=feedback.CAPTION),
        card("Which version answered", [_slot("versions"), csv_button()], caption=versions.CAPTION),
    ]


def _chart(title: str, slot: str, *, caption: str, height: int) -> html.Section:
    return chart_card(
        title,
        chart=SLOTS[slot][0],
        table=SLOTS[f"{slot}_table"][0],
        caption=caption,
        height=height,
    )


def _with_table(slot: str) -> list[Any]:
    return [_slot(slot), as_table(html.Div(id=SLOTS[f"{slot}_table"][0]))]


def _drift() -> list[Any]:
    """What scrolls and what is pressed stay where they are while what they hold is drawn anew."""
    label = attributes(aria_label="Drift of every feature")
    return [
        _slot("sample"),
        html.Div(
            id=SLOTS["drift"][0], className="table-scroll", tabIndex="0", role="group", **label
        ),
        csv_button(),
    ]


def _slot(name: str) -> html.Div:
    return html.Div(html.Div(className="skeleton-lines"), id=SLOTS[name][0], className="slot")


def _waiting() -> html.Div:
    return html.Div(className="skeleton-lines")
