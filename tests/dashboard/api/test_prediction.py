"""From fields to an answer, and what is said about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.api.prediction import FieldNames, answer, drivers, outside_range, rank_of
from store.errors import FieldErrors
from tests import builders
from tests.dashboard.conftest import FakePredictor

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


def test_the_first_class_wins_a_tie():
    found = answer(CARD, FakePredictor(), [1.0, 2.5])

    assert found.probabilities == (0.5, 0.5)
    assert (found.index, found.value, found.label) == (0, 0, "Dry")


def test_a_driver_is_the_change_against_the_median_alone():
    predictor = FakePredictor()
    found = answer(CARD, predictor, [1.0, 4.0])

    moved = drivers(found, predictor, limit=5)

    assert [driver.feature.name for driver in moved] == ["sugar"]  # acidity moves nothing
    assert moved[0].change == pytest.approx(4.0 / 5 - 2.5 / 5)


def test_at_the_medians_nothing_drives():
    predictor = FakePredictor()

    assert drivers(answer(CARD, predictor, [2.5, 2.5]), predictor, limit=5) == []


def test_values_beyond_the_training_range_are_named_with_their_side():
    found = answer(CARD, FakePredictor(), [0.5, 4.5])

    assert [(f.name, side) for f, side in outside_range(found)] == [
        ("acidity", "below"),
        ("sugar", "above"),
    ]


def test_the_ends_of_the_training_range_are_inside():
    assert outside_range(answer(CARD, FakePredictor(), [1.0, 4.0])) == []


REGRESSOR = builders.regressor_card()


class Pricing(FakePredictor):
    """A price of twice the acidity, and one more in the South."""

    def predict_proba(self, row):
        return [2 * row[0] + row[1]]


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


def test_a_regressor_answers_with_a_number_and_its_drivers_change_it():
    found = answer(REGRESSOR, Pricing(), [4.0, 1.0])

    moved = drivers(found, Pricing(), limit=5)

    assert (found.value, found.label) == (9.0, "9.00")
    assert [(d.feature.name, d.change) for d in moved] == [("acidity", 3.0), ("shop", 1.0)]


@pytest.mark.parametrize(("value", "rank"), [(0.9, 0.0), (2.5, 0.5), (3.25, 0.75), (4.1, 1.0)])
def test_the_rank_of_a_number_is_its_place_among_the_rows(value, rank):
    assert rank_of(builders.column("price"), value) == rank
