"""Whether probabilities come true: a Calibration goes in, a Figure comes out."""

from collections.abc import Sequence

from dashboard.figures.chart import Chart
from dashboard.theme import EDGE
from store.trust import Calibration, ReliabilityBin

HALF_APART = 0.8  # percent: so far left and right of its place a point stands, to show both bars


def reliability(found: Calibration) -> Chart:
    """
    Draw the share that came true against the probability that was said, in percent.

    Args:
        found: The bins before and after calibration; none is empty.

    Returns:
        A trace "As the model says" of squares, and one "Calibrated" of circles unless the map is
        the identity; a point a bin, at its mean probability, with Wilson's 95 % interval as its
        bar and its count in the hover text. A dashed line is where a probability means what it
        says. Both axes go from 0 to 100.
    """
    fig = Chart()
    fig.add(
        "scatter",
        x=[0, 100],
        y=[0, 100],
        mode="lines",
        line={"color": EDGE, "dash": "dash", "width": 1.4},
        hoverinfo="skip",
        showlegend=False,
    )
    aside = 0 if found.is_identity else HALF_APART
    _add_bins(fig, "As the model says", found.before, symbol="square", aside=-aside)
    if not found.is_identity:
        _add_bins(fig, "Calibrated", found.after, symbol="circle", aside=aside)
    fig.update_xaxes(title={"text": "Said (%)"}, range=[-3, 103])
    fig.update_yaxes(title={"text": "Came true (%)"}, range=[-3, 103])
    return fig


def _add_bins(
    fig: Chart, name: str, bins: Sequence[ReliabilityBin], *, symbol: str, aside: float
) -> None:
    observed = [100 * item.observed for item in bins]
    fig.add(
        "scatter",
        x=[100 * item.mean_predicted + aside for item in bins],
        y=observed,
        mode="markers",
        name=name,
        marker={"symbol": symbol, "size": 9},
        error_y={
            "array": [100 * item.observed_high - y for item, y in zip(bins, observed, strict=True)],
            "arrayminus": [
                y - 100 * item.observed_low for item, y in zip(bins, observed, strict=True)
            ],
            "thickness": 1.4,
            "width": 0,
        },
        customdata=[[100 * item.mean_predicted, item.count] for item in bins],
        hovertemplate="said %{customdata[0]:.1f} % on average<br>came true %{y:.1f} %<br>"
        "%{customdata[1]:,} times<extra></extra>",
    )
