"""What chooses the predictions that Monitor shows: a span of time, a model, a source."""

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import html

from dashboard.components.page import attributes
from dashboard.components.pickers import select
from dashboard.monitoring.windows import CUSTOM, LABELS

WINDOW, SINCE, UNTIL, BETWEEN = (
    "monitor-window",
    "monitor-since",
    "monitor-until",
    "monitor-between",
)
MODEL, SOURCE = "monitor-model", "monitor-source"
LIVE, CLOCK, SEEN = "monitor-live", "monitor-clock", "monitor-seen"
SOURCES = (
    ("all", "All sources"),
    ("page", "Page"),
    ("api", "API, row by row"),
    ("batch", "API, rows of tables"),
)


def controls(
    models: Sequence[str],
    *,
    window: str,
    since: str,
    until: str,
    model: str,
    source: str,
    hidden: bool = False,
) -> html.Section:
    """The bar with all of them, and whether the page is live; ``hidden`` with nothing to choose."""
    return html.Section(
        [
            html.Fieldset(
                [
                    html.Legend("Span of time"),
                    dbc.RadioItems(
                        id=WINDOW,
                        options=[{"value": v, "label": text} for v, text in LABELS.items()],
                        value=window,
                        class_name="segments",
                    ),
                ],
                className="picker",
            ),
            html.Div(
                [_moment(SINCE, "From (UTC)", since), _moment(UNTIL, "To (UTC)", until)],
                id=BETWEEN,
                className="between",
                hidden=window != CUSTOM,
            ),
            select(MODEL, "Model", [(m, m) for m in models], model, hidden=len(models) < 2),
            select(SOURCE, "Source", SOURCES, source),
            html.Div(
                [
                    dbc.Switch(id=LIVE, label="Live", value=True, class_name="live-switch"),
                    html.Span("Looking …", id=SEEN, className="live-seen"),
                ],
                className="live",
            ),
        ],
        className="card-box pickers monitor-controls",
        hidden=hidden,
        **attributes(aria_label="What is shown"),
    )


def _moment(id_: str, label: str, value: str) -> html.Div:
    return html.Div(
        [
            html.Label(label, htmlFor=id_),
            dbc.Input(id=id_, type="datetime-local", value=value, debounce=300),
        ],
        className="picker",
    )
