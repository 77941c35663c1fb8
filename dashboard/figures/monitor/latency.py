"""How long answers took."""

from dashboard.figures.chart import Chart
from dashboard.figures.traces import DASHES, Row, or_nothing
from dashboard.monitoring.traffic import Traffic, latency_edges, latency_quantile

QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
LATENCY_HEADS = ("From (ms)", "To (ms)", "Predictions")
TICKS = [digit * 10.0**power for power in range(-3, 5) for digit in (1, 2, 5)]  # milliseconds


def latency(found: Traffic) -> Chart:
    """
    Draw how often an answer took so long.

    Returns:
        One stepped area over a logarithmic axis of milliseconds: the share of the predictions in
        each bin, a tenth of a decade wide (percent), down to zero at both ends. Then a vertical
        line per quantile of ``QUANTILES``, with its time in its name. Without any prediction: a
        sentence.
    """
    fig = Chart()
    if found.total:
        bins = range(min(found.latency), max(found.latency) + 1)
        shares = [100 * found.latency.get(one, 0) / found.total for one in bins]
        edges = [latency_edges(one)[0] / 1000 for one in (*bins, bins[-1] + 1)]
        fig.add(
            "scatter",
            x=[edges[0], *edges],
            y=[0, *(round(share, 3) for share in shares), 0],
            mode="lines",
            line={"shape": "hv", "width": 1.8},
            fill="tozeroy",
            name="predictions",
            showlegend=False,
            hovertemplate="from %{x:.3g} ms: %{y:.1f} %<extra></extra>",
        )
        for position, (name, share) in enumerate(QUANTILES.items()):
            at = (latency_quantile(found.latency, share) or 0) / 1000
            fig.add(
                "scatter",
                x=[at, at],
                y=[0, max(shares)],
                mode="lines",
                line={"dash": DASHES[position], "width": 1.8},
                name=f"{name} {time_text(1000 * at)}",
                hoverinfo="skip",
            )
    fig.update_layout(showlegend=True)
    fig.update_xaxes(
        type="log",
        title={"text": "milliseconds"},
        tickmode="array",
        tickvals=TICKS,
        ticks="outside",
    )
    fig.update_yaxes(
        title={"text": "share of the predictions"}, ticksuffix=" %", rangemode="tozero"
    )
    return or_nothing(fig)


def latency_rows(found: Traffic) -> list[Row]:
    """``LATENCY_HEADS`` in order, of each bin that has any, the fastest first."""
    return [
        [f"{low / 1000:.4g}", round(high / 1000, 6), count]
        for (low, high), count in (
            (latency_edges(one), count) for one, count in found.latency.items()
        )
    ]


def time_text(microseconds: float) -> str:
    """A time as people read it: ``84 µs``, ``1.2 ms``, ``3.4 s``."""
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= 0.9995 * size:
            return f"{microseconds / size:.3g} {unit}"
    return f"{microseconds:.3g} µs"
