"""Tables are made once, older ones are brought up to date with what is in them, newer refused."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import column, insert, table

from store.errors import SchemaTooNew
from store.prediction_log import ids, migrations
from store.prediction_log.database import Engine, changing, open_database, reading
from store.prediction_log.entry import Source
from store.prediction_log.reading import feedback_counts, find, predictions, tallies
from store.prediction_log.tables import METADATA
from store.prediction_log.writing import give_feedback, save_drift_state, write
from tests.store.prediction_log.made import ALWAYS, CHEESE, WINE, entry

# The table as revision 0001 has it.
FIRST_FEEDBACK = table("feedback", *map(column, ("id", "is_right", "truth", "milliseconds")))


@pytest.fixture
def empty(log_url: str) -> Iterator[Engine]:
    """A database of each kind without tables."""
    engine = open_database(log_url)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("oldest", ["0001", migrations.NEWEST])
def test_the_tables_are_those_that_the_program_knows(empty: Engine, oldest: str) -> None:
    migrations.upgrade(empty, oldest)
    migrations.upgrade(empty)

    with reading(empty) as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        assert migrations.revision(connection) == migrations.NEWEST


def test_new_tables_are_made_without_alembic(tmp_path: Path, root: Path) -> None:
    program = f"""
import sys
from store.prediction_log import migrations
from store.prediction_log.database import open_database
migrations.upgrade(open_database("sqlite:///{tmp_path}/log.sqlite"))
assert not any(name.startswith("alembic") for name in sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], cwd=root, check=True)


def test_the_newest_revision_is_that_of_the_scripts() -> None:
    folder = Path(migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_heads() == [migrations.NEWEST]


def test_migrating_again_changes_nothing(log_engine: Engine) -> None:
    one = entry()
    write(log_engine, [one])

    assert migrations.upgrade(log_engine) == migrations.upgrade(log_engine)
    assert predictions(log_engine) == [one]


def test_the_oldest_schema_is_brought_up_to_date_with_its_data(empty: Engine) -> None:
    migrations.upgrade(empty, "0001")
    right, wrong = entry(answer="1"), entry(answer="2", served=CHEESE, source=Source.PAGE)
    write(empty, [right, wrong])
    with changing(empty) as connection:
        for row in (right.id, True, None, 1_000), (wrong.id, False, "0", 2_000):
            connection.execute(insert(FIRST_FEEDBACK).values(row))

    newest = migrations.upgrade(empty)

    assert newest > "0001"
    assert predictions(empty) == [right, wrong]
    assert find(empty, wrong.id).feedback == (False, "0", ids.EPOCH + timedelta(seconds=2))
    assert {*feedback_counts(empty, *ALWAYS)} == {
        (WINE, "1", None, True, 1),
        (CHEESE, "2", "0", False, 1),
    }
    of_page = feedback_counts(empty, *ALWAYS, source=Source.PAGE)
    assert of_page == [(CHEESE, "2", "0", False, 1)]
    assert sum(tally.n for tally in tallies(empty, *ALWAYS, 60)) == 4
    assert save_drift_state(empty, "wine", None, ids.new_id(), "{}")
    assert give_feedback(empty, right.id, True)


def test_a_newer_schema_is_refused_and_left_alone(log_engine: Engine) -> None:
    with changing(log_engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(SchemaTooNew, match="revision 9999") as refused:
        migrations.upgrade(log_engine)

    assert "Deploy the newer version again" in str(refused.value)
    with reading(log_engine) as connection:
        assert migrations.revision(connection) == "9999"


def test_a_migration_that_fails_leaves_everything_as_it_was(
    empty: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations.upgrade(empty, "0001")
    from alembic.operations import Operations

    def fail(*_given: object, **_how: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(Operations, "create_table", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        migrations.upgrade(empty)
    monkeypatch.undo()

    with reading(empty) as connection:
        assert migrations.revision(connection) == "0001"
    assert migrations.upgrade(empty) > "0001"


def test_who_finds_that_another_has_just_made_the_tables_migrates_nothing(
    log_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, now = iter([None]), migrations.revision
    monkeypatch.setattr(migrations, "revision", lambda connection: next(before, now(connection)))
    monkeypatch.setattr(migrations, "_migrate", lambda *_: pytest.fail("it migrates"))

    assert migrations.upgrade(log_engine) == migrations.NEWEST


def test_processes_that_migrate_at_once_do_it_once(log_url: str, root: Path) -> None:
    program = [sys.executable, "-m", "dashboard.prediction_log", "migrate"]
    started = [
        subprocess.Popen(
            program,
            cwd=root,
            env=os.environ | {"DATABASE_URL": log_url},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(4)
    ]
    said = {process.communicate(timeout=60)[0] for process in started}

    assert [process.returncode for process in started] == [0] * 4, said
    assert len(said) == 1
    engine = open_database(log_url)
    assert write(engine, [entry()]) == 1
    engine.dispose()
