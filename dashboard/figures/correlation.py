"""How the columns of a profile rise and fall together, as a chart and as rows."""

from dashboard.figures.chart import Chart
from dashboard.figures.labels import label_of, short
from dashboard.figures.traces import Row, or_nothing
from store.schema import Profile, Section

MAX_CORRELATIONS = 30  # columns in the heat map


def most_correlated(section: Section, limit: int = MAX_CORRELATIONS) -> list[int]:
    """Which columns of the correlation matrix are shown: those whose r is farthest from 0."""
    matrix = section.correlation
    if len(matrix) <= limit:
        return list(range(len(matrix)))

    def strongest(i: int) -> float:
        return max((abs(r) for j, r in enumerate(matrix[i]) if j != i and r is not None), default=0)

    ranked = sorted(range(len(matrix)), key=lambda i: -strongest(i))
    return sorted(ranked[:limit])


def correlation(profile: Profile, section: Section) -> Chart:
    """
    Draw Pearson's correlation between every two columns of ``most_correlated``.

    Returns:
        One heat map from -1 to 1, the first column at the top left; a gap where a column does
        not vary. Without columns: no trace, and a sentence.
    """
    fig = Chart()
    shown = most_correlated(section)
    if not shown or not section.rows:
        return or_nothing(fig)
    labels = [label_of(profile, section.columns[i].name, unit=False) for i in shown]
    places = list(range(len(shown)))
    fig.add(
        "heatmap",
        x=places,
        y=places,
        z=[
            [None if (r := section.correlation[i][j]) is None else round(r, 3) for j in shown]
            for i in shown
        ],
        zmin=-1,
        zmax=1,
        xgap=2,
        ygap=2,
        autocolorscale=True,
        colorbar={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.01,
            "yanchor": "bottom",
            "len": 0.5,
            "thickness": 8,
            "outlinewidth": 0,
            "tickvals": [-1, 0, 1],
        },
        customdata=[[f"{one} and {other}" for other in labels] for one in labels],
        hovertemplate="%{customdata}<br>r = %{z:.2f}<extra></extra>",
    )
    ticks = {"tickmode": "array", "tickvals": places, "ticktext": [short(name) for name in labels]}
    fig.update_yaxes(autorange="reversed", showgrid=False, **ticks)
    fig.update_xaxes(tickangle=-45, **ticks)
    return fig


def correlation_rows(profile: Profile, section: Section) -> list[Row]:
    """[column, then r with each column of ``most_correlated`` in order]."""
    shown = most_correlated(section)
    return [
        [
            label_of(profile, section.columns[i].name, unit=False),
            *(section.correlation[i][j] for j in shown),
        ]
        for i in shown
    ]
