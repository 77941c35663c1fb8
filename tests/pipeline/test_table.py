"""Splits, blocks and batches: however a table is cut, its rows are read once and judged alike."""

import gzip
import io
import itertools
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.inputs import find_input
from pipeline.table.blocks import blocks, has_line_breaks
from pipeline.table.cells import MAX_LABEL
from pipeline.table.columns import Layout
from pipeline.table.files import File
from pipeline.table.prepare import Prepared, prepare
from pipeline.table.reader import read
from pipeline.table.splits import Footers, parquet_splits, text_splits
from store.descriptor import Descriptor, TextFormat
from store.errors import DataError
from tests.pipeline.conftest import Write

HEADER = "acidity,sugar,kind"
LINES = st.lists(st.text(st.sampled_from("ab,0 é"), max_size=6), max_size=12)


def cut(text: bytes, ends: Sequence[int], *, quote: str = "", block: int = 4) -> list[bytes]:
    """The parts of a file that is cut at these places, each read in small blocks."""
    places = sorted({0, *(end for end in ends if end < len(text)), len(text)})
    return [
        b"".join(blocks(io.BytesIO(text), a, b, name="t.csv", quote=quote, block=block))
        for a, b in itertools.pairwise(places)
    ]


@given(LINES, st.lists(st.integers(0, 80), max_size=5), st.booleans(), st.integers(1, 9))
def test_every_line_is_in_one_part_wherever_a_file_is_cut(
    lines: list[str], ends: list[int], is_ended: bool, block: int
) -> None:
    text = "\n".join(lines).encode() + b"\n" * is_ended

    parts = cut(text, ends, block=block)

    assert b"".join(parts) == text
    assert all(
        part.endswith(b"\n") or not any(parts[i + 1 :]) for i, part in enumerate(parts) if part
    )


@given(
    st.lists(st.sampled_from(['a,"b\nc"', 'd,"""\n"', "e,f", '"\n\n",g', "h,"]), max_size=9),
    st.integers(1, 20),
)
def test_a_line_break_between_quotes_ends_no_line(rows: list[str], block: int) -> None:
    text = "".join(f"{row}\n" for row in rows).encode()

    found = list(blocks(io.BytesIO(text), 0, 10**6, name="t.csv", quote='"', block=block))

    assert b"".join(found) == text
    ends = {len("\n".join(rows[:i]).encode()) + (i > 0) for i in range(len(rows) + 1)}
    position = 0
    for one in found:
        position += len(one)
        assert position in ends


def test_a_line_without_end_is_refused_and_not_kept() -> None:
    endless = io.BytesIO(b"x" * (40 * 2**20))

    with pytest.raises(DataError, match=r"^t\.csv has a line of more than 32 MiB"):
        list(blocks(endless, 0, 10**9, name="t.csv"))


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("utf-8", True), ("cp1252", True), ("utf-16", False), ("utf-7", False)],
)
def test_only_text_whose_line_breaks_are_one_byte_is_cut(encoding: str, expected: bool) -> None:
    assert has_line_breaks(encoding) is expected


def table(path: Path | str, drinks: Descriptor) -> Prepared:
    return prepare(find_input(str(path)), drinks, ["kind"], needs_group=True)


def rows_of(found: Prepared, *, examples: int = 99) -> tuple[list[Any], Counter[str], list[Any]]:
    """All usable rows as (group, values), the reasons, and the rows that are shown."""
    rows: list[Any] = []
    reasons: Counter[str] = Counter()
    odd: list[Any] = []
    for split in found.splits:
        for judged in read(found.reading, split, examples=examples):
            codes, labels = judged.groups[0]
            values = zip(*(value.tolist() for value in judged.values), strict=True)
            rows += [(labels[c], *v) for c, v in zip(codes.tolist(), values, strict=True)]
            reasons += judged.reasons
            odd += judged.odd
    return rows, reasons, odd


ROW = st.sampled_from(
    ["1,2,0", "3.5,-1e3,1", "1,2", "x,2,0", "inf,2,1", '"4","5","0"', "", "1,2,9", "1,2,", "6,7,1"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, max_size=30), st.integers(8, 60))
def test_a_file_has_the_same_rows_however_it_is_split(
    write: Write, drinks: Descriptor, lines: list[str], size: int
) -> None:
    found = table(write("t.csv", HEADER, "0,0,0", *lines), drinks)
    files = [
        (layout, find_input(found.reading.place.key).files) for layout, _ in found.reading.layouts
    ]
    parts = text_splits(find_input(found.reading.place.key), files, encoding="utf-8", size=size)

    whole = rows_of(found)
    split = rows_of(found._replace(splits=parts))

    assert split[:2] == whole[:2]
    assert sorted(split[2]) == sorted(whole[2])


def test_a_compressed_file_is_one_split_and_has_the_same_rows(
    write: Write, drinks: Descriptor, tmp_path: Path
) -> None:
    plain = write("t.csv", HEADER, *(f"{i},{i / 7},{i % 2}" for i in range(500)))
    packed = tmp_path / "packed.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))

    found = table(packed, drinks)

    assert len(found.splits) == 1
    assert rows_of(found) == rows_of(table(plain, drinks))


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "cp1252"])
def test_text_of_another_encoding_is_read_when_it_is_named(
    encoding: str, write: Write, drinks: Descriptor
) -> None:
    file = write("t.csv")
    file.write_bytes("acidity;sugar;kind;Süße\n1;2;süß;é\n3;4;süß;ü\n".encode(encoding))
    told = drinks.model_copy(update={"csv": TextFormat(encoding=encoding), "target": None})

    rows, reasons, _ = rows_of(table(file, told))

    assert rows == [("süß", 1.0, 2.0), ("süß", 3.0, 4.0)]
    assert not reasons


def test_json_lines_may_lack_keys_and_numbers_may_be_text(write: Write, drinks: Descriptor) -> None:
    lines = [
        {"acidity": 1, "sugar": 2.5, "kind": 0, "note": {"a": [1]}},
        {"kind": "1", "sugar": None},
        {"acidity": " 7 ", "sugar": "8", "kind": 1},
        {"acidity": True, "sugar": 1, "kind": 1},
        {"acidity": [1], "sugar": 1, "kind": 1},
    ]
    found = table(write("t.jsonl", *map(json.dumps, lines), "[1, 2]", "{broken", ""), drinks)

    rows, reasons, odd = rows_of(found)

    assert [(row[0], *map(str, row[1:])) for row in rows] == [
        ("0", "1.0", "2.5"),
        ("1", "nan", "nan"),
        ("1", "7.0", "8.0"),
    ]
    assert reasons == {"acidity is not a number": 2, "not a JSON object": 2}
    assert ("{broken", "not a JSON object") in odd


def test_small_files_share_a_split_and_large_ones_are_cut(
    tmp_path: Path, drinks: Descriptor
) -> None:
    for i in range(5):
        part = pa.table({"acidity": [1.0] * 10, "sugar": [2.0] * 10, "kind": ["0"] * 10})
        pq.write_table(part, tmp_path / f"{i}.parquet", row_group_size=4)

    found = table(tmp_path, drinks)

    [split] = found.splits
    assert [piece.file.name for piece in split.pieces[::3]] == [f"{i}.parquet" for i in range(5)]
    assert len(rows_of(found)[0]) == 50


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([4] * 4, [16]),
        ([4] * 5, [8, 12]),
        ([4] * 6, [12, 12]),
        ([4] * 12 + [2], [12, 12, 12, 14]),
        ([30], [30]),
        ([30, 2], [30, 2]),
        ([4] * 6 + [0], [12, 12]),
    ],
)
def test_a_table_for_several_tasks_has_even_splits(
    rows: list[int], expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.table.splits.ONE_SPLIT_ROWS", 16)
    monkeypatch.setattr("pipeline.table.splits.SPLIT_ROWS", 16)
    file = File("t.parquet", "t.parquet", 1, "")
    footers = Footers({file.path: dict(enumerate(rows))}, None)

    splits = parquet_splits([(Layout((), ()), [file])], footers, 2)

    assert [split.number for split in splits] == [*range(len(expected))]
    assert [sum(rows[piece.start] for piece in split.pieces) for split in splits] == expected


def test_the_footers_of_parquet_tell_the_ranges_unless_a_value_hides_them(
    tmp_path: Path, drinks: Descriptor
) -> None:
    def ranges_with(*sugar: float | None) -> Any:
        column = pa.array(sugar, pa.float64())
        part = pa.table({"acidity": [1] * len(sugar), "sugar": column, "kind": ["0"] * len(sugar)})
        pq.write_table(part, tmp_path / "t.parquet")
        return table(tmp_path / "t.parquet", drinks).ranges

    known = ranges_with(3.0, None, -2.0)
    assert (known.low.tolist(), known.high.tolist(), known.rows) == ([1, -2], [1, 3], 3)
    assert ranges_with(None, None).low.tolist() == [1, float("inf")]
    assert ranges_with(1.0, float("inf")) is None


def test_a_huge_cell_is_cut_where_it_is_a_label(write: Write, drinks: Descriptor) -> None:
    told = drinks.model_copy(update={"target": None})

    [(label, *_)], _, _ = rows_of(table(write("t.csv", HEADER, f"1,2,{'x' * 10**6}"), told))

    assert label == "x" * MAX_LABEL


def test_tasks_need_arrow_and_numpy_alone(root: Path) -> None:
    program = "import json, sys, pipeline.tasks; print(json.dumps(sorted(sys.modules)))"

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )

    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert {"numpy", "pyarrow"} <= loaded
    assert loaded & {"boto3", "pandas", "py4j", "pydantic", "pyspark", "scipy"} == set()
