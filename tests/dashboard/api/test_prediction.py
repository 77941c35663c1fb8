"""From fields to a row, and what is said of those that cannot be used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.api.prediction import FieldNames
from store.errors import FieldErrors
from tests import builders

CARD = builders.model_card()
FIELDS = FieldNames(CARD)
finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.permutations(["acidity", "sugar"]), finite, finite)
def test_values_come_in_the_cards_order_whatever_the_order_of_the_fields(names, first, second):
    given_values = {"acidity": first, "sugar": second}

    values = FIELDS.values([(name, given_values[name]) for name in names])

    assert values == (first, second)


@given(
    st.lists(st.tuples(st.sampled_from(["acidity", "Acidity", "sugar", "x"]), st.none() | finite))
)
def test_fields_either_give_every_value_or_name_what_is_wrong(fields):
    names = sorted(name.lower() for name, _ in fields)
    usable = names == ["acidity", "sugar"] and all(value is not None for _, value in fields)

    if usable:
        assert len(FIELDS.values(fields)) == 2
    else:
        with pytest.raises(FieldErrors) as caught:
            FIELDS.values(fields)
        assert caught.value.fields


REGRESSOR = builders.regressor_card()


def test_a_text_stands_as_its_place_among_the_categories():
    fields = FieldNames(REGRESSOR)

    assert fields.values([("shop", "South"), ("acidity", 1.0)]) == (1.0, 1.0)


@pytest.mark.parametrize("value", ["East", "", 0, 1.0, True, None, ["South"]])
def test_what_is_none_of_the_categories_is_named_with_those_there_are(value):
    with pytest.raises(FieldErrors) as caught:
        FieldNames(REGRESSOR).values([("shop", value), ("acidity", 1.0)])

    assert caught.value.fields == {"shop": "not one of North, South"}


def test_whole_numbers_name_categories_that_look_like_them():
    card = builders.regressor_card(
        features=(builders.card_feature("acidity"), builders.category_feature("shop", "7", "3"))
    )

    assert FieldNames(card).values([("acidity", 1.0), ("shop", 3.0)]) == (1.0, 1.0)
