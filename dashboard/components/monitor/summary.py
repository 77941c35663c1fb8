"""The figures on top of Monitor."""

from dash import html

from dashboard.components.page import figure_of
from dashboard.figures.monitor.latency import QUANTILES, time_text
from dashboard.monitoring.opinions import Opinions
from dashboard.monitoring.traffic import Traffic, latency_quantile
from store.prediction_log.entry import Source

ORIGINS = {
    Source.PAGE: "from the page",
    Source.API: "by API",
    Source.BATCH: "in tables",
}


def summary(found: Traffic, said: Opinions, inputs: html.Div) -> list[html.Div]:
    """How many, how fast, how right; ``inputs`` is the figure about drift."""
    return [_count(found), _times(found), _right(said), inputs]


def _count(found: Traffic) -> html.Div:
    origins = ", ".join(f"{n:,} {ORIGINS[source]}" for source, n in found.sources.items())
    failed = f"; {found.failed:,} requests failed" if found.failed else ""
    return figure_of("Predictions", f"{found.total:,}", f"{origins}{failed}")


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
