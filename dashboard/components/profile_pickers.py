"""What a person chooses on the page of a profile: the table, its columns, groups and rows."""

from dash import html

from dashboard.components.page import attributes
from dashboard.components.pickers import checks, column_picker, select, tables
from dashboard.figures.labels import ALL_ROWS, by_label, columns_of, label_of
from dashboard.view import View, address, first_groups, words_for
from store.schema import Profile

TABLE, BY, COLUMN = "explore-table", "explore-by", "explore-column"
GROUPS, COMPARE, SECTION = "explore-groups", "explore-compare", "explore-section"
NOTHING = "-"  # no table can be called so
MANY_TABLES = 6  # more are a list, not pills


def table_links(names: list[str], shown: Profile) -> html.Nav | None:
    """The way to each table, where there are few."""
    if len(names) > MANY_TABLES:
        return None
    return tables(names, {name: address(profile=name) for name in names}, shown.name)


def pickers_card(found: View, names: list[str]) -> html.Section:
    """Which table, column and groups are drawn, and what they are compared with."""
    shown = found.profile
    kinds: dict[str, list[tuple[str, str]]] = {"number": [], "category": [], "date": []}
    for column, kind in columns_of(shown).items():
        kinds[kind].append((column, label_of(shown, column)))
    bys = [(column, by_label(shown, column)) for column in found.groupings]
    others = [(name, _beside(shown.name, name)) for name in names if name != shown.name]
    chosen = first_groups(shown)
    groups = by_label(shown)
    if len(chosen) < len(shown.groups):
        groups += f": the {len(chosen)} largest of {len(shown.groups)} at first"
    return html.Section(
        [
            select(
                TABLE,
                "Table",
                [(name, name) for name in names],
                shown.name,
                hidden=len(names) <= MANY_TABLES,
            ),
            column_picker(COLUMN, kinds, found.column),
            select(BY, "Group by", bys, shown.group_by or "", hidden=len(bys) < 2),
            select(
                COMPARE,
                "Compare with",
                [(NOTHING, "no other table"), *others],
                found.compare.name if found.compare else NOTHING,
                hidden=not others,
            ),
            checks(GROUPS, groups, [(g.value, g.label) for g in shown.groups], chosen),
        ],
        className="card-box pickers",
        **attributes(aria_label="What to show", data_column=found.column),
    )


def _beside(shown: str, name: str) -> str:
    """A table to compare with: its name, and what it is to the one that is shown."""
    _, word = words_for(shown, name).legend
    return name if word == name else f"{name}: {word}"


def section_card(profile: Profile) -> html.Section:
    """Whose correlations and statistics are shown: a group's, or those of all rows."""
    options = [(ALL_ROWS, f"All {profile.descriptor.rows}")]
    options += [(group.value, group.label) for group in profile.groups]
    return html.Section(
        select(SECTION, "Rows for the correlations and statistics", options, ALL_ROWS),
        className="card-box pickers",
        hidden=not profile.groups,
        **attributes(aria_label="Which rows"),
    )
