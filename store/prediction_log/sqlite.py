"""SQLite: a file that several processes read while one of them writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as Driver
from typing import Any, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from store.errors import DatabaseAway

WAIT_MS = 2_000  # for whoever writes at the moment
WAIT_FOR_MIGRATION_MS = 600_000
PRAGMAS = (
    f"busy_timeout = {WAIT_MS}",
    "page_size = 16384",  # of a new file: rows of 0.5 kB go in a fifth faster than with 4096
    "journal_mode = WAL",  # nobody who reads waits
    "synchronous = NORMAL",  # whole after a power cut, if without its last moments
    "foreign_keys = ON",
    "secure_delete = ON",  # what is forgotten is overwritten
)
WRITES = "sqlite_writes"  # the execution option of a transaction that writes


def open_file(url: URL, pool: dict[str, Any]) -> Engine:
    """The file of a URL; its folder is made. Raises DatabaseAway where it cannot be."""
    path = Path(str(url.database)).expanduser()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseAway(f"No folder for the prediction log: {error.strerror}") from error
    engine = create_engine(url.set(drivername="sqlite", database=str(path)), **pool)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """A transaction that waits for whoever migrates, and keeps everybody from writing."""
    driver = cast(Driver, connection.connection.dbapi_connection)
    driver.execute(f"PRAGMA busy_timeout = {WAIT_FOR_MIGRATION_MS}")
    try:
        with connection.execution_options(**{WRITES: True}).begin():
            yield
    finally:
        driver.execute(f"PRAGMA busy_timeout = {WAIT_MS}")


def _prepare(driver: Driver, _record: object) -> None:
    driver.isolation_level = None  # transactions begin where SQLAlchemy says
    for pragma in PRAGMAS:
        driver.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Take the turn to write at once: a transaction that reads first might not get it later."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
