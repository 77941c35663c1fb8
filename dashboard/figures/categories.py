"""Charts of a categorical column: its most frequent values in each group."""

from collections.abc import Sequence

from dashboard.figures.chart import Chart
from dashboard.figures.labels import category, label_of, parts, short
from dashboard.figures.traces import Row, keep_colour, or_nothing, short_axis
from store.schema import CategoryProfile, Group, Profile, Section

MAX_VALUES = 10  # bars of a group, besides "other" and "missing"
OTHER, MISSING = "other values", "missing"
PATTERNS = ("", "/", ".", "x", "-")
CATEGORY_STATISTICS = ("Rows with a value", "Missing", "Distinct values")


def values_of(profile: Profile, column: str) -> tuple[str, ...]:
    """The values that are shown: the most frequent of all rows, at most ``MAX_VALUES``."""
    found = category(profile.overall, column)
    return tuple(value.value for value in found.top[:MAX_VALUES]) if found else ()


def counts_of(found: CategoryProfile, values: Sequence[str]) -> tuple[list[int | None], int]:
    """How often each value occurs, and all other values together.

    A value that is not among the column's ``top`` occurs never where ``top`` has every row, else
    it is None: not known, and counted with the others.
    """
    known = {value.value: value.count for value in found.top}
    is_whole = sum(known.values()) >= found.count
    counts = [known.get(value, 0 if is_whole else None) for value in values]
    return counts, max(0, found.count - sum(count or 0 for count in counts))


def categories(profile: Profile, column: str, groups: Sequence[str]) -> Chart:
    """
    Draw how often the most frequent values occur in each group.

    Args:
        profile: What the Spark job found.
        column: A categorical column of it.
        groups: The values of the groups to draw; of a profile without groups all rows are drawn.

    Returns:
        Horizontal bars per group of the profile, in its order: the share of the group's rows
        (percent), the most frequent value of all rows on top, then other values, then missing
        ones; these two only where there are any. A value that a group's ``top`` does not tell of
        has no bar. A group that is not asked for keeps its colour with an empty trace. Where all
        are empty: a sentence.
    """
    fig = Chart()
    names = [name for name, _ in bars(profile, profile.overall, column)]
    for position, group in enumerate(parts(profile)):
        if not (group.value in groups or not profile.groups) or not group.rows:
            keep_colour(fig)
            continue
        kept = [count for _, count in bars(profile, group, column)]
        fig.add(
            "bar",
            x=[None if count is None else round(100 * count / group.rows, 3) for count in kept],
            y=list(range(len(kept))),
            name=short(group.label),
            orientation="h",
            marker={
                "pattern": {
                    "shape": PATTERNS[position % len(PATTERNS)],
                    "fillmode": "overlay",
                    "solidity": 0.2,
                }
            },
            customdata=[
                [short(name), f"{count or 0:,}"] for name, count in zip(names, kept, strict=True)
            ],
            hovertemplate="%{customdata[0]}<br>%{x:.1f} % (%{customdata[1]} rows)",
        )
    fig.update_layout(barmode="group", bargap=0.25, clickmode="event", showlegend=True)
    fig.update_xaxes(title={"text": "share of the rows"}, ticksuffix=" %", showgrid=True)
    fig.update_yaxes(
        title={"text": short_axis(label_of(profile, column))},
        tickmode="array",
        tickvals=list(range(len(names))),
        ticktext=[short(name) for name in names],
        autorange="reversed",
        showgrid=False,
    )
    return or_nothing(fig)


def bars(profile: Profile, section: Section, column: str) -> list[tuple[str, int | None]]:
    """The bars that ``categories`` draws of a group, from the top: what each is, and its rows."""
    values = values_of(profile, column)
    everywhere = [_bars(one, column, values) for one in (profile.overall, *profile.groups)]
    *own, others, missing = _bars(section, column, values)
    found = list(zip(values, own, strict=True))
    # A group may have others where all rows have none: those that its ``top`` does not tell apart.
    if any(one[-2] for one in everywhere):
        found.append((OTHER, others))
    return [*found, (MISSING, missing)] if any(one[-1] for one in everywhere) else found


def category_rows(profile: Profile, column: str, groups: Sequence[str]) -> list[Row]:
    """[value, then the rows of each group in turn]: the values shown, other ones, missing ones."""
    values = values_of(profile, column)
    bars = [_bars(group, column, values) for group in _chosen(profile, groups)]
    return [
        [name, *(column_bars[i] for column_bars in bars)]
        for i, name in enumerate((*values, OTHER, MISSING))
    ]


def category_heads(profile: Profile, column: str, groups: Sequence[str]) -> list[str]:
    """What stands above ``category_rows``."""
    return [label_of(profile, column), *(group.label for group in _chosen(profile, groups))]


def category_exactness(found: CategoryProfile) -> str:
    """How many values a column has and how sure that is, as a sentence without its full stop."""
    if found.distinct_error:
        said = f"About {found.distinct:,} distinct values (±{100 * found.distinct_error:.2g} %)"
    else:
        said = f"{found.distinct:,} distinct value{'s'[: found.distinct != 1]}"
    if found.count_error:
        return f"{said}; a count may be too low by at most {found.count_error:,}"
    return f"{said}; counts are exact"


def _chosen(profile: Profile, groups: Sequence[str]) -> list[Group]:
    return [g for g in parts(profile) if g.value in groups or not profile.groups]


def _bars(group: Section, column: str, values: Sequence[str]) -> list[int | None]:
    """The rows of each value, then those of other values, then those without one."""
    found = category(group, column)
    if found is None:
        return [None] * (len(values) + 2)
    counts, others = counts_of(found, values)
    return [*counts, others, found.missing]
