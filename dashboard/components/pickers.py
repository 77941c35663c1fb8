"""Controls that choose what a page shows, each with its label."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from dashboard.components.page import attributes

FEW_COLUMNS = 40  # more are searched rather than listed
HEADINGS = {"number": "Numbers", "category": "Categories", "date": "Dates"}
Option = tuple[str, str]  # value and label


def select(
    id_: str, label: str, options: Sequence[Option], value: str, *, hidden: bool = False
) -> html.Div:
    """One of a few."""
    listed = [{"label": text, "value": own} for own, text in options]
    return html.Div(
        [html.Label(label, htmlFor=id_), dbc.Select(id=id_, options=listed, value=value)],
        className="picker",
        hidden=hidden,
    )


def checks(id_: str, label: str, options: Sequence[Option], value: Sequence[str]) -> html.Fieldset:
    """Any of some; very many scroll."""
    listed = [{"label": text, "value": own} for own, text in options]
    return html.Fieldset(
        [
            html.Legend(label),
            dbc.Checklist(id=id_, options=listed, value=list(value), inline=True),
        ],
        className="picker picker-checks",
        hidden=not options,
    )


def column_picker(id_: str, columns: Mapping[str, Sequence[Option]], value: str) -> html.Div:
    """One of the columns, under a heading per kind; very many are found by typing.

    Args:
        id_: Its ``value`` is the name of the column, or what was typed.
        columns: Name and label of each column, by kind.
        value: The column that is chosen.
    """
    options = [option for group in columns.values() for option in group]
    if len(options) <= FEW_COLUMNS:
        return html.Div(
            [
                html.Label("Column", htmlFor=id_),
                dbc.Select(id=id_, options=_headed(columns), value=value),
            ],
            className="picker",
        )
    names = f"{id_}-names"
    return html.Div(
        [
            html.Label(f"Column, one of {len(options):,}: type to search", htmlFor=id_),
            search(id_, value=value, names=names),
            html.Datalist([html.Option(value=o, label=text) for o, text in options], id=names),
        ],
        className="picker",
    )


def search(id_: str, *, value: str = "", names: str = "", hint: str = "") -> dbc.Input:
    """A field that searches; it speaks when typing ends."""
    more: dict[str, Any] = {"list": names} if names else {}
    return dbc.Input(
        id=id_,
        type="search",
        value=value,
        placeholder=hint,
        debounce=True,
        autocomplete="off",
        **more,
    )


def tables(names: Sequence[str], links: Mapping[str, str], shown: str) -> html.Nav | None:
    """A pill a table, each a link; None where there is one only."""
    if len(names) < 2:
        return None
    pills = [
        html.A(
            name,
            href=links[name],
            className="pill",
            **(attributes(aria_current="true") if name == shown else {}),
        )
        for name in names
    ]
    return html.Nav(pills, className="pills", **attributes(aria_label="Profiles"))


def _headed(columns: Mapping[str, Sequence[Option]]) -> list[dict[str, Any]]:
    """The options; where there are several kinds, each below a heading that cannot be chosen."""
    kinds = [kind for kind, options in columns.items() if options]
    listed: list[dict[str, Any]] = []
    for kind in kinds:
        if len(kinds) > 1:
            listed.append({"label": HEADINGS[kind], "value": f" {kind}", "disabled": True})
        listed += [{"label": text, "value": own} for own, text in columns[kind]]
    return listed
