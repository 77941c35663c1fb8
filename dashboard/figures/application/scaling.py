"""How long it would have taken with other numbers of cores, as a chart and as rows."""

from dashboard.figures.chart import Chart
from dashboard.figures.traces import Row
from store.application import Application


def scaling(application: Application) -> Chart:
    """
    Draw how long it would have taken with other numbers of cores.

    Returns:
        A line over the cores (both axes logarithmic), a star at what was measured, and the time
        that no number of cores goes below as a dashed line.
    """
    found = application.scaling
    cores = [estimate.cores for estimate in found.estimates]
    fig = Chart()
    fig.add(
        "scatter",
        x=cores,
        y=[estimate.seconds for estimate in found.estimates],
        mode="lines+markers",
        name="estimate",
        hovertemplate="%{x} cores: about %{y:.1f} s<extra></extra>",
    )
    fig.add(
        "scatter",
        x=[application.cores],
        y=[application.seconds],
        mode="markers",
        name="measured",
        marker={"symbol": "star", "size": 15},
        hovertemplate="%{x} cores: %{y:.1f} s, measured<extra></extra>",
    )
    fig.add(
        "scatter",
        x=[cores[0], cores[-1]] if cores else [],
        y=[found.floor_seconds] * 2 if cores else [],
        mode="lines",
        name="no number of cores goes below",
        line={"dash": "dash", "width": 1.4},
        hovertemplate="%{y:.1f} s<extra></extra>",
    )
    top = max([application.seconds, *(e.seconds for e in found.estimates)])
    fig.update_xaxes(
        type="log", title={"text": "cores"}, tickvals=cores, ticktext=list(map(str, cores))
    )
    fig.update_yaxes(title={"text": "seconds"}, rangemode="tozero", range=[0, 1.08 * top or 1])
    return fig


def scaling_rows(application: Application) -> list[Row]:
    """[cores, estimated seconds, times as fast as measured], a row an estimate."""
    return [
        [
            str(estimate.cores),
            estimate.seconds,
            application.seconds / estimate.seconds if estimate.seconds else None,
        ]
        for estimate in application.scaling.estimates
    ]
