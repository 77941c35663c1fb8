"""What a link to Explore asks for: a profile, a grouping, a column, another profile beside it."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from dashboard.figures.labels import MANY_GROUPS, columns_of, parts
from store.schema import Profile, asked_name

TRAINED_ON, ASKED_ABOUT = "trained on", "asked about"


class View(NamedTuple):
    """What is shown.

    ``profile`` is grouped as the link asks, by one of ``groupings``; ``column`` is one of its
    columns, "" where it has none; ``compare`` is another profile.
    """

    profile: Profile
    groupings: tuple[str, ...]
    column: str
    compare: Profile | None


def view(
    profiles: Mapping[str, Profile],
    default: str,
    *,
    profile: str = "",
    by: str = "",
    column: str = "",
    compare: str = "",
) -> View | None:
    """The view of a link; what it does not say, or says wrongly, is as nobody had asked.

    Returns:
        None where there is no profile at all.
    """
    shown = profiles.get(profile) or profiles.get(default) or next(iter(profiles.values()), None)
    if shown is None:
        return None
    grouped = grouped_by(shown, by)
    columns = columns_of(grouped)
    other = profiles.get(compare)
    return View(
        grouped,
        tuple(groupings(shown)),
        column if column in columns else next(iter(columns), ""),
        None if other is None or other.name == shown.name else other,
    )


def grouped_by(profile: Profile, by: str | None) -> Profile:
    """The profile grouped by this column; as it is where there is no such grouping."""
    return profile.by(by) if by in groupings(profile) else profile


def groupings(profile: Profile) -> list[str]:
    """The columns that rows are grouped by, the profile's own first."""
    own = [] if profile.group_by is None else [profile.group_by]
    return [*own, *(g.column for g in profile.groupings if g.column not in own)]


class Words(NamedTuple):
    """What two tables are called beside each other: in a legend, and in a sentence."""

    legend: tuple[str, str]
    sentence: tuple[str, str]


def words_for(one: str, other: str) -> Words:
    """The names of two tables, unless one is what the model of the other was asked."""
    if asked_name(one) == other:
        phrases = f"what {one} was trained on", "what it was asked about"
        return Words((TRAINED_ON, ASKED_ABOUT), phrases)
    if asked_name(other) == one:
        phrases = f"what {other} was asked about", "what it was trained on"
        return Words((ASKED_ABOUT, TRAINED_ON), phrases)
    return Words((one, other), (one, other))


def first_groups(profile: Profile) -> list[str]:
    """The groups that are drawn at first: all of them, of very many the largest."""
    chosen = {group.value for group in parts(profile)[:MANY_GROUPS]}
    return [group.value for group in profile.groups if group.value in chosen]


def address(**parts: str) -> str:
    """The link of a view, such as ``address(profile="wine", column="hue")``."""
    said = {name: value for name, value in parts.items() if value}
    return f"/explore?{urlencode(said)}" if said else "/explore"
