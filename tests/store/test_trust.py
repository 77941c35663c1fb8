"""What the part of a card about trust promises."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from store.errors import ArtifactError
from store.schema import ModelCard, decode, encode
from store.trust import Cloud, Conformal, Plausibility, Trust
from tests.builders import model_card, regressor_card, trust


def plausible(**changes: Any) -> Plausibility:
    known = trust().plausibility
    assert known is not None
    return Plausibility(**known.model_dump() | changes)


def test_a_card_with_trust_reads_back_equal() -> None:
    card = model_card(trust=trust())

    assert decode(ModelCard, encode(card), name="card") == card


def test_a_card_from_before_there_was_trust_is_read() -> None:
    tree = json.loads(encode(model_card()))
    del tree["trust"]

    assert decode(ModelCard, json.dumps(tree).encode(), name="card") == model_card()


@pytest.mark.parametrize(
    ("list_", "why"),
    [
        ([0.5] * 198, "at least 199"),
        ([0.5] * 100 + [0.4] * 99, "rise"),
        ([0.5] * 100 + [None] + [0.6] * 98, "unknown are last"),
    ],
)
def test_thresholds_rise_and_those_unknown_are_last(list_: list[Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Conformal(rows=10, thresholds=(tuple(list_),), coverage=())


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"center": (0.0,)}, "one number a feature"),
        ({"scale": (1.0, 0.0)}, "greater than 0"),
        ({"scores": (2.0, 1.0)}, "ascend"),
        ({"scores": tuple(map(float, range(202)))}, "at most 201"),
    ],
)
def test_clouds_fit_their_features(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        plausible(**changes)


def test_a_triangle_has_a_number_for_every_pair_of_features() -> None:
    with pytest.raises(ValidationError, match="triangle"):
        Cloud(log_weight=0.0, mean=(0.0, 0.0), upper=(1.0, 0.0))


def test_trust_belongs_to_the_model_of_its_card() -> None:
    elsewhere = Trust(origin="unseen", plausibility=plausible(features=(1, 2)))
    backwards = Trust(origin="unseen", plausibility=plausible(features=(1, 0)))

    for wrong in (elsewhere, backwards):
        with pytest.raises(ValidationError, match="features that the model does not have"):
            model_card(trust=wrong)
    with pytest.raises(ValidationError, match="a number has no calibration"):
        regressor_card(trust=trust(conformal=None))


def test_thresholds_are_one_list_or_one_a_class() -> None:
    three = Conformal(rows=10, thresholds=(tuple([0.5] * 199),) * 3, coverage=())

    with pytest.raises(ValidationError, match="one list a class"):
        model_card(trust=trust(conformal=three))
    with pytest.raises(ArtifactError, match="is not a ModelCard"):
        decode(ModelCard, encode(model_card())[:-20], name="card")
