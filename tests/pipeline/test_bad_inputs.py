"""Bad input: what is refused says so in one line with exit code 2, and what is used is counted."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import pipeline.steps  # noqa: F401 - what the verb imports is there before we become nobody
from store.artifacts import FolderStore, open_store
from store.schema import Profile, decode
from tests.pipeline.conftest import Verb

DESCRIPTOR = """
name = "drinks"
categories = ["shop"]
[target]
column = "kind"
[[feature]]
column = "a"
[[feature]]
column = "b"
"""
HEAD = "a,b,shop,kind\n"
ROW = "1,2,X,p\n"
ROWS = HEAD + ROW + "2,3,Y,q\n3,5,X,p\n"
TABLE = pa.table(
    {"a": [1.0, 2, 3], "b": [2.0, 3, 5], "shop": ["X", "Y", "X"], "kind": ["p", "q", "p"]}
)
OBJECT = json.dumps({"a": 1, "b": 2, "shop": "X", "kind": "p"}) + "\n"
CHARACTERS = 20 * 2**20

Make = Callable[[Path], Path]
ENGINES = ["local", "spark"]


def text(name: str, content: str, encoding: str = "utf-8") -> Make:
    """A text file."""
    return data(name, content.encode(encoding))


def data(name: str, content: bytes) -> Make:
    """A file."""

    def made(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return made


def parquet(name: str, table: pa.Table, *, damage: Callable[[bytes], bytes] | None = None) -> Make:
    """A Parquet file, and what happened to it."""

    def made(folder: Path) -> Path:
        path = folder / name
        pq.write_table(table, path)
        if damage is not None:
            path.write_bytes(damage(path.read_bytes()))
        return path

    return made


def folder_of(*makes: Make) -> Make:
    """A folder of files."""

    def made(folder: Path) -> Path:
        table = folder / "table"
        table.mkdir()
        for make in makes:
            make(table)
        return table

    return made


def link(name: str, target: str) -> Make:
    """A symbolic link, relative to the folder that it is in."""

    def made(folder: Path) -> Path:
        (folder / name).symlink_to(folder / target)
        return folder / name

    return made


def pipe(folder: Path) -> Path:
    """A file that would never end."""
    os.mkfifo(folder / "pipe.csv")
    return folder / "pipe.csv"


def hole(content: bytes) -> bytes:
    """Bytes with a hole where the first column's pages are."""
    return content[:10] + b"\xff" * 110 + content[120:]


def replaced(name: str, values: list) -> pa.Table:
    return TABLE.set_column(TABLE.column_names.index(name), name, pa.array(values))


def named(*names: str) -> pa.Table:
    """The table with further columns of numbers; a name may come twice."""
    columns = [*TABLE.columns, *(pa.array([1.0, 2.0, 3.0]) for _ in names)]
    return pa.Table.from_arrays(columns, names=[*TABLE.column_names, *names])


REFUSED = {
    # Nothing
    "no file": (lambda folder: folder / "none.csv", "There is no file at"),
    "a glob without a match": (lambda folder: folder / "*.csv", "There is no file at"),
    "an empty file": (text("t.csv", ""), "t.csv is empty. A table has a header and"),
    "blank lines": (text("t.csv", "\n\n  \n"), "t.csv is empty"),
    "an empty folder": (folder_of(), "There is no file at"),
    "a folder without a table": (folder_of(text("notes.md", "x")), "There is no table at"),
    "a header only": (text("t.csv", HEAD), "t.csv has no usable row: only a header."),
    "a header without an end": (text("t.csv", HEAD.strip()), "only a header."),
    "Parquet without a row": (parquet("t.parquet", TABLE.slice(0, 0)), "has no usable row"),
    "a link to itself": (link("t.csv", "t.csv"), "There is no file at"),
    "a pipe": (pipe, "There is no file at"),
    # Damaged
    "Parquet cut off": (
        parquet("t.parquet", TABLE, damage=lambda content: content[:-20]),
        "t.parquet cannot be read",
    ),
    "Parquet with a hole": (
        parquet("t.parquet", TABLE, damage=hole),
        "t.parquet cannot be read: Couldn't deserialize thrift",
    ),
    "gzip cut off": (
        data("t.csv.gz", gzip.compress((HEAD + ROW * 50_000).encode())[:300]),
        "t.csv.gz cannot be read: Truncated compressed stream.",
    ),
    "gzip cut off at its end": (
        data("t.csv.gz", gzip.compress(ROWS.encode())[:-9]),
        "t.csv.gz cannot be read: Truncated compressed stream.",
    ),
    "no gzip": (data("t.csv.gz", b"\x1f\x8b" + b"junk" * 20), "t.csv.gz cannot be read"),
    "a file of a folder is empty": (
        folder_of(text("a.csv", ROWS), text("b.csv", "")),
        "b.csv is empty",
    ),
    # Another format
    "binary": (data("t.csv", bytes(range(256)) * 9), "t.csv is neither CSV, JSON nor Parquet"),
    "a JSON array": (text("t.json", f"[{OBJECT}, {OBJECT}]"), "t.json is one JSON array. Write"),
    "JSON over several lines": (
        text("t.json", json.dumps(json.loads(OBJECT), indent=1)),
        "t.json has no JSON object in its first lines, one a line.",
    ),
    "two formats": (
        folder_of(text("a.csv", ROWS), parquet("b.parquet", TABLE)),
        "holds several formats: a.csv (csv) and b.parquet (parquet). Name one kind with a glob.",
    ),
    # Another encoding
    "Latin-1": (text("t.csv", ROWS + "4,5,Café,p\n", "latin-1"), "t.csv is not UTF-8 text. Save"),
    "Latin-1 late": (
        data("t.csv", (HEAD + ROW * 200_000).encode() + "4,5,Café,p\n".encode("latin-1")),
        "t.csv is not UTF-8 text. Save it as UTF-8, or name its encoding.",
    ),
    "UTF-16": (text("t.csv", ROWS, "utf-16"), "t.csv is not UTF-8 text"),
    "UTF-16 without a mark": (text("t.csv", ROWS, "utf-16-le"), "is neither CSV, JSON nor"),
    "lines that end with CR": (text("t.csv", ROWS.replace("\n", "\r")), "with CR alone"),
    # Another shape
    "no line fits the header": (
        text("t.csv", HEAD + "1,2\n1,2,3,4,5\n"),
        "t.csv has no usable row: 2 where another number of fields than the header.",
    ),
    "a line longer than any": (
        text("t.csv", f"{ROWS}4,5,{'x' * 2 * CHARACTERS},p\n"),
        "t.csv has a line of more than 32 MiB",
    ),
    "a column twice": (
        text("t.csv", "a,b,b,shop,kind\n1,2,3,X,p\n"),
        't.csv has "b" in several columns: "b", "b". Keep one.',
    ),
    "a Parquet column twice": (
        parquet("t.parquet", named("b")),
        't.parquet has "b" in several columns: "b", "b". Keep one.',
    ),
    "a column is missing": (
        text("t.csv", "a,shop,kind\n1,X,p\n"),
        't.csv has no column "b". Found: a, shop, kind.',
    ),
    "another file lacks a column": (
        folder_of(text("a.csv", ROWS), text("b.csv", "a,shop,kind\n1,X,p\n")),
        'b.csv has no column "b". Found: a, shop, kind.',
    ),
    "another file has another type": (
        folder_of(parquet("a.parquet", TABLE), parquet("b.parquet", replaced("a", ["1", "2", ""]))),
        'The column "a" of b.parquet has to be numeric',
    ),
    "no header": (text("t.csv", "1,2,3,4\n" * 3), "t.csv has no header: its first line is numbers"),
    # Other values
    "text for numbers": (
        text("t.csv", HEAD + "x,2,X,p\ny,3,X,q\n"),
        'The column "a" of t.csv has to be numeric, but none of its values is a number. '
        "A rejected row: x,2,X,p",
    ),
    "a list for a number": (
        parquet("t.parquet", replaced("a", [[1.0], [2.0], []])),
        'The column "a" of t.parquet has to be numeric',
    ),
    "an object for a category": (
        parquet("t.parquet", replaced("shop", [{"x": 1}, {"x": 2}, {"x": 3}])),
        'The column "shop" of t.parquet holds neither numbers, text nor dates.',
    ),
    "no row has a group": (
        text("t.csv", HEAD + "1,2,X,\n2,3,Y,\n"),
        "t.csv has no usable row: 2 where kind is empty.",
    ),
    "too many groups": (
        text("t.csv", HEAD + "".join(f"1,2,X,k{i}\n" for i in range(51))),
        "kind has more than 50 values",
    ),
}


class Used(NamedTuple):
    """How a table is used: its rows, and those kept out by reason."""

    rows: int
    reasons: dict[str, int] = {}


FIELDS = "another number of fields than the header"
QUOTE = "in or behind a quote that does not close"
USED = {
    "ragged lines": (text("t.csv", ROWS + "1,2\n1,2,3,4,5\n"), Used(3, {FIELDS: 2})),
    "mixed types": (
        text("t.csv", ROWS + "x,2,X,p\n4,y,X,p\n"),
        Used(3, {"a is not a number": 1, "b is not a number": 1}),
    ),
    "infinite values": (
        text("t.csv", ROWS + "1e400,2,X,p\ninf,1,X,q\n-Infinity,1,X,q\n"),
        Used(3, {"a is infinite": 3}),
    ),
    "NaN and nothing": (text("t.csv", ROWS + "NaN,2,X,p\n,3,X,p\nnan,4,X,p\n"), Used(6)),
    "NaN and infinity in Parquet": (
        parquet("t.parquet", replaced("a", [float("inf"), float("nan"), 1.0])),
        Used(2, {"a is infinite": 1}),
    ),
    "huge numbers": (text("t.csv", HEAD + "1e308,2,X,p\n-1e308,3,X,p\n1e308,1,Y,q\n"), Used(3)),
    "a huge cell": (text("t.csv", f"{ROWS}4,5,{'x' * CHARACTERS},p\n"), Used(4)),
    "a quote that does not close": (
        text("t.csv", f'{ROWS}4,5,"X,p\n{ROW * 5}'),
        Used(3, {QUOTE: 6}),
    ),
    "a NUL": (
        text("t.csv", HEAD + ROW * 20_000 + "1,\0,X,p\n"),
        Used(20_000, {"b is not a number": 1}),
    ),
    "broken JSON lines": (
        text(
            "t.jsonl", f'{OBJECT * 3}{{"a": 1, "b"\n[1, 2]\n42\n{{"a": "x", "b": 1, "kind": "p"}}\n'
        ),
        Used(3, {"not a JSON object": 3, "a is not a number": 1}),
    ),
    "a byte order mark": (text("t.csv", ROWS, "utf-8-sig"), Used(3)),
    "CRLF": (text("t.csv", ROWS.replace("\n", "\r\n")), Used(3)),
    "a column without a value": (text("t.csv", HEAD + "1,,X,p\n2,,Y,q\n"), Used(2)),
    "a constant column": (text("t.csv", HEAD + "1,7,X,p\n2,7,Y,q\n"), Used(2)),
    "other columns twice": (parquet("t.parquet", named("z", "z")), Used(3)),
    "gzip in parts": (
        data("t.csv.gz", gzip.compress(ROWS.encode()) + gzip.compress(ROW.encode())),
        Used(4),
    ),
    "another order of columns": (
        folder_of(text("a.csv", ROWS), text("b.csv", "kind,shop,b,a\nq,Z,2,1\n")),
        Used(4),
    ),
    "folders that link in a circle": (folder_of(text("a.csv", ROWS), link("again", ".")), Used(3)),
}


@pytest.fixture
def ask(verb: Verb, tmp_path: Path) -> Callable:
    """Profile a table by its descriptor."""
    (tmp_path / "drinks.toml").write_text(DESCRIPTOR)

    def asked(where: Path | str, engine: str) -> tuple[int, str, str]:
        words = ("--descriptor", tmp_path / "drinks.toml", "--engine", engine)
        result = verb("profile", where, *words)
        said = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
        assert "Traceback" not in result.stderr
        return result.exit_code, "".join(said), result.stdout.strip()

    return asked


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    (tmp_path / "inputs").mkdir()
    return tmp_path / "inputs"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table_is_refused_in_one_line(
    case: str, engine: str, ask: Callable, inputs: Path, shelf: FolderStore
) -> None:
    make, says = REFUSED[case]

    code, error, printed = ask(make(inputs), engine)

    assert says in error
    assert (code, printed, shelf.keys()) == (2, "", [])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", USED)
def test_what_is_odd_in_a_table_is_counted_and_the_rest_is_used(
    case: str, engine: str, ask: Callable, inputs: Path, shelf: FolderStore
) -> None:
    make, used = USED[case]

    code, error, key = ask(make(inputs), engine)

    assert (code, error) == (0, "")
    profile = decode(Profile, shelf.get(key, max_bytes=10**7), name=key)
    assert (profile.rows, profile.rejected.reasons) == used
    assert sum(used.reasons.values()) == profile.rejected.rows


@pytest.mark.parametrize("engine", ENGINES)
def test_figures_of_huge_numbers_are_finite_or_absent(
    engine: str, ask: Callable, inputs: Path, shelf: FolderStore
) -> None:
    make, _ = USED["huge numbers"]

    _, _, key = ask(make(inputs), engine)

    column = decode(Profile, shelf.get(key, max_bytes=10**7), name=key).overall.columns[0]
    assert column.mean == pytest.approx(1e308 / 3)
    assert (column.minimum, column.maximum, column.quantiles["0.5"]) == (-1e308, 1e308, 1e308)
    assert (column.sd, column.skewness) == (None, None)  # their squares are beyond any number


def test_a_file_that_we_may_not_read(ask: Callable, locked: Path) -> None:
    code, error, _ = ask(locked / "closed.csv", "local")

    assert (code, error) == (2, "Error: closed.csv cannot be read: Permission denied.")


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("", "No file is named."),
        ("https://example.org/t.csv", "https://example.org/t.csv cannot be opened. Name a path"),
        ("s3://no-such-bucket/t.csv", "There is no bucket no-such-bucket. Check s3://no-such"),
        ("s3:///t.csv", "s3:///t.csv names no bucket. Write s3://bucket/key."),
    ],
)
def test_a_place_where_no_table_can_be(where: str, says: str, ask: Callable, s3_url: str) -> None:
    code, error, _ = ask(where, "local")

    assert (code, says in error) == (2, True), error


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_refused_on_this_machine_is_refused_in_s3(
    engine: str, ask: Callable, workers_s3_url: str
) -> None:
    store = open_store(workers_s3_url)
    store.put("header.csv", HEAD.encode())
    store.put("late.csv", (HEAD + ROW * 9).encode() + "4,5,Café,p\n".encode("latin-1"))

    for name, says in (
        ("none.csv", f"There is no file at {workers_s3_url}/none.csv"),
        ("header.csv", "no usable row: only a header."),
        ("late.csv", "late.csv is not UTF-8 text."),
    ):
        code, error, _ = ask(f"{workers_s3_url}/{name}", engine)
        assert (code, says in error) == (2, True), error


def test_a_bucket_that_does_not_let_us_in(ask: Callable, strict_s3_url: str) -> None:
    code, error, _ = ask(f"{strict_s3_url}/t.csv", "local")

    assert code == 1
    assert "access denied" in error
    assert "Check the AWS credentials" in error


def test_a_server_that_is_not_there(
    ask: Callable, s3_url: str, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{free_port}")

    code, error, _ = ask(f"{s3_url}/t.csv", "local")

    assert code == 1
    assert "Check AWS_ENDPOINT_URL_S3" in error
