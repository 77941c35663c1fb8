"""PostgreSQL: a server that may restart, stand still or go away, noticed in two to three seconds.

The server ends a statement that takes too long, which it cannot do when it stands still; so the
connection does not wait for ever either, and one that lay idle is asked first whether it lives.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from traceback import clear_frames
from typing import Any, TypeVar, cast

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError

CONNECT_SECONDS = 2  # the least that psycopg takes
ALIVE_SECONDS = 1.0
STATEMENT_SECONDS = 10.0
MIGRATION_LOCK = 0x43656C6C6172  # "Cellar" in ASCII: no other program is likely to lock it
ARGUMENTS = {
    "connect_timeout": CONNECT_SECONDS,
    "options": f"-c statement_timeout={STATEMENT_SECONDS * 1_000:.0f} -c timezone=UTC",
    "application_name": "cellar-lab",
    "prepare_threshold": None,  # a pooler in between may give each statement another session
}

T = TypeVar("T")


def open_server(url: URL, pool: dict[str, Any]) -> Engine:
    """The database of a URL; nothing is connected yet."""
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"), connect_args=dict(ARGUMENTS), **pool
    )
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "checkout", _check)
    return engine


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """A transaction that waits for whoever migrates, and takes as long as it takes."""
    cast(Patient, connection.connection.dbapi_connection).patience = None
    with connection.begin():
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        yield


class Patient(psycopg.Connection[Any]):
    """A connection that waits for an answer only so long."""

    usual_patience = STATEMENT_SECONDS + 2  # beyond what the server gives a statement
    patience: float | None = usual_patience

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Wait for an answer. When patience ends it closes and raises OperationalError."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:
            self.close()
            raise psycopg.OperationalError("no answer in time") from None

    def is_alive(self) -> bool:
        """Whether the server answers within a second."""
        self.patience = ALIVE_SECONDS
        try:
            self.autocommit = True  # no transaction for this
            self.execute("SELECT 1")
            self.autocommit = False
        except psycopg.Error:
            return False
        self.patience = self.usual_patience
        return True


def _connect(_dialect: object, _record: object, _given: object, how: dict[str, Any]) -> Patient:
    try:
        return Patient.connect(**how)
    except psycopg.Error as error:
        # A cycle through its frames would leave the socket open until the garbage collector comes,
        # and a server that shuts down waits a minute for who has connected and says nothing.
        clear_frames(error.__traceback__)
        raise


def _check(connection: Patient, _record: object, _proxy: object) -> None:
    if not connection.is_alive():
        raise DisconnectionError
