"""Charts of drift: the columns ranked, and one column of two profiles over each other."""

from collections.abc import Sequence
from itertools import pairwise

from dashboard.drift.profiles import LARGE, SOME, Drift, Verdict
from dashboard.figures.categories import PATTERNS, counts_of, values_of
from dashboard.figures.chart import Chart
from dashboard.figures.labels import category, label_of, short
from dashboard.figures.traces import DASHES, Row, or_nothing, short_axis
from store.schema import ColumnProfile, Profile

MAX_DRIFTS = 20
WORDS: dict[Verdict, str] = {
    "noise": "within sampling noise",
    "little": "little",
    "some": "some",
    "large": "large",
    "unknown": "not known",
}
DRIFT_HEADS = (
    "Column",
    "Verdict",
    "PSI",
    "PSI of noise, mean",
    "95 % of noise below",
    "KS distance",
    "KS at least",
    "KS at most",
    "Missing before",
    "Missing now",
    "Rows before",
    "Rows now",
)


def drift_ranking(profile: Profile, drifts: Sequence[Drift]) -> Chart:
    """
    Draw how far columns have drifted, the farthest on top.

    Returns:
        Horizontal bars of the PSI of at most ``MAX_DRIFTS`` columns, each with its column's name
        as custom data; a mark where 95 % of noise stays below; and two vertical lines at the usual
        thresholds. Columns without a PSI are left out. Where all are: a sentence.
    """
    shown = [one for one in drifts if one.psi is not None][:MAX_DRIFTS]
    fig = Chart()
    if not shown:
        return or_nothing(fig)
    places = list(range(len(shown)))
    fig.add(
        "bar",
        x=[round(one.psi or 0, 5) for one in shown],
        y=places,
        orientation="h",
        name="PSI",
        customdata=[[one.column, WORDS[one.verdict]] for one in shown],
        hovertemplate="PSI %{x:.3f}: %{customdata[1]}<extra></extra>",
    )
    fig.add(
        "scatter",
        x=[round(one.limit, 5) for one in shown],
        y=places,
        mode="markers",
        name="95 % of noise is below",
        marker={"symbol": "line-ns-open", "size": 16, "line": {"width": 2}},
        customdata=[[one.column] for one in shown],
        hovertemplate="noise stays below %{x:.3f} in 19 of 20 cases<extra></extra>",
    )
    for threshold, dash, word in ((SOME, "dot", "some"), (LARGE, "dash", "large")):
        fig.add(
            "scatter",
            x=[threshold, threshold],
            y=[-0.6, len(shown) - 0.4],
            mode="lines",
            line={"dash": dash, "width": 1.4},
            name=f"{threshold:g}: {word}",
            hoverinfo="skip",
        )
    fig.update_layout(clickmode="event", bargap=0.35)
    fig.update_xaxes(title={"text": "population stability index"}, rangemode="tozero")
    fig.update_yaxes(
        tickmode="array",
        tickvals=places,
        ticktext=[short(label_of(profile, one.column, unit=False)) for one in shown],
        range=[len(shown) - 0.4, -0.6],
        showgrid=False,
    )
    return fig


def drift_rows(profile: Profile, drifts: Sequence[Drift]) -> list[Row]:
    """``DRIFT_HEADS`` in order, a row per column, the farthest first."""
    rows: list[Row] = []
    for one in drifts:
        distance = one.distance or (None, None, None)
        rows.append(
            [
                label_of(profile, one.column),
                WORDS[one.verdict],
                one.psi,
                one.noise if one.psi is not None else None,
                one.limit if one.psi is not None else None,
                *distance,
                *one.missing,
                *one.rows,
            ]
        )
    return rows


def overlay(reference: Profile, current: Profile, column: str, names: tuple[str, str]) -> Chart:
    """
    Draw one column of two profiles over each other, over all rows of each.

    Returns:
        Of a number one stepped area per profile: the density, which is the share of the values in
        a bin over the bin's width, so that bins of different widths compare. Of a category one bar
        per profile and value of the reference: the share of the rows with a value (percent). Where
        one of them has no such column: only the other. Where both have none: a sentence.
    """
    fig = Chart()
    values = values_of(reference, column)
    fig.update_layout(showlegend=True)
    for position, (profile, name) in enumerate(zip((reference, current), names, strict=True)):
        number = next((c for c in profile.overall.columns if c.name == column), None)
        labels = category(profile.overall, column)
        if number is not None and number.histogram and number.count:
            _add_density(fig, number, short(name), position)
        elif labels is not None and labels.count:
            counts, _ = counts_of(labels, values)
            fig.add(
                "bar",
                x=[None if c is None else round(100 * c / labels.count, 3) for c in counts],
                y=[short(value) for value in values],
                name=short(name),
                orientation="h",
                marker={
                    "pattern": {"shape": PATTERNS[position], "fillmode": "overlay", "solidity": 0.2}
                },
                hovertemplate="%{y}: %{x:.1f} %",
            )
            fig.update_xaxes(title={"text": "share of the values"}, ticksuffix=" %", showgrid=True)
            fig.update_yaxes(autorange="reversed", showgrid=False)
    if any(trace["type"] == "scatter" for trace in fig.data):
        fig.update_layout(hovermode="x unified")
        fig.update_xaxes(title={"text": short_axis(label_of(reference, column))})
        fig.update_yaxes(title={"text": "density"}, rangemode="tozero")
    return or_nothing(fig)


def _add_density(fig: Chart, column: ColumnProfile, name: str, position: int) -> None:
    histogram = column.histogram
    assert histogram is not None
    edges = histogram.edges
    widths = [high - low for low, high in pairwise(edges)]
    densities = [
        count / column.count / width if width > 0 else 0.0
        for count, width in zip(histogram.counts, widths, strict=True)
    ]
    fig.add(
        "scatter",
        x=list(edges),
        y=[*(float(f"{density:.4g}") for density in densities), float(f"{densities[-1]:.4g}")],
        name=name,
        mode="lines",
        fill="tozeroy",
        line={"shape": "hv", "width": 1.8, "dash": DASHES[position]},
        hovertemplate="%{y:.3g}",
    )
