"""The log as a table: what was asked, each value of its own type and as it was."""

import functools
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from pipeline.prediction_log import export as module
from pipeline.prediction_log.columns import MOMENT, batch_of, shape_of
from pipeline.prediction_log.export import WHOLE, export
from pipeline.prediction_log.selection import Wanted, select_predictions
from pipeline.remote import location
from store.artifacts import S3Store
from store.errors import CellarError, DatabaseAway, InputError
from store.prediction_log.browsing import Engine, newest, pages
from store.prediction_log.entry import Kept, Served, Source
from store.prediction_log.writing import give_feedback, write
from tests.pipeline.prediction_log.conftest import BEGIN, DRINKS, asked, many

ODD = [5e-324, -0.0, 0.1 + 0.2, 1.7976931348623157e308, 1 / 3, -1e-7, 2.0**53 + 2, 123456789.123456]


def exported(engine: Engine, tmp_path: Path, wanted: Wanted | None = None) -> pa.Table:
    """The table that an export of the log makes."""
    made = export(select_predictions(engine, wanted or Wanted()), str(tmp_path / "out"))
    table = pq.read_table(made.out)
    assert made.rows == len(table)
    return table


def test_every_part_of_a_prediction_is_a_column_of_its_own_type(
    log: Engine, tmp_path: Path
) -> None:
    shop = {"features": '{"acidity": 3, "shop": "Kiosk \\u20ac, \\"north\\""}'}
    one, other = asked(1, 1.0, 4.0, **shop), asked(0, 2.5, 1.25, source=Source.PAGE)
    write(log, [one, other])
    give_feedback(log, one.id, False, "0")
    give_feedback(log, other.id, True, None)
    newer = asked(2, 1, 1, served=DRINKS._replace(version="2"), plausibility=None, **shop)
    write(log, [newer])

    table = exported(log, tmp_path)

    kinds = {field.name: field.type for field in table.schema}
    assert kinds == {
        "prediction_time": MOMENT,
        "prediction_model": pa.string(),
        "prediction_version": pa.string(),
        "prediction_source": pa.string(),
        "acidity": pa.float64(),
        "shop": pa.string(),
        "sugar": pa.float64(),
        "prediction": pa.string(),
        "probability_Dry": pa.float64(),
        "probability_Sweet": pa.float64(),
        "prediction_plausibility": pa.float64(),
        "prediction_microseconds": pa.int64(),
        "feedback_right": pa.bool_(),
        "feedback_truth": pa.string(),
    }
    rows = table.to_pylist()
    assert [row["prediction_time"] for row in rows] == [
        BEGIN + timedelta(minutes=i) for i in (0, 1, 2)
    ]
    assert rows[1] == {
        "prediction_time": BEGIN + timedelta(minutes=1),
        "prediction_model": "drinks",
        "prediction_version": DRINKS.version,
        "prediction_source": "api",
        "acidity": 3.0,
        "shop": 'Kiosk €, "north"',
        "sugar": None,
        "prediction": "1",
        "probability_Dry": 1 - 0.8,
        "probability_Sweet": 0.8,
        "prediction_plausibility": 0.5,
        "prediction_microseconds": 250,
        "feedback_right": False,
        "feedback_truth": "0",
    }
    assert (rows[0]["prediction_source"], rows[0]["feedback_right"]) == ("page", True)
    assert (rows[0]["feedback_truth"], rows[2]["feedback_right"]) == (None, None)
    assert rows[2]["prediction_plausibility"] is None


def test_an_id_is_no_column_since_it_opens_a_receipt(log: Engine, tmp_path: Path) -> None:
    entry = asked(0, 1, 1)
    write(log, [entry])

    table = exported(log, tmp_path)

    assert not any(pa.types.is_binary(field.type) for field in table.schema)
    assert entry.id.hex()[13:] not in str(table.to_pylist())


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_floats_come_out_bit_for_bit(format: Any, log: Engine, tmp_path: Path) -> None:
    write(log, [asked(i, value, -value) for i, value in enumerate(ODD)])

    made = export(select_predictions(log, Wanted()), str(tmp_path / "out"), format=format)

    [file] = Path(made.out).glob(f"*.{format}")
    table = pq.read_table(file) if format == "parquet" else pa.csv.read_csv(file)
    found = [value.hex() for value in table["acidity"].to_pylist()]
    assert found == [value.hex() for value in ODD]
    assert [v.hex() for v in table["sugar"].to_pylist()] == [(-value).hex() for value in ODD]


def test_a_number_that_is_predicted_is_a_number(log: Engine, tmp_path: Path) -> None:
    write(log, [asked(0, 1, 2, answer=repr(0.1 + 0.2), outputs="")])

    table = exported(log, tmp_path)

    assert table["prediction"].to_pylist() == [0.1 + 0.2]
    assert not [name for name in table.column_names if name.startswith("probability")]


def test_a_feature_keeps_its_name_where_one_of_ours_has_it(log: Engine, tmp_path: Path) -> None:
    features = {"features": '{"prediction": 1.5, "prediction_": 2, "probability_Dry": 3}'}
    write(log, [asked(0, 1, 2, **features)])

    [row] = exported(log, tmp_path).to_pylist()

    assert (row["prediction"], row["prediction_"], row["probability_Dry"]) == (1.5, 2, 3)
    assert (row["prediction__"], row["probability_Dry_"]) == ("0", 0.9)


def test_a_column_of_numbers_in_one_version_and_words_in_another_is_text(
    log: Engine, tmp_path: Path
) -> None:
    newer = asked(1, 1, 1, served=DRINKS._replace(version="2"), features='{"acidity": "low"}')
    write(log, [asked(0, 0.1, 1), newer])

    table = exported(log, tmp_path)

    assert table["acidity"].to_pylist() == ["0.1", "low"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(model="drinks"), [0, 1, 2]),
        (Wanted(model="snacks"), [3]),
        (Wanted(version="2"), [2, 3]),
        (Wanted(model="drinks", version="2"), [2]),
        (Wanted(sources=(Source.PAGE, Source.BATCH)), [0, 2, 3]),
        (Wanted(since=BEGIN + timedelta(minutes=1)), [1, 2, 3]),
        (Wanted(until=BEGIN + timedelta(minutes=2)), [0, 1]),
        (Wanted(since=BEGIN + timedelta(minutes=1), sources=(Source.API,)), [1]),
    ],
)
def test_what_is_asked_for_comes_and_nothing_else(
    wanted: Wanted, expected: list[int], log: Engine, tmp_path: Path
) -> None:
    second, snacks = DRINKS._replace(version="2"), Served("snacks", "2", "0" * 12, "flat")
    entries = [
        asked(0, 0, 0, source=Source.PAGE),
        asked(1, 1, 0),
        asked(2, 2, 0, source=Source.BATCH, served=second),
        asked(3, 3, 0, source=Source.BATCH, served=snacks),
    ]
    write(log, entries)

    assert exported(log, tmp_path, wanted)["acidity"].to_pylist() == expected


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (Wanted(model="beer"), "no answer of a model called beer; it has drinks."),
        (Wanted(version="7"), f"no answer of the version 7; it has {DRINKS.version}."),
        (
            Wanted("drinks", sources=(Source.PAGE,), since=BEGIN),
            "no prediction of drinks from page since 2026-11-01 12:00 UTC.",
        ),
    ],
)
def test_what_the_log_does_not_have_is_said(wanted: Wanted, text: str, log: Engine) -> None:
    write(log, [asked(0, 1, 1)])

    with pytest.raises(InputError, match=text.replace(".", r"\.")):
        select_predictions(log, wanted)


def test_an_empty_log_says_so(log: Engine) -> None:
    with pytest.raises(InputError, match=r"The prediction log has no prediction\."):
        select_predictions(log, Wanted())
    with pytest.raises(InputError, match=r"a model called drinks; it is empty\."):
        select_predictions(log, Wanted(model="drinks"))


def test_what_comes_in_while_a_log_is_read_is_left_for_the_next_time(log: Engine) -> None:
    write(log, many(5))
    last = newest(log)
    assert last is not None
    read = pages(log, last, rows=2)

    first = next(read)
    write(log, [asked(100 + i, 1, 1) for i in range(5)])
    rest = list(read)

    assert [len(page) for page in [first, *rest]] == [2, 2, 1]


def test_predictions_of_another_kind_do_not_slip_into_a_table() -> None:
    shape = shape_of([asked(0, 1, 1)])
    other = Kept(asked(1, 1, 1, features='{"colour": 1}'), None)

    with pytest.raises(CellarError, match=r"Export it again\."):
        batch_of([other], shape, pa.schema([]))


# Files


def test_files_have_so_many_rows_in_the_order_of_the_log(
    log: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FILE_BATCHES", 2)
    by_three = functools.partial(pages, rows=3)
    monkeypatch.setattr("pipeline.prediction_log.selection.pages", by_three)
    entries = many(8)
    write(log, entries)

    export(select_predictions(log, Wanted()), str(tmp_path / "out"))

    files = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert files == [WHOLE, "part-00000.parquet", "part-00001.parquet"]
    tables = [pq.read_table(tmp_path / "out" / name) for name in files[1:]]
    assert [len(table) for table in tables] == [6, 2]
    found = pa.concat_tables(tables)["acidity"].to_pylist()
    assert found == [json.loads(entry.features)["acidity"] for entry in entries]


def away(*_arguments: Any, **_options: Any) -> Iterator[list[Kept]]:
    """The first page, and then no database."""
    yield [Kept(asked(0, 1, 1), None)]
    raise DatabaseAway("The prediction log does not answer.")


def test_a_database_that_goes_away_leaves_no_folder(
    log: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(log, [asked(0, 1, 1)])
    selected = select_predictions(log, Wanted())
    monkeypatch.setattr("pipeline.prediction_log.selection.pages", away)

    with pytest.raises(DatabaseAway):
        export(selected, str(tmp_path / "shelf" / "out"))

    assert list((tmp_path / "shelf").iterdir()) == []


def test_a_prefix_of_s3_gets_its_last_file_last_and_nothing_after_a_failure(
    log: Engine, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(log, many(3))
    selected = select_predictions(log, Wanted())

    export(selected, f"{s3_url}/asked")
    place = location(f"{s3_url}/asked")
    with place.filesystem().open_input_file(f"{place.path}/part-00000.parquet") as file:
        rows = len(pq.read_table(file))
    monkeypatch.setattr("pipeline.prediction_log.selection.pages", away)
    with pytest.raises(DatabaseAway):
        export(selected, f"{s3_url}/broken")

    assert rows == 3
    assert place.filesystem().get_file_info(f"{place.path}/{WHOLE}").size == 0
    assert S3Store(f"{s3_url}/broken").objects() == []


PEAK = """
import resource, sys
from pipeline.prediction_log.export import export
from pipeline.prediction_log.selection import Wanted, select_predictions
from store.prediction_log.database import open_database
from tests.pipeline.prediction_log.conftest import BEGIN
from datetime import timedelta
url, out, minutes = sys.argv[1:]
wanted = Wanted(until=BEGIN + timedelta(minutes=int(minutes)))
made = export(select_predictions(open_database(url), wanted), out)
print(made.rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
def test_a_log_of_any_size_is_read_in_bounded_memory(
    log: Engine, log_url: str, root: Path, tmp_path: Path
) -> None:
    entries = many(80_000)
    for start in range(0, len(entries), 20_000):
        write(log, entries[start : start + 20_000])

    def peak_mib(rows: int) -> int:
        words = [sys.executable, "-c", PEAK, log_url, str(tmp_path / f"{rows}"), str(rows)]
        done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True)
        written, peak = map(int, done.stdout.split())
        assert written == rows
        return peak

    few, all_of_them = peak_mib(20_000), peak_mib(80_000)

    assert all_of_them < few + 40  # the rows alone, as Python's objects, are 200 MiB
