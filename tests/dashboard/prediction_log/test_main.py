"""The verbs that look after the prediction log."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboard.prediction_log import __main__ as program
from store.prediction_log.database import Engine, open_database
from store.prediction_log.ids import id_text
from store.prediction_log.migrations import upgrade
from store.prediction_log.reading import find
from store.prediction_log.writing import write
from tests.store.prediction_log.made import entry


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a new file that the settings lead to."""
    url = f"sqlite:///{tmp_path / 'log.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    return url


@pytest.fixture
def log(url: str) -> Iterator[Engine]:
    """The prediction log there, with tables."""
    engine = open_database(url)
    upgrade(engine)
    yield engine
    engine.dispose()


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of the program with these arguments."""
    monkeypatch.setattr("sys.argv", ["prediction_log", *arguments])
    try:
        return program.main()
    except SystemExit as ended:
        return int(ended.code or 0)


def test_migrate_makes_the_tables(url: str) -> None:
    done = CliRunner().invoke(program.cli, ["migrate"])

    assert done.output.startswith("The prediction log is at revision ")
    engine = open_database(url)
    assert write(engine, [entry()]) == 1
    engine.dispose()


def test_migrate_makes_nothing_where_nothing_is_kept(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_PREDICTIONS", "off")

    done = CliRunner().invoke(program.cli, ["migrate"])

    assert (done.exit_code, list(tmp_path.iterdir())) == (0, [])


def test_a_prediction_is_forgotten_by_its_id(log: Engine) -> None:
    one = entry()
    write(log, [one])

    done = CliRunner().invoke(program.cli, ["forget", id_text(one.id)])

    assert done.exit_code == 0
    assert find(log, one.id) is None


@pytest.mark.parametrize("id", ["7", "' OR 1=1", id_text(bytes(16))])
def test_an_id_that_is_none_of_ours_forgets_nothing(
    log: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], id: str
) -> None:
    one = entry()
    write(log, [one])

    assert run(monkeypatch, "forget", id) == 2
    assert id in capsys.readouterr().err
    assert find(log, one.id) is not None


def test_a_database_that_is_away_is_a_failure_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], free_port: int
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgres://me:secret@127.0.0.1:{free_port}/log")

    assert run(monkeypatch, "migrate") == 1

    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "secret" not in said
