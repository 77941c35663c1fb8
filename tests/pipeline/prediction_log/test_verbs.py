"""The verbs that read the log, as people and scripts may rely on them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from dashboard.settings import Settings
from pipeline.command_line import checked_moment
from pipeline.prediction_log.database import log_url
from pipeline.prediction_log.selection import moment_of
from store.artifacts import FolderStore
from store.prediction_log.browsing import Engine
from store.prediction_log.entry import Served
from store.prediction_log.writing import give_feedback, write
from store.schema import ModelCard, decode
from tests.pipeline.conftest import Verb
from tests.pipeline.prediction_log.conftest import asked, many

DRINKS_RUN = "20261101T120000Z-000001"
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def test_export_log_writes_a_table_and_says_where(log: Engine, tmp_path: Path, verb: Verb) -> None:
    write(log, many(12))
    out = tmp_path / "out"

    done = verb("export-log", "--model", "drinks", "--source", "api", "--out", out)

    assert done.exit_code == 0, done.output
    file = out / "part-00000.parquet"
    lines = [f"4 predictions, {file.stat().st_size:,} bytes", str(out)]
    assert done.stdout.splitlines() == lines
    assert pq.read_table(out)["prediction_source"].to_pylist() == ["api"] * 4


def test_export_log_writes_csv_too(log: Engine, tmp_path: Path, verb: Verb) -> None:
    write(log, many(3))

    done = verb("export-log", "--format", "csv", "--out", tmp_path / "out")

    assert done.exit_code == 0, done.output
    assert len(pyarrow.csv.read_csv(tmp_path / "out" / "part-00000.csv")) == 3


def test_an_exported_log_is_a_table_like_any_other(
    log: Engine, tmp_path: Path, verb: Verb, shelf: FolderStore
) -> None:
    write(log, many(30))
    out = tmp_path / "asked"
    verb("export-log", "--out", out)

    done = verb("profile", out, "--group-by", "prediction", "--engine", "local")

    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("profiles/asked/")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--model", "beer"], "no answer of a model called beer; it has drinks."),
        (["--version", "7"], "no answer of the version 7"),
        (["--since", "1m"], "no prediction since"),
        (["--until", "2020-01-01"], "no prediction before 2020-01-01 00:00 UTC."),
        (["--since", "soon"], '"soon" is no moment'),
        (["--source", "tv"], "'tv' is not one of"),
    ],
)
def test_what_cannot_be_exported_exits_2_and_writes_nothing(
    words: list[str], text: str, log: Engine, tmp_path: Path, verb: Verb
) -> None:
    write(log, [asked(0, 1, 1)])

    done = verb("export-log", *words, "--out", tmp_path / "out")

    assert done.exit_code == 2
    assert text in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_empty_log_exits_2(log: Engine, tmp_path: Path, verb: Verb) -> None:
    done = verb("export-log", "--out", tmp_path / "out")

    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1] == "Error: The prediction log has no prediction."


def test_a_folder_that_has_something_in_it_is_left_alone(
    log: Engine, tmp_path: Path, verb: Verb
) -> None:
    write(log, [asked(0, 1, 1)])
    (tmp_path / "mine").write_text("mine")

    done = verb("export-log", "--out", tmp_path)

    assert done.exit_code == 2
    assert "is not empty" in done.stderr


@pytest.mark.parametrize(
    ("url", "code", "text"),
    [
        ("postgresql://me:secret@127.0.0.1:9/log", 1, "prediction log at 127.0.0.1:9/log"),
        ("sqlite:////no/such/folder/predictions.db", 2, "no prediction log at /no/such/folder"),
        ("mysql://me:secret@db/log", 2, "DATABASE_URL takes postgresql:// or sqlite:///path."),
    ],
)
@pytest.mark.parametrize(
    "words",
    [["export-log", "--out", "out"], ["profile", "--log"], ["train", "--with-feedback"], ["run"]],
    ids=lambda words: words[0],
)
def test_a_database_that_is_away_is_said_without_its_password(
    words: list[str],
    url: str,
    code: int,
    text: str,
    verb: Verb,
    drinks_live: FolderStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    if words[0] == "train":
        words = [*words, "--profile", f"profiles/drinks/{DRINKS_RUN}/profile.json"]
    if words[0] == "run":
        words = [*words, "--with-feedback"]

    done = verb(*words)

    assert done.exit_code == code, done.output
    assert text in done.stderr
    assert "secret" not in done.output


@pytest.mark.parametrize("given", [{}, {"CACHE_DIR": "/cache"}, {"DATABASE_URL": "postgres://a/b"}])
def test_the_log_is_where_the_web_half_writes_it(given: dict[str, str]) -> None:
    assert log_url(given) == Settings.from_environment(given).log_url


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T12:30", datetime(2026, 11, 1, 12, 30, tzinfo=UTC)),
        ("2026-11-01T12:30+02:00", datetime(2026, 11, 1, 10, 30, tzinfo=UTC)),
        ("90m", NOW - timedelta(minutes=90)),
        ("2h", NOW - timedelta(hours=2)),
        ("7d", NOW - timedelta(days=7)),
    ],
)
def test_a_moment_is_written_as_a_date_a_time_or_a_span(text: str, moment: datetime) -> None:
    assert moment_of(text, NOW) == moment


def test_no_moment_is_no_moment() -> None:
    assert checked_moment(None, None, None) is None  # type: ignore[arg-type]


# Feedback


def flower(number: int) -> str:
    """One that no table has."""
    names = ("sepal_length", "sepal_width", "petal_length", "petal_width")
    return json.dumps({name: 20.0 + number + place for place, name in enumerate(names)})


def test_training_with_feedback_says_how_much_and_keeps_it_on_the_card(
    iris: Path, verb: Verb, shelf: FolderStore, log: Engine
) -> None:
    profiled = verb("profile", iris.with_suffix(".csv"), "--engine", "local")
    assert profiled.exit_code == 0, profiled.output
    served = Served("iris", "1", "0" * 12, "flat")
    entries = [asked(i, 0, 0, served=served, answer="1", features=flower(i)) for i in range(6)]
    other = asked(50, 0, 0, features=flower(50))  # of another model
    write(log, [*entries, other])
    for entry in entries[:3]:
        give_feedback(log, entry.id, True, None)
    give_feedback(log, entries[3].id, False, "2")
    give_feedback(log, entries[4].id, False, None)  # wrong, and nobody knows what is right
    give_feedback(log, entries[5].id, False, "9")  # no such class
    give_feedback(log, other.id, True, None)

    done = verb("train", "--descriptor", iris, "--with-feedback")

    assert done.exit_code == 0, done.output
    key = done.stdout.splitlines()[-1]
    card = decode(ModelCard, shelf.get(key, max_bytes=10**7), name=key)
    assert card.data.feedback is not None
    assert card.data.feedback.rows == 4
    assert list(card.data.feedback.left_out.values()) == [1]
    assert f"Feedback trained on: {card.data.feedback.summary}" in done.stderr
    assert card.data.train_rows == 112
    assert card.held_out is not None
    assert card.held_out.rows == 38
