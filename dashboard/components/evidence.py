"""What a figure rests on: where it came from, and how it compares with the rows."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.columns import figure_of_bar
from dashboard.components.answer import notice
from dashboard.components.job import engine_of
from dashboard.components.page import Children, attributes, command, facts
from dashboard.components.tables import csv_button, table
from dashboard.figures.labels import ALL_ROWS, columns_of, decimals_of, label_of
from dashboard.figures.statistics import exactness
from store.evidence import Check
from store.schema import Group, Profile

CLOSE, RECOMPUTE, RECOMPUTED = "explore-close", "explore-recompute", "explore-recomputed"
HEADS = ("Figure", "In the profile", "Recomputed", "Agrees", "Difference", "Has to be within")
MAX_CHECKS = 60  # rows that are shown; further ones are counted


def panel(
    profile: Profile,
    column: str,
    group: Group,
    bar: Mapping[str, Any] | None,
    action: Sequence[Any],
) -> html.Section:
    """A card with the facts behind a figure of a group, and what can be done about it.

    Args:
        profile: That has the figure.
        column: Whose figure it is.
        group: The rows it is of.
        bar: Which bar was clicked, or None: all figures of the column.
        action: ``recomputing`` or ``unreachable``.
    """
    close = html.Button(
        "Close", id={"type": CLOSE, "index": 0}, type="button", className="quiet-button"
    )
    title = f"Evidence: {label_of(profile, column, unit=False)}, {group.label}"
    return html.Section(
        [
            html.Div([html.H2(title), close], className="card-heading"),
            facts(_facts(profile, column, group, bar)),
            html.Div(list(action), className="evidence-action"),
        ],
        className="card-box evidence",
        **attributes(aria_label="Evidence"),
    )


def recomputing() -> list[Any]:
    """A button that asks for the figures from the rows, and the place where they come."""
    ids = {"type": RECOMPUTE, "index": 0}
    return [
        html.Button("Recompute from the input", id=ids, type="button", className="pill"),
        html.Div(id={"type": RECOMPUTED, "index": 0}, **attributes(aria_live="polite")),
    ]


def unreachable(why: str, verb: str) -> list[Any]:
    """Why the rows are not looked at here, and the command that does it."""
    return [
        html.P([html.B("Not recomputed here. "), why, " Where the rows are, run:"]),
        command(verb),
    ]


def verb(profile: Profile, key: str, column: str, group: Group) -> str:
    """The command that recomputes, where the rows are, what the profile under a key says."""
    said = ["python", "-m", "pipeline", "evidence", key, "--column", column]
    if profile.group_by is not None and group.value != ALL_ROWS:
        said += ["--by", profile.group_by, "--group", group.value]
    return shlex.join(said)


def verdict(
    profile: Profile, column: str, group: Group, checks: Sequence[Check], *, seconds: float
) -> html.Div:
    """Every figure beside the same from the rows, and one sentence about all of them."""
    is_number = columns_of(profile)[column] == "number"
    wrong = [check for check in checks if not check.agrees]
    took = f"recomputed in {1000 * seconds:,.0f} ms with plain Python"
    if wrong:
        names = ", ".join(check.name for check in wrong[:5])
        said = notice(f"{len(wrong)} of {len(checks)} figures differ:", f"{names}.", kind="bad")
    else:
        said = notice(f"All {len(checks)} figures agree,", f"{took}.", kind="ok")
    shown = [*wrong, *(check for check in checks if check.agrees)] if wrong else list(checks)
    rows = [
        [c.name, c.stored, c.recomputed, "yes" if c.agrees else "no", _difference(c), c.within]
        for c in shown[:MAX_CHECKS]
    ]
    more = len(shown) - len(rows)
    return html.Div(
        [
            said,
            table(
                HEADS,
                rows,
                caption=f"{label_of(profile, column)}, {group.label}: in the profile and from "
                "the rows",
                decimals=decimals_of(profile, column) + 3 if is_number else 0,
                name=f"{profile.name}-{column}-{group.label}-evidence",
            ),
            html.P(f"And {more:,} more, alike.", className="card-caption") if more else None,
            csv_button(),
        ]
    )


def _difference(check: Check) -> str:
    found = check.difference
    if found is None:
        return "–"
    return "0" if not found else f"{found:.1e}".replace("-", "−")


def _facts(
    profile: Profile, column: str, group: Group, bar: Mapping[str, Any] | None
) -> list[tuple[str, Children]]:
    run, read = profile.run, profile.input
    pairs: list[tuple[str, Children]] = [
        ("Figure", figure_of_bar(profile, group, column, bar)),
        ("Rows", f"{group.rows:,} of {profile.rows:,} {profile.descriptor.rows}"),
        ("Kept out", f"{profile.rejected.rows:,} rows of the table"),
        ("Run", f"{profile.run_id}, {run.started:%d %B %Y %H:%M} UTC"),
        ("Engine", engine_of(run)),
        ("Input", f"{read.uri}, {read.bytes:,} bytes"),
        ("Input sha256", html.Code(read.sha256, className="hash")),
    ]
    if columns_of(profile)[column] == "number":
        pairs.insert(2, ("Quantiles", exactness([group.column(column)])))
    return pairs
