"""A database that is away is noticed in seconds, and nothing is said that nobody should read."""

import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts import postgres
from store.errors import DatabaseAway, InputError
from store.prediction_log.database import Engine, open_database, place
from store.prediction_log.migrations import upgrade
from store.prediction_log.reading import predictions
from store.prediction_log.writing import give_feedback, write
from tests.store.prediction_log.made import entry

PATIENCE = 5.0  # seconds: one for an old connection, two for a new one, and some for a busy machine


@contextmanager
def away(within: float = PATIENCE) -> Iterator[pytest.ExceptionInfo[DatabaseAway]]:
    """What happens inside fails as it should, and soon."""
    began = time.monotonic()
    with pytest.raises(DatabaseAway) as found:
        yield found
    assert time.monotonic() - began < within
    assert "INSERT" not in str(found.value)


@pytest.fixture
def log(postgres_url: str) -> Iterator[Engine]:
    """A prediction log on PostgreSQL with one connection that is open already."""
    engine = open_database(postgres_url)
    upgrade(engine)
    write(engine, [entry()])
    yield engine
    engine.dispose()


def test_both_spellings_of_postgres_lead_to_it(postgres_url: str) -> None:
    for spelling in ("postgres://", "postgresql://"):
        engine = open_database(postgres_url.replace("postgresql://", spelling))
        upgrade(engine)
        assert predictions(engine) == []
        engine.dispose()


@pytest.mark.parametrize(
    "url", ["", "mysql://a:secret@host/b", "sqlite://", "a:secret", "postgres://x:secret@h:port/d"]
)
def test_another_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InputError, match="DATABASE_URL") as refused:
        open_database(url)

    assert "secret" not in str(refused.value)


def test_a_wrong_password_is_told_without_any(postgres_server: postgres.Server) -> None:
    engine = open_database(postgres_server.url(password="correct%20horse"))

    with away() as told:
        write(engine, [entry()])

    assert f"127.0.0.1:{postgres_server.port}/postgres" in str(told.value)
    assert "password authentication failed" in str(told.value)
    assert "horse" not in str(told.value)
    assert told.value.__cause__ is None


def test_nobody_at_the_port_is_told(free_port: int) -> None:
    with away():
        predictions(open_database(f"postgres://me:secret@127.0.0.1:{free_port}/log"))


def test_a_server_that_never_says_a_word_is_away_and_is_hung_up_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = open_database(f"postgres://me:secret@127.0.0.1:{silent.getsockname()[1]}/log")
        with away() as told:
            predictions(engine)
        caller, _ = silent.accept()
        with caller:
            caller.settimeout(PATIENCE)
            while caller.recv(1024):  # until the end, which comes although the error is still here
                pass

    assert "secret" not in str(told.value)


def test_a_server_that_stands_still_is_away_until_it_goes_on(
    postgres_server: postgres.Server, log: Engine
) -> None:
    one = entry()

    with postgres_server.paused():
        with away():
            write(log, [one])
        with away():
            predictions(log)

    assert write(log, [one]) == 1
    assert len(predictions(log)) == 2


def test_a_server_that_stands_still_in_the_middle_of_a_statement_is_away(
    postgres_server: postgres.Server, log: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.prediction_log.postgresql.Patient.usual_patience", 0.5)
    blocker = open_database(log.url.render_as_string(hide_password=False))
    with blocker.begin() as connection:
        connection.exec_driver_sql("LOCK TABLE tallies IN ACCESS EXCLUSIVE MODE")
        with away():
            write(log, [entry()])
    blocker.dispose()

    assert len(predictions(log)) == 1
    assert write(log, [entry()]) == 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
def test_a_server_that_was_restarted_is_found_again(
    postgres_server: postgres.Server, log: Engine, how: signal.Signals
) -> None:
    postgres_server.stop(how)
    try:
        with away():
            write(log, [entry()])
    finally:
        postgres_server.start()

    assert write(log, [entry()]) == 1
    assert len(predictions(log)) == 2


def test_a_restart_between_two_writes_is_not_noticed(
    postgres_server: postgres.Server, log: Engine
) -> None:
    postgres_server.stop()
    postgres_server.start()

    assert write(log, [entry()]) == 1


def test_tables_that_are_not_there_are_told(log_url: str) -> None:
    engine = open_database(log_url)

    with away() as told:
        write(engine, [entry()])
    with away():
        give_feedback(engine, entry().id, True)
    engine.dispose()

    assert "served" in str(told.value)


def test_a_file_that_somebody_else_writes_to_is_waited_for_two_seconds(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/log.db")
    upgrade(engine)
    other = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with away() as told:
        write(engine, [entry()])
    assert predictions(engine) == []  # reading goes on
    other.close()
    assert write(engine, [entry()]) == 1
    engine.dispose()

    assert "locked" in str(told.value)


def test_a_full_disk_keeps_nothing_of_a_transaction_and_says_so(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/log.db")
    upgrade(engine)
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    with away() as told:
        write(engine, [entry(features="x" * 3_000) for _ in range(100)])
    assert predictions(engine) == []
    engine.dispose()

    assert "full" in str(told.value)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "log.db").write_text("not a database " * 1_000)
    engine = open_database(f"sqlite:///{tmp_path}/log.db")

    with away() as told:
        upgrade(engine)
    engine.dispose()

    assert "not a database" in str(told.value)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with away():
        open_database(f"sqlite:///{tmp_path}/file/log.db")


def test_a_place_has_neither_user_nor_password() -> None:
    engine = open_database("postgres://me:secret@db.example.org/log?sslmode=require")

    assert place(engine.url) == "db.example.org:5432/log"
