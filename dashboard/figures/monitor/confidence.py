"""How sure the model was: the highest probability of each prediction."""

from dashboard.figures.chart import Chart
from dashboard.figures.labels import short
from dashboard.figures.monitor.over_time import pattern
from dashboard.figures.traces import Row, or_nothing
from dashboard.monitoring.traffic import Traffic
from store.prediction_log.bins import CONFIDENCE_BINS

WIDTH = 100 / CONFIDENCE_BINS  # of a bin, in percent
END = 101  # of the axis: at its very end, the label of 100 % would be left out


def confidence(found: Traffic) -> Chart:
    """
    Draw how often the highest probability was so high.

    Returns:
        Bars on top of each other over bins of 5 %, one trace per answer in its order, each with a
        pattern of its own. The axis begins at the lowest bin that has any, at 50 % at most, and
        ends behind 100 %. Without any probability: a sentence.
    """
    fig = Chart()
    first = min((_first(answer.confidence) for answer in found.answers), default=0)
    for position, answer in enumerate(found.answers if first < CONFIDENCE_BINS else ()):
        fig.add(
            "bar",
            x=[WIDTH * (place + 0.5) for place in range(CONFIDENCE_BINS)],
            y=list(answer.confidence),
            name=short(answer.label),
            marker=pattern(position),
            customdata=[_span(place) for place in range(CONFIDENCE_BINS)],
            hovertemplate="%{customdata}: %{y:,}",
        )
    low = min(WIDTH * first, 50)
    fig.update_layout(
        barmode="stack", bargap=0.14, showlegend=True, legend={"traceorder": "normal"}
    )
    fig.update_xaxes(
        title={"text": "highest probability"}, ticksuffix=" %", range=[low, END], dtick=10
    )
    fig.update_yaxes(title={"text": "predictions"}, rangemode="tozero")
    return or_nothing(fig, "No probabilities in this window")


def confidence_heads(found: Traffic) -> list[str]:
    """What stands above ``confidence_rows``."""
    return ["Highest probability", *(answer.label for answer in found.answers)]


def confidence_rows(found: Traffic) -> list[Row]:
    """[bin, predictions of each answer], the highest bin first; empty bins are left out."""
    return [
        [_span(place), *(answer.confidence[place] for answer in found.answers)]
        for place in reversed(range(CONFIDENCE_BINS))
        if any(answer.confidence[place] for answer in found.answers)
    ]


def _first(counts: tuple[int, ...]) -> int:
    return next((place for place, count in enumerate(counts) if count), CONFIDENCE_BINS)


def _span(place: int) -> str:
    return f"{WIDTH * place:.0f} to {WIDTH * (place + 1):.0f} %"
