"""Predictions over time, by class."""

from dashboard.figures.categories import PATTERNS
from dashboard.figures.chart import Chart
from dashboard.figures.labels import short
from dashboard.figures.traces import Row, or_nothing
from dashboard.monitoring.traffic import Traffic
from dashboard.monitoring.windows import Window

BAR = 0.86  # of a step: the rest keeps two bars apart
MINUTES, DAYS = "%d %b %H:%M", "%d %b %Y"
DAY_MS = 86_400_000
# The second line is written where it changes; short enough for two beside each other on a phone.
TICKS = [
    {"dtickrange": [None, DAY_MS - 1], "value": "%H:%M\n%d %b"},
    {"dtickrange": [DAY_MS, "M1"], "value": "%d %b\n%Y"},
    {"dtickrange": ["M1", None], "value": "%b\n%Y"},
]


def over_time(found: Traffic) -> Chart:
    """
    Draw how many predictions there were in each step of the window.

    Returns:
        Bars on top of each other, one trace per answer in its order, each with a pattern of its
        own; a bar begins where its step begins, in UTC. The axis is as long as the window,
        whatever there was in it, and its ticks are level. Without any prediction: a sentence.
    """
    fig = Chart()
    milliseconds = 1000 * found.window.step
    starts = [start.replace(tzinfo=None).isoformat() for start in found.window.starts]
    for position, answer in enumerate(found.answers if found.total else ()):
        fig.add(
            "bar",
            x=starts,
            y=list(answer.steps),
            name=short(answer.label),
            offset=milliseconds * (1 - BAR) / 2,
            width=milliseconds * BAR,
            marker=pattern(position),
            hovertemplate="%{y:,}",
        )
    fig.update_layout(
        barmode="stack",
        hovermode="x unified",
        showlegend=True,
        legend={"traceorder": "normal"},
        uirevision=str(found.window.until - found.window.since),  # a zoom outlives an update
    )
    until = found.window.until.replace(tzinfo=None).isoformat()
    fig.update_xaxes(
        type="date",
        range=[starts[0], until],
        tickformatstops=TICKS,
        tickangle=0,
        hoverformat=time_format(found.window),
    )
    fig.update_yaxes(title={"text": f"predictions per {found.window.word}"}, rangemode="tozero")
    return or_nothing(fig)


def over_time_heads(found: Traffic) -> list[str]:
    """What stands above ``over_time_rows``."""
    return [
        "From (UTC)",
        *(answer.label for answer in found.answers),
        *(f"Error: {kind}" for kind in found.errors),
    ]


def over_time_rows(found: Traffic) -> list[Row]:
    """[start of the step, predictions of each answer, requests that failed by kind], newest first.

    Steps without any of them are left out.
    """
    columns = [answer.steps for answer in found.answers] + list(found.errors.values())
    form = time_format(found.window)
    rows: list[Row] = [
        [start.strftime(form), *(column[i] for column in columns)]
        for i, start in enumerate(found.window.starts)
        if any(column[i] for column in columns)
    ]
    return rows[::-1]


def pattern(position: int) -> dict[str, object]:
    """What the bars of the answer at this place are filled with, besides their colour."""
    shape = PATTERNS[position % len(PATTERNS)]
    return {"pattern": {"shape": shape, "fillmode": "overlay", "solidity": 0.2}}


def time_format(found: Window) -> str:
    """How the start of a step is written."""
    return DAYS if found.period == 86_400 else MINUTES
