"""Which files a table is made of."""

import gzip
import hashlib
from pathlib import Path

import pytest

from pipeline.inputs import describe_input, find_input, only_spark
from store.errors import DataError
from store.schema import InputData, InputFile
from tests.pipeline.conftest import Write

CONTENT = b"a,b\n1,2\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def test_a_folder_is_searched_for_tables_only(write: Write, tmp_path: Path) -> None:
    for name in ("b.csv", "deep/a.tsv", "README.md", "wine.toml", "_SUCCESS.csv", ".x/c.csv"):
        write(f"tables/{name}", "a,b", "1,2")

    found = find_input(str(tmp_path / "tables"))

    assert [file.name for file in found.files] == ["b.csv", "deep/a.tsv"]


def test_a_glob_finds_files_sorted_by_name(write: Write, tmp_path: Path) -> None:
    for name in ("t/2.csv", "t/10.csv", "t/other.txt"):
        write(name, "a,b")

    found = find_input(str(tmp_path / "t" / "*.csv"))

    assert [file.name for file in found.files] == ["10.csv", "2.csv"]


def test_an_input_is_described_by_the_names_and_hashes_of_its_files(write: Write) -> None:
    file = write("drinks.csv", "a,b", "1,2")

    listing = hashlib.sha256(f"{SHA256}  drinks.csv\n".encode()).hexdigest()
    assert describe_input(find_input(str(file))) == InputData(
        uri="drinks.csv",
        format="csv",
        bytes=8,
        sha256=listing,
        file_count=1,
        files=(InputFile(name="drinks.csv", bytes=8, sha256=SHA256),),
    )


def test_the_place_of_a_file_outside_the_repository_stays_private(write: Write) -> None:
    assert find_input(str(write("secret/place/drinks.csv", "a,b"))).uri == "drinks.csv"


def test_a_file_of_the_repository_is_named_from_its_root(root: Path) -> None:
    assert find_input(str(root / "data" / "wine.csv")).uri == "data/wine.csv"


def test_content_tells_the_format_whatever_the_name_says(write: Write, tmp_path: Path) -> None:
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(CONTENT))

    assert find_input(str(write("table.dat", "a,b"))).format == "csv"
    assert find_input(str(packed)).format == "csv"


def test_nothing_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"There is no file at .*none\.csv\. Name a file"):
        find_input(str(tmp_path / "none.csv"))


def test_an_empty_file_is_an_error(write: Write) -> None:
    with pytest.raises(DataError, match=r"^empty\.csv is empty"):
        find_input(str(write("empty.csv")))


def test_a_file_of_another_kind_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "photo.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")

    with pytest.raises(DataError, match=r"^photo\.csv is neither CSV, JSON nor Parquet"):
        find_input(str(tmp_path / "photo.csv"))


def test_csv_and_parquet_together_are_an_error(write: Write, tmp_path: Path) -> None:
    write("mixed/a.csv", "a,b")
    (tmp_path / "mixed" / "b.parquet").write_bytes(b"PAR1....PAR1")

    with pytest.raises(DataError, match=r"a\.csv \(csv\) and b\.parquet \(parquet\)"):
        find_input(str(tmp_path / "mixed"))


def test_a_table_of_another_kind_of_place_is_an_error() -> None:
    with pytest.raises(DataError, match="cannot be opened"):
        find_input("ftp://host/wine.csv")


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("table:sales.wines", True),
        ("hdfs://host/wine.parquet", True),
        ("s3a://bucket/wine.parquet", True),
        ("s3://bucket/wine.parquet", False),
        ("data/wine.csv", False),
    ],
)
def test_what_only_spark_can_read_is_known_by_its_name(where: str, expected: bool) -> None:
    assert only_spark(where) is expected


def test_json_lines_are_known_by_their_first_sign(write: Write) -> None:
    assert find_input(str(write("t.jsonl", "", '{"a": 1}'))).format == "json"


def test_columns_may_stand_in_the_names_of_folders(write: Write, tmp_path: Path) -> None:
    write("t/year=2026/shop=A%2FB/part.csv", "a,b", "1,2")
    write("t/year=__HIVE_DEFAULT_PARTITION__/shop=C/part.csv", "a,b", "1,2")

    first, second = find_input(str(tmp_path / "t")).files

    assert first.partitions == {"year": "2026", "shop": "A/B"}
    assert second.partitions == {"year": None, "shop": "C"}


def test_of_a_large_table_the_listing_is_hashed(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write("drinks.csv", "a,b", "1,2")
    monkeypatch.setattr("pipeline.inputs.HASHED_BYTES", 5)
    before = describe_input(find_input(str(file)))

    write("drinks.csv", "a,b", "1,3")

    after = describe_input(find_input(str(file)))
    assert (before.hashed, before.files[0].sha256) == ("listing", None)
    assert before.sha256 != after.sha256
