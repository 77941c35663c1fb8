"""Where sliders go and start."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.what_if.values import preset_values, slider_range, text_of
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


def preset_row(profile=None, **said):
    preset = Preset(label="p", **said)
    return preset_values(preset, builders.model_card(), profile or builders.profile())


def test_the_median_preset_is_the_medians():
    assert preset_row(kind="median") == MEDIANS


def test_a_class_preset_is_the_medians_of_that_class():
    sweet = builders.group(
        "1",
        "Sweet",
        columns=(
            builders.column("acidity", quantiles={"0.5": 3.14159}),
            builders.column("sugar", quantiles={"0.5": None}),
        ),
    )
    profile = builders.profile(groups=(builders.group("0", "Dry"), sweet))

    values = preset_row(profile, kind="class_median", of="1")

    assert values == (3.14, 2.5)  # one digit more than is shown; the overall median for a gap


def test_a_class_that_is_not_there_starts_at_the_medians():
    assert preset_row(kind="class_median", of="9") == MEDIANS


def test_given_values_are_taken_and_the_rest_is_median():
    assert preset_row(kind="values", values={"sugar": 1.5}) == (2.5, 1.5)


@pytest.mark.parametrize("kind", ["random_row", "borderline"])
def test_a_preset_among_real_rows_is_left_to_the_browser(kind):
    assert preset_row(kind=kind) is None
