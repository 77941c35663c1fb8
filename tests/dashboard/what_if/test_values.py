"""Where sliders go and start."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.what_if.values import slider_range, text_of, values_at
from store.descriptor import Preset
from tests import builders

MEDIANS = (2.5, 2.5)


@given(
    st.floats(-1e6, 1e6),
    st.floats(1e-3, 1e6),
    st.sampled_from([0.001, 0.01, 0.1, 0.5, 1.0, 20.0]),
)
def test_a_slider_spans_the_training_range_on_whole_steps(minimum, span, step):
    feature = builders.card_feature("x", minimum=minimum, maximum=minimum + span, step=step)

    low, high = slider_range(feature)

    assert low <= minimum
    assert high >= minimum + span
    assert low < high
    assert (low / step) == pytest.approx(round(low / step), abs=1e-4)


def test_an_amount_never_slides_below_zero():
    assert slider_range(builders.card_feature("x", minimum=0.0, maximum=4.0))[0] == 0.0


def test_a_constant_feature_still_has_a_slider():
    low, high = slider_range(builders.card_feature("x", minimum=3.0, maximum=3.0, median=3.0))

    assert low < 3.0 < high


@pytest.mark.parametrize(
    ("value", "text"), [(13.05, "13.05"), (2.0, "2"), (1.8650000000000002, "1.865"), (0.0, "0")]
)
def test_a_value_is_written_without_noise(value, text):
    assert text_of(builders.card_feature("x", decimals=2), value) == text


def test_the_median_preset_is_the_medians(model):
    assert values_at(Preset(label="m", kind="median"), model, builders.profile()) == MEDIANS


def test_a_class_preset_is_the_medians_of_that_class(model):
    sweet = builders.group(
        "1",
        "Sweet",
        columns=(
            builders.column("acidity", quantiles={"0.5": 3.14159}),
            builders.column("sugar", quantiles={"0.5": None}),
        ),
    )
    profile = builders.profile(groups=(builders.group("0", "Dry"), sweet))

    values = values_at(Preset(label="s", kind="class_median", of="1"), model, profile)

    assert values == (3.14, 2.5)  # one digit more than is shown; the overall median for a gap


def test_a_class_that_is_not_there_starts_at_the_medians(model):
    preset = Preset(label="s", kind="class_median", of="9")

    assert values_at(preset, model, builders.profile()) == MEDIANS


def test_given_values_are_taken_and_the_rest_is_median(model):
    preset = Preset(label="v", kind="values", values={"sugar": 1.5})

    assert values_at(preset, model, builders.profile()) == (2.5, 1.5)


def test_a_random_row_is_a_whole_row_of_the_sample(model):
    whole = {(1.0, 2.0), (2.0, 1.0), (3.0, 4.0)}  # the fourth row lacks its sugar

    found = {
        values_at(Preset(label="r", kind="random_row"), model, builders.profile())
        for _ in range(200)
    }

    assert found == whole


def test_the_borderline_row_is_the_one_the_model_finds_hardest(model):
    values = values_at(Preset(label="b", kind="borderline"), model, builders.profile())

    assert values == (1.0, 2.0)  # sweet with probability 0.4; the others 0.2 and 0.8


def test_without_a_whole_row_the_borderline_is_the_medians(model):
    sample = builders.Sample(columns=("acidity", "sugar"), groups=("0",), values=((None, 1.0),))
    profile = builders.profile(sample=sample)

    assert values_at(Preset(label="b", kind="borderline"), model, profile) == MEDIANS
