"""Which descriptor a table is read with."""

from pathlib import Path

import pytest

from pipeline.described import describe, infer, learnable
from pipeline.inputs import find_input
from store.descriptor import Descriptor, Feature, Target
from store.errors import DataError, DescriptorError
from tests.pipeline.conftest import Write

BESIDE = 'name = "beside"\n[[feature]]\ncolumn = "sugar"'
GIVEN = 'name = "given"\n[[feature]]\ncolumn = "sugar"'


def described(file: Path, *, given: Path | None = None, name: str | None = None) -> Descriptor:
    return describe(find_input(str(file)), str(file), given=given, group_by=None, name=name)


def test_numbers_become_features_and_text_categories(write: Write) -> None:
    file = write("My drinks 2026.csv", ",sugar,shop,kind", "0,1.5,A,x", "1,,B,y")

    assert infer(find_input(str(file)), group_by="kind") == Descriptor(
        name="my-drinks-2026",
        target=Target(column="kind"),
        features=(Feature(column="sugar"),),
        categories=("shop",),
    )


def test_a_few_odd_values_leave_a_column_numeric(write: Write) -> None:
    file = write("t.csv", "sugar", *["1.5"] * 9, "n/a")

    assert infer(find_input(str(file)), group_by=None).columns == ("sugar",)


def test_a_table_without_numbers_is_an_error(write: Write) -> None:
    with pytest.raises(DataError, match=r"^t\.csv has no numeric column.*Found: shop, kind\."):
        infer(find_input(str(write("t.csv", "shop,kind", "A,x"))), group_by=None)


def test_grouping_by_an_unknown_column_is_an_error(write: Write) -> None:
    with pytest.raises(DataError, match=r'no column "colour" to group by. Found: sugar, kind\.'):
        infer(find_input(str(write("t.csv", "sugar,kind", "1,x"))), group_by="colour")


def test_the_descriptor_beside_a_table_is_used(write: Write) -> None:
    write("t.toml", BESIDE)

    assert described(write("t.csv", "sugar", "1")).name == "beside"


def test_a_given_descriptor_goes_before_the_one_beside(write: Write) -> None:
    write("t.toml", BESIDE)

    assert described(write("t.csv", "sugar", "1"), given=write("g.toml", GIVEN)).name == "given"


def test_a_name_replaces_the_descriptors_own(write: Write) -> None:
    assert described(write("t.csv", "sugar", "1"), name="sweets").name == "sweets"


def test_a_name_that_is_no_key_is_an_error(write: Write) -> None:
    with pytest.raises(DescriptorError, match=r'^"../etc" is no name for a table'):
        described(write("t.csv", "sugar", "1"), name="../etc")


def test_without_a_model_there_is_nothing_to_train(drinks: Descriptor) -> None:
    with pytest.raises(DescriptorError, match=r'"drinks" has no \[model\]'):
        learnable(drinks)
