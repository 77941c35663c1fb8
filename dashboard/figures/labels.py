"""What the columns and groups of a profile are called, and which of them there are."""

import math
from typing import Literal

from store.schema import CategoryProfile, Group, Profile, Section, Trend

ALL_ROWS = " all"  # a group's value is trimmed, so none has this one
MANY_GROUPS = 5  # as many as there are colours
LONG = 26  # characters of a name that fit beside a chart
Kind = Literal["number", "category", "date"]


def label_of(profile: Profile, column: str, *, unit: bool = True) -> str:
    """The column's label, with its unit in parentheses; of any column that was profiled."""
    feature = next((f for f in profile.descriptor.features if f.column == column), None)
    if feature is None:
        return column.replace("_", " ").strip().capitalize() or column
    return f"{feature.title} ({feature.unit})" if unit and feature.unit else feature.title


def short(label: str) -> str:
    """The label as it fits beside a chart."""
    return label if len(label) <= LONG else f"{label[: LONG - 1].rstrip()}…"


def decimals_of(profile: Profile, column: str) -> int:
    """How many decimals this column is shown with: those described, else three digits of its sd."""
    described = profile.descriptor.feature(column).decimals
    if described is not None:
        return described
    sd = profile.overall.column(column).sd
    return 2 if not sd else min(6, max(0, 2 - math.floor(math.log10(sd))))


def by_label(profile: Profile, column: str | None = None) -> str:
    """What people call the column that rows are grouped by; "Rows" where they are not."""
    column = column or profile.group_by
    target = profile.descriptor.target
    if target is not None and target.column == column:
        return target.title
    return label_of(profile, column) if column else "Rows"


def parts(profile: Profile) -> tuple[Group, ...]:
    """The groups in the order of their colours; all rows where rows are not grouped.

    More than ``MANY_GROUPS`` come largest first, so that the largest differ in colour.
    """
    groups = profile.groups or (whole(profile),)
    if len(groups) <= MANY_GROUPS:
        return groups
    return tuple(sorted(groups, key=lambda group: -group.rows))


def whole(profile: Profile) -> Group:
    """All rows, as a group with the value ``ALL_ROWS``."""
    label = f"All {profile.descriptor.rows}"
    return Group(value=ALL_ROWS, label=label, **dict(profile.overall))


def part(profile: Profile, value: str | None) -> Group:
    """The group of this value; all rows where there is none."""
    return next((g for g in profile.groups if g.value == value), None) or whole(profile)


def columns_of(profile: Profile) -> dict[str, Kind]:
    """Every column that has a chart: numbers, categories, dates, each in the profile's order."""
    section = profile.overall
    found: dict[str, Kind] = {column.name: "number" for column in section.columns}
    for labels in section.categories:
        found.setdefault(labels.name, "category")
    for periods in section.trends:
        found.setdefault(periods.name, "date")
    return found


def category(section: Section, name: str) -> CategoryProfile | None:
    """The categorical column of this name, or None."""
    return next((found for found in section.categories if found.name == name), None)


def trend(section: Section, name: str) -> Trend | None:
    """The date column of this name, or None."""
    return next((found for found in section.trends if found.name == name), None)
