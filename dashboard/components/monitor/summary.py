"""The figures on top of Monitor."""

from dash import html

from dashboard.components.monitor.failures import failures_said
from dashboard.components.monitor.sources import ORIGINS
from dashboard.components.page import figure_of
from dashboard.figures.monitor.latency import QUANTILES, time_text
from dashboard.monitoring.opinions import Opinions
from dashboard.monitoring.traffic import Traffic, latency_quantile


def summary(found: Traffic, said: Opinions, inputs: html.Div, *, is_part: bool) -> list[html.Div]:
    """How many, how fast, how right.

    Args:
        found: The traffic of the window.
        said: What people said of the answers.
        inputs: The figure about drift.
        is_part: Whether errors are of more models and sources than the predictions.
    """
    return [_count(found, is_part=is_part), _times(found), _right(said), inputs]


def _count(found: Traffic, *, is_part: bool) -> html.Div:
    origins = ", ".join(f"{n:,} {ORIGINS[source]}" for source, n in found.sources.items())
    failed = failures_said(found, is_part=is_part)
    return figure_of("Predictions", f"{found.total:,}", "; ".join(filter(None, (origins, failed))))


def _times(found: Traffic) -> html.Div:
    median, *others = QUANTILES.items()
    rest = ", ".join(f"{name} {_time(found, share)}" for name, share in others)
    return figure_of("Median time of an answer", _time(found, median[1]), rest)


def _time(found: Traffic, share: float) -> str:
    at = latency_quantile(found.latency, share)
    return "–" if at is None else time_text(at)


def _right(said: Opinions) -> html.Div:
    name = "Right, by feedback"
    if (found := said.accuracy) is None:
        return figure_of(name, "not judged", "nobody has said yet whether an answer was right")
    ends = f"{100 * found.low:.1f} to {100 * found.high:.1f} %"
    judged = f"{said.total:,} answer{'s'[: said.total != 1]} judged"
    return figure_of(name, f"{100 * found.value:.1f} %", f"95 % interval {ends}; {judged}")
