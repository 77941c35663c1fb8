"""How good a regressor is: its metrics go in, a Figure comes out."""

from dashboard.figures.chart import Chart
from dashboard.theme import EDGE
from store.schema import HeldOutRegression

MARK = {"size": 7, "opacity": 0.62, "line": {"width": 0}}


def predicted_against_true(found: HeldOutRegression, label: str) -> Chart:
    """
    Draw each shown row at its true and its predicted number.

    Args:
        found: The metrics, with the rows that are shown.
        label: Of the target, with its unit.

    Returns:
        A trace of the rows, and the line where a prediction is right; both axes have one range.
    """
    fig = Chart()
    ends = _ends([number for pair in found.sample for number in pair])
    fig.add(
        "scatter",
        x=[true for true, _ in found.sample],
        y=[predicted for _, predicted in found.sample],
        mode="markers",
        name="A row",
        marker=MARK,
        hovertemplate="true %{x:,.4~g}<br>predicted %{y:,.4~g}<extra></extra>",
    )
    fig.add(
        "scatter",
        x=ends,
        y=ends,
        mode="lines",
        name="Right",
        line={"color": EDGE, "dash": "dash", "width": 1.4},
        hoverinfo="skip",
    )
    fig.update_xaxes(title={"text": f"{label}, true"}, range=ends)
    fig.update_yaxes(title={"text": "Predicted"}, range=ends)
    return fig


def residuals(found: HeldOutRegression, label: str) -> Chart:
    """
    Draw by how much each shown row was missed, against what was predicted.

    Args:
        found: The metrics, with the rows that are shown.
        label: Of the target, with its unit.

    Returns:
        A trace of the rows at true less predicted, the line of no error, and a band that holds
        90 % of the residuals of all rows.
    """
    fig = Chart()
    low, high = found.residuals["0.05"], found.residuals["0.95"]
    band = {"y0": low, "y1": high, "line": {"width": 0}, "fillcolor": EDGE, "opacity": 0.16}
    fig.add_shape(type="rect", xref="x domain", x0=0, x1=1, **band)
    right = {"y0": 0, "y1": 0, "line": {"color": EDGE, "dash": "dash", "width": 1.4}}
    fig.add_shape(type="line", xref="x domain", x0=0, x1=1, **right)
    fig.add(
        "scatter",
        x=[predicted for _, predicted in found.sample],
        y=[true - predicted for true, predicted in found.sample],
        mode="markers",
        name="A row",
        marker=MARK,
        showlegend=False,
        hovertemplate="predicted %{x:,.4~g}<br>missed by %{y:+,.4~g}<extra></extra>",
    )
    fig.update_xaxes(title={"text": f"{label}, predicted"})
    fig.update_yaxes(title={"text": "True less predicted"})
    return fig


def _ends(numbers: list[float]) -> list[float]:
    """A range around the numbers, with a margin of a twentieth; of one number, around it."""
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    margin = (high - low) / 20 or abs(high) / 20 or 1.0
    return [low - margin, high + margin]
