"""What is written for every batch, as the drivers take it.

SQLite is given rows, PostgreSQL arrays of columns: one statement each way, and one round trip.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

Rows = Sequence[tuple[Any, ...]]

_COLUMNS = "id, served_id, source, features, answer, outputs, microseconds, plausibility"
_PREDICTIONS = f"INSERT INTO predictions ({_COLUMNS})"
_ONCE = "ON CONFLICT (id) DO NOTHING"
_PREDICTION_ARRAYS = (
    "%b::bytea[], %b::int[], %b::smallint[], %b::text[], %b::text[], %b::text[], %b::bigint[], "
    "%b::float8[]"
)
_KEY = "period, at, measure, served_id, source, answer, bin"
_TALLIES = f"INSERT INTO tallies ({_KEY}, n)"
_ADD = f"ON CONFLICT ({_KEY}) DO UPDATE SET n = tallies.n + excluded.n"
_TALLY_ARRAYS = (
    "%b::int[], %b::bigint[], %b::text[], %b::int[], %b::smallint[], %b::text[], %b::smallint[], "
    "%b::bigint[]"
)


def insert_predictions(connection: Connection, rows: Rows) -> set[bytes] | None:
    """Insert the rows whose id is not there yet; gives the new ids, None where all are new."""
    if connection.dialect.name == "postgresql":
        found = connection.exec_driver_sql(
            f"{_PREDICTIONS} SELECT * FROM unnest({_PREDICTION_ARRAYS}) {_ONCE} RETURNING id",
            _columns(rows),
        )
        new = {bytes(id) for (id,) in found}
        return None if len(new) == len(rows) else new
    insert = f"{_PREDICTIONS} VALUES (?, ?, ?, ?, ?, ?, ?, ?) {_ONCE}"
    attempt = connection.begin_nested()
    if connection.exec_driver_sql(insert, list(rows)).rowcount == len(rows):
        attempt.commit()
        return None
    attempt.rollback()  # nobody else writes meanwhile: what is there now is what was there
    known = "SELECT 1 FROM predictions WHERE id = ?"
    missing = [row for row in rows if connection.exec_driver_sql(known, row[:1]).first() is None]
    if missing:
        connection.exec_driver_sql(insert, missing)
    return {row[0] for row in missing}


def add_tallies(connection: Connection, rows: Rows) -> None:
    """Add to the tallies; the rows come sorted, so that no two writers wait for each other."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        add = f"{_TALLIES} SELECT * FROM unnest({_TALLY_ARRAYS}) {_ADD}"
        connection.exec_driver_sql(add, _columns(rows))
    else:
        add = f"{_TALLIES} VALUES (?, ?, ?, ?, ?, ?, ?, ?) {_ADD}"
        connection.exec_driver_sql(add, list(rows))


def insert_into(connection: Connection, table: Table) -> "postgresql.Insert | sqlite.Insert":
    """An INSERT that knows ON CONFLICT, for the few rows of the other tables."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    return sqlite.insert(table)


def _columns(rows: Rows) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))
