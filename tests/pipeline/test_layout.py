"""What the columns of a file are, and which of them a descriptor means."""

from pathlib import Path

import pytest

from pipeline.layout import columns, csv_layout
from pipeline.remote import list_files, location
from pipeline.table.columns import Columns, Layout
from pipeline.table.files import File
from store.descriptor import Descriptor, TextFormat
from store.errors import DataError
from tests.pipeline.conftest import Write


def csv(path: Path, **said: object) -> Layout:
    """The layout of a CSV file."""
    [file] = list_files(str(path))
    return csv_layout(location(str(path)), File(*file), TextFormat.model_validate(said))


def layout(*header: str) -> Layout:
    return Layout(header, tuple("unknown" for _ in header))


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_gives_the_most_columns(mark: str, write: Write) -> None:
    found = csv(write("t.csv", mark.join(['"fixed, acidity"', "sugar", "kind"])))

    assert (found.header, found.delimiter) == (("fixed, acidity", "sugar", "kind"), mark)


def test_a_byte_order_mark_and_blank_lines_are_no_part_of_the_header(write: Write) -> None:
    assert csv(write("t.csv", "\ufeff", "", " acidity , sugar")).header == (
        "acidity",
        "sugar",
    )


def test_numbers_are_no_header(write: Write) -> None:
    with pytest.raises(DataError, match=r"^t\.csv has no header: its first line is numbers only"):
        csv(write("t.csv", "1,14.23,1.71"))


def test_text_in_another_encoding_is_an_error(write: Write) -> None:
    file = write("t.csv")
    file.write_bytes("säure,sugar\n".encode("latin-1"))

    with pytest.raises(DataError, match=r"^t\.csv is not UTF-8 text"):
        csv(file)


def test_columns_are_found_by_name_in_any_order(drinks: Descriptor) -> None:
    found = columns(layout("note", "sugar", "kind", "acidity"), drinks, ["kind"], name="t.csv")

    assert found == Columns(features=(3, 1), groups=(2,))


def test_a_column_may_carry_an_alias(drinks: Descriptor) -> None:
    found = columns(layout("acid/pH 3.5", "sugar"), drinks, [], name="t.csv")

    assert found == Columns(features=(0, 1))


def test_the_own_name_goes_before_an_alias(drinks: Descriptor) -> None:
    found = columns(layout("Acidity", "acidity", "sugar"), drinks, [], name="t.csv")

    assert found.features == (1, 2)


def test_a_missing_column_is_named_with_what_was_found(drinks: Descriptor) -> None:
    with pytest.raises(DataError) as caught:
        columns(layout("sugar", "kind"), drinks, ["kind"], name="t.csv")

    assert str(caught.value) == (
        't.csv has no column "acidity" (nor Acidity, acid/pH 3.5). Found: sugar, kind. '
        "Rename a column, or name it in the descriptor."
    )


@pytest.mark.parametrize(
    "header", [("acidity", "acidity", "sugar"), ("Acidity", "acid/pH 3.5", "sugar")]
)
def test_a_column_that_is_there_twice_is_an_error(
    header: tuple[str, ...], drinks: Descriptor
) -> None:
    with pytest.raises(DataError, match='has "acidity" in several columns'):
        columns(layout(*header), drinks, [], name="t.csv")


def test_without_a_header_columns_are_numbered(write: Write) -> None:
    found = csv(write("t.csv", "1,14.23,a"), header=False)

    assert (found.header, found.has_header) == (("column_1", "column_2", "column_3"), False)


def test_what_is_said_of_the_text_goes_before_what_it_looks_like(write: Write) -> None:
    file = write("t.csv")
    file.write_bytes("säure;'a,b,c';sugar\n".encode("latin-1"))

    found = csv(file, delimiter=";", quote="'", encoding="latin-1")

    assert found.header == ("säure", "a,b,c", "sugar")
