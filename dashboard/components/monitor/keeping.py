"""The log behind the page, and the server itself."""

from datetime import datetime

from dash import html

from dashboard.components.answer import notice
from dashboard.components.outage import age
from dashboard.components.page import Children, facts
from dashboard.components.tables import Cell, Shown, table
from dashboard.monitoring.server import Server
from dashboard.prediction_log.state import LogState

LOG_CAPTION = (
    "An answered prediction is in its worker's journal before the answer leaves, and moves into "
    "the database from there; while that is away, journals keep it."
)
SERVER_CAPTION = (
    "Memory of the processes that answer. Pages that they share count in part in “own”, and whole "
    "in “resident”."
)


def log_state(state: LogState, now: datetime) -> list[Children]:
    """Whether every prediction is in the database, and what waits or was lost."""
    away = state.away_since
    waiting = f"{state.rows:,} row{'s'[: state.rows != 1]}"
    if state.rows:
        waiting += f", {_size(state.bytes)} in journals"
    return [
        facts(
            [
                (
                    "Database",
                    "answers"
                    if away is None
                    else f"away for {age(now - away)}, since {_time(away)}",
                ),
                ("Waiting", waiting),
                ("Lost", f"{state.lost:,} row{'s'[: state.lost != 1]}"),
            ]
        ),
    ]


def outage(state: LogState, now: datetime) -> html.Div | None:
    """A calm box while the database is away, or where rows were lost."""
    if state.away_since is not None:
        box = notice(
            f"The database has been away for {age(now - state.away_since)}.",
            "Predictions are answered, and kept on this server until it is back.",
        )
        if state.reason:
            box.children.append(html.Div(state.reason, className="notice-why"))
        return box
    if state.lost:
        return notice("Rows were lost:", "the journals were full while the database was away.")
    return None


def server_state(server: Server, opened: datetime | None) -> list[Children]:
    """Start-up and memory of the server; ``opened`` is when it took up the release."""
    workers = server.workers()
    seconds = server.start_seconds
    about: list[tuple[str, Children]] = [
        ("Running since", "not known" if server.began is None else _time(server.began)),
        ("Start-up", "not known" if seconds is None else f"{seconds:.1f} s, imports and checks"),
        ("Release since", "not taken up yet" if opened is None else _time(opened)),
    ]
    rows: list[list[Cell]] = [
        [
            str(one.process),
            None if one.own is None else Shown(_size(one.own), one.own),
            Shown(_size(one.resident), one.resident),
            f"{one.began:%d %b %H:%M}",
        ]
        for one in workers
    ]
    exact = table(
        ["Process", "Own", "Resident", "Forked (UTC)"], rows, caption="Memory", name="server-memory"
    )
    return [facts(about), exact] if workers else [facts(about)]


def _time(moment: datetime) -> str:
    return f"{moment:%d %B %Y %H:%M} UTC"


def _size(count: int) -> str:
    return f"{count / 1e6:,.0f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} kB"
