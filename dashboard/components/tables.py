"""Small plain tables. Cells keep the exact number, so that "Download CSV" loses nothing."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from dash import html

from dashboard.components.page import attributes


class Shown(NamedTuple):
    """A number that people read in other words, such as ``1.5 GB``; the CSV has the number."""

    text: str
    value: float


class Linked(NamedTuple):
    """A text that leads to its source; the CSV has the address."""

    text: str
    address: str


Cell = str | int | float | Shown | Linked | None


def number(value: float | None, decimals: int) -> str:
    """A number for people: ``decimals`` places, thousands apart; a dash where there is none."""
    return "–" if value is None else f"{value:,.{decimals}f}"


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    caption: str,
    decimals: Sequence[int] | int = 2,
    name: str = "",
    sortable: bool = False,
) -> html.Div:
    """A table with a header row; the first column names the row.

    Args:
        columns: The header.
        rows: Text is shown as it is, whole numbers whole, floats with ``decimals`` places
            (one number for the table, or one a row) and exact in the CSV; None as a dash.
        caption: What the table says, for who does not see it.
        name: The stem of the CSV file.
        sortable: Whether a heading is a button that sorts by its column (assets/cellar.js).
    """
    places = [decimals] * len(rows) if isinstance(decimals, int) else list(decimals)
    numeric = [
        any(isinstance(row[i], (int, float, Shown)) for row in rows) for i in range(len(columns))
    ]
    head = [
        html.Th(
            html.Button(column, type="button", **attributes(data_sort="")) if sortable else column,
            scope="col",
            className="num" if of_numbers else None,
        )
        for column, of_numbers in zip(columns, numeric, strict=True)
    ]
    body = [
        html.Tr(
            [
                _cell(value, place, first=i == 0, of_numbers=numeric[i])
                for i, value in enumerate(row)
            ]
        )
        for row, place in zip(rows, places, strict=True)
    ]
    inner = html.Table(
        [
            html.Caption(caption, className="visually-hidden"),
            html.Thead(html.Tr(head)),
            html.Tbody(body),
        ],
        className="data-table sortable" if sortable else "data-table",
        **(attributes(data_csv=name) if name else {}),
    )
    return html.Div(
        inner,
        className="table-scroll",
        tabIndex="0",
        role="group",
        **attributes(aria_label=caption),
    )


def large_table(
    columns: Sequence[str], rows: Sequence[Sequence[Cell]], *, caption: str, name: str
) -> html.Div:
    """A table of hundreds of rows that can be sorted; the first column names the row.

    Thousands of components would stop a browser for seconds, so it is one: assets/tables.js draws
    its cells when the element that folds it away is opened. Numbers are shown with four digits
    and are exact in the CSV.
    """
    cells = [[c._asdict() if isinstance(c, Linked | Shown) else c for c in row] for row in rows]
    drawn = {"caption": caption, "name": name, "columns": list(columns), "rows": cells}
    return html.Div(
        className="table-scroll",
        tabIndex="0",
        role="group",
        **attributes(aria_label=caption, data_table=json.dumps(drawn, ensure_ascii=False)),
    )


def csv_button(text: str = "Download CSV") -> html.Button:
    """A button that saves the table of its card, every digit of it."""
    return html.Button(
        text, type="button", className="quiet-button", **attributes(data_save_csv="")
    )


def _cell(value: Cell, decimals: int, *, first: bool, of_numbers: bool) -> html.Th | html.Td:
    if first:
        return html.Th(str(value), scope="row")
    if isinstance(value, Linked):
        link = html.A(value.text, href=value.address, rel="noreferrer", target="_blank")
        return html.Td(link, **attributes(data_value=value.address))
    if isinstance(value, Shown):
        exact = attributes(data_value=repr(value.value))
        return html.Td(value.text, className="num", **exact)
    if isinstance(value, float):
        return html.Td(
            number(value, decimals), className="num", **attributes(data_value=repr(value))
        )
    if isinstance(value, int):
        return html.Td(f"{value:,}", className="num", **attributes(data_value=str(value)))
    return html.Td(
        "–" if value is None else value, className="num" if value is None and of_numbers else None
    )
