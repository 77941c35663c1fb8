"""What a stream is compared with comes from the profile and the card, or says why it does not."""

import numpy as np
import pytest

from dashboard.drift.baseline import (
    NO_ANSWERS,
    NO_PROFILE,
    NOT_SAMPLED,
    RARE_ONES,
    ROUGH,
    TOO_FEW,
    Baseline,
    baseline,
    reference_profile,
)
from dashboard.live.snapshot import Live
from store.schema import MAX_SAMPLE_ROWS, ModelCard, Profile, Release, ReleasedModel, StoredFile
from tests import builders
from tests.dashboard.drift import made


def column(found: Baseline, name: str):
    return next(one for one in found.columns if one.name == name)


def with_kinds(profile: Profile, **changes) -> Profile:
    kinds = builders.category("kind", **{"top": {"White": 75, "Red": 25}} | changes)
    section = profile.overall.model_copy(update={"categories": (kinds,)})
    return profile.model_copy(update={"overall": section})


def test_features_come_in_the_cards_order_and_the_answer_last():
    found = baseline(made.card(), made.profile())

    assert [one.name for one in found.columns] == ["acidity", "sugar", "kind", "taste"]
    assert [one.of for one in found.columns] == ["input", "input", "input", "answer"]
    assert found.tested == (0, 1, 2, 3)


def test_a_number_is_compared_with_the_sampled_rows():
    found = column(baseline(made.card(), made.profile()), "sugar")

    assert sorted(found.sample) == sorted(one["sugar"] for one in made.drinks(0, made.ROWS))
    assert sum(found.counts) == made.ROWS


def test_a_category_is_compared_with_its_counts_in_the_order_of_its_letters():
    found = column(baseline(made.card(), made.profile()), "kind")

    assert found.labels == ("Red", "White")
    assert found.counts == (25, 75)
    assert sorted(found.sample) == [0.0] * 25 + [1.0] * 75


def test_an_answer_is_compared_with_the_answers_to_rows_that_were_held_out():
    # Rows are true classes: of 40 rows 25 were answered with the second class.
    card = made.card(held_out=made.held_out((14, 6), (1, 19)))

    found = column(baseline(card, made.profile()), "taste")

    assert found.counts == (15, 25)
    assert found.labels == ("0", "1")


def test_of_very_many_rows_of_a_category_a_sample_is_drawn():
    profile = with_kinds(made.profile(), top={"White": 3_000_000_000, "Red": 1_000_000_000})

    found = column(baseline(made.card(), profile), "kind")

    assert len(found.sample) == MAX_SAMPLE_ROWS
    assert found.sample.count(0.0) == pytest.approx(500, abs=100)


@pytest.mark.parametrize(
    ("card", "profile", "name", "why"),
    [
        (made.card(), made.profile(rows=9), "acidity", TOO_FEW),
        (made.card(), None, "acidity", NOT_SAMPLED),
        (made.card(), None, "kind", NO_PROFILE),
        (made.card(), with_kinds(made.profile(), count_error=1), "kind", ROUGH),
        (made.card(), with_kinds(made.profile(), top={"White": 96, "Red": 4}), "kind", RARE_ONES),
        (made.card(held_out=None), made.profile(), "taste", NO_ANSWERS),
        (made.card(held_out=made.held_out((2, 0), (0, 2))), made.profile(), "taste", TOO_FEW),
    ],
)
def test_what_cannot_be_compared_exactly_is_not_tested(
    card: ModelCard, profile: Profile | None, name: str, why: str
):
    found = baseline(card, profile)

    place = [one.name for one in found.columns].index(name)
    assert found.columns[place].untested == why
    assert place not in found.tested


def test_without_anything_to_compare_with_there_is_no_reference():
    assert baseline(made.card(held_out=None), None).reference is None


def test_a_regressors_answers_are_compared_as_numbers():
    card = builders.regressor_card()

    found = column(baseline(card, None), "Price")

    assert found.sample == [predicted for _, predicted in card.held_out.sample]
    assert sum(found.counts) == len(card.held_out.sample)


def test_values_come_from_the_log_by_name():
    known = baseline(made.card(), made.profile())
    features = [{"kind": "Red", "sugar": 2, "acidity": 1.5}]

    ids, values = known.table(made.entries(features, answer="1"))

    assert values.tolist() == [[1.5, 2.0, 0.0, 1.0]]
    assert len(ids) == 1


@pytest.mark.parametrize(
    "features",
    [
        "not JSON",
        "[1]",
        '{"acidity": 1, "sugar": 1}',
        '{"acidity": "much", "sugar": 1, "kind": "Red"}',
        '{"acidity": NaN, "sugar": 1, "kind": "Red"}',
        '{"acidity": 1, "sugar": null, "kind": "Red"}',
        '{"acidity": 1, "sugar": 1, "kind": "Pink"}',
    ],
)
def test_a_row_that_the_model_would_not_take_is_left_out(features: str):
    known = baseline(made.card(), made.profile())
    good = made.entries(made.drinks(1, 3))

    ids, values = known.table([good[0], good[1]._replace(features=features), good[2]])

    assert ids == [good[0].id, good[2].id]
    assert values.shape == (2, 4)


def test_values_beyond_the_profile_are_in_the_bins_at_the_ends():
    found = column(baseline(made.card(), made.profile()), "sugar")

    counts = found.binned(np.array([-1e9, found.edges[0], found.edges[-1], 1e9]))

    assert (counts[0], counts[-1]) == (2, 2)


def released(version: str, profile: str) -> ReleasedModel:
    pin = StoredFile(key="k", bytes=1, sha256="0" * 64)
    return ReleasedModel(name="drinks", version=version, profile=profile, card=pin, file=pin)


@pytest.fixture
def two_tables() -> Live:
    """Version 1 is live and belongs to one table, version 2 is a candidate and to another."""
    release = Release(
        created=builders.CREATED,
        software={},
        id="000001-abcdef",
        sequence=1,
        default="drinks",
        profiles=(),
        models=(released("1", "harvest"),),
        candidates=(released("2", "cellar"),),
    )
    profiles = {name: builders.profile(name=name, run_id=name) for name in ("harvest", "cellar")}
    return Live(release, profiles)


@pytest.mark.parametrize(("version", "profile"), [("1", "harvest"), ("2", "cellar")])
def test_a_version_is_compared_with_the_profile_that_its_release_pins(
    two_tables: Live, version: str, profile: str
):
    assert reference_profile(made.card(version=version), two_tables).name == profile


def test_the_rows_that_a_model_was_trained_on_come_before_what_is_pinned(two_tables: Live):
    data = made.card().data.model_copy(update={"profile": "cellar"})

    assert reference_profile(made.card(data=data), two_tables).name == "cellar"


def test_a_version_that_no_release_pins_has_nothing_to_be_compared_with(two_tables: Live):
    assert reference_profile(made.card(version="3"), two_tables) is None
    assert reference_profile(made.card(), Live()) is None
