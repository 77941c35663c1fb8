"""The database behind ``DATABASE_URL``, its transactions, and what is said when it is away.

What PostgreSQL needs is imported where there is one: it takes 10 MB that SQLite can do without.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy import Engine as Engine  # the type of what the other parts hold
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, SQLAlchemyError

from store.errors import DatabaseAway, InputError
from store.prediction_log import sqlite

POOL = {"pool_size": 2, "max_overflow": 2, "pool_timeout": 2.0}  # small plans have 20 connections


def open_database(url: str) -> Engine:
    """The database at a URL; it is not connected to before it is used.

    ``postgres://`` and ``postgresql://`` lead to PostgreSQL, ``sqlite:///path`` to a file, whose
    folder is made. A process that forks opens its own.

    Raises:
        InputError: The URL is none, or of another kind of database.
        DatabaseAway: The file's folder cannot be made.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = URL.create("none")
    kind = parsed.drivername.partition("+")[0]
    if kind in ("postgres", "postgresql"):
        from store.prediction_log import postgresql

        return postgresql.open_server(parsed, POOL)
    if kind == "sqlite" and parsed.database:
        return sqlite.open_file(parsed, POOL)
    raise InputError("DATABASE_URL takes postgresql:// or sqlite:///path.")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that reads. Raises DatabaseAway, and InputError for a value that is refused."""
    with _explained(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes, all or nothing. Raises as ``reading``, and IntegrityError."""
    with _explained(engine), engine.connect() as connection:
        connection = connection.execution_options(**{sqlite.WRITES: True})
        with connection.begin():
            yield connection


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """A transaction that changes the tables: one at a time, without hurry. Raises DatabaseAway."""
    if engine.dialect.name == "postgresql":
        from store.prediction_log.postgresql import alone as begin
    else:
        from store.prediction_log.sqlite import alone as begin
    with _explained(engine), engine.connect() as connection, begin(connection):
        yield connection


def place(url: URL) -> str:
    """Where a database is, for people: without user and password."""
    if url.host is None:
        return str(url.database)
    return f"{url.host}:{url.port or 5432}/{url.database}"


@contextmanager
def _explained(engine: Engine) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except UnicodeEncodeError:
        raise InputError("The prediction log refuses a text with half a character.") from None
    except DataError as error:
        said = _said(error, engine.url)
        raise InputError(f"The prediction log refuses a value: {said}") from None
    except SQLAlchemyError as error:
        said = _said(error, engine.url)
        raise DatabaseAway(f"The prediction log at {place(engine.url)} is away: {said}") from None


def _said(error: SQLAlchemyError, url: URL) -> str:
    """The driver's first line: those below, and SQLAlchemy's own, repeat values."""
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    line = said.partition("\n")[0] or type(error).__name__
    return line.replace(str(url.password), "***") if url.password else line
