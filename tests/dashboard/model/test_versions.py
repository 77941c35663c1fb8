"""Models of other versions: golden rows decide, and the flat form stands in, never for harm."""

import json
import re
from pathlib import Path

import pytest

from dashboard.model.loader import FlatPredictor, open_model
from dashboard.model.versions import made_with
from store.errors import CannotOpen, ModelRefused
from store.releases import stored
from store.schema import ModelCard
from tests.dashboard.model.payloads import HONEST, HOSTILE
from tests.dashboard.model.published import Published, pinning

OLD = {"python": "3.9.1", "scikit-learn": "0.21.0"}


@pytest.fixture
def flat(opened: FlatPredictor) -> bytes:
    """The wine model as plain numbers."""
    return opened.model.to_json().encode()


def renamed(data: bytes) -> bytes:
    """The file with a class that a scikit-learn before 0.22 had under another name."""
    old = data.replace(b"sklearn.ensemble._forest", b"sklearn.ensemble.forests")
    assert old != data
    return old


def old_card(wine: Published, data: bytes, flat: bytes | None = None) -> ModelCard:
    """A card that says that this file was made by an old version, with this flat form."""
    changes = {"software": OLD, "flat": stored("models/a/1/flat.json", flat) if flat else None}
    return pinning(wine.card, data).model_copy(update=changes)


def test_versions_that_differ_are_named_and_those_that_do_not_are_not(wine: Published) -> None:
    here = wine.card.software

    assert made_with(here) == ""
    assert re.fullmatch(
        r"scikit-learn 0\.21\.0 \(here [\d.]+\), Python 3\.9\.1 \(here [\d.]+\)", made_with(OLD)
    )


def test_a_model_of_another_version_whose_golden_rows_come_out_right_serves(
    wine: Published,
) -> None:
    predictor = open_model(wine.data, old_card(wine, wine.data))
    predictor.close()

    assert predictor.notice is not None
    assert "scikit-learn 0.21.0" in predictor.notice
    assert f"All {len(wine.card.golden.rows)} golden rows" in predictor.notice


def test_where_the_file_does_not_open_its_flat_form_answers_and_says_so(
    wine: Published, flat: bytes
) -> None:
    data = renamed(wine.data)

    predictor = open_model(data, old_card(wine, data, flat), flat=flat)

    row = wine.rows[7].tolist()
    assert predictor.engine == "flat"
    assert predictor.predict_proba(row) == wine.estimator.predict_proba([row])[0].tolist()
    assert predictor.notice is not None
    assert "flat form published with it answers instead" in predictor.notice


def test_without_a_flat_form_a_file_of_another_version_cannot_be_opened(wine: Published) -> None:
    data = renamed(wine.data)

    with pytest.raises(CannotOpen, match="does not have"):
        open_model(data, old_card(wine, data))


def test_where_versions_are_the_same_nothing_excuses_a_file_that_does_not_open(
    wine: Published, flat: bytes
) -> None:
    data = renamed(wine.data)
    pinned = stored("models/a/1/flat.json", flat)
    card = pinning(wine.card, data).model_copy(update={"flat": pinned})

    with pytest.raises(ModelRefused) as refused:
        open_model(data, card, flat=flat)

    assert not isinstance(refused.value, CannotOpen)


@pytest.mark.parametrize("name", ["os.system", "cycle in a tree", "forged record type"])
def test_a_flat_form_never_answers_for_a_hostile_file(
    name: str, wine: Published, flat: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (hostile,) = [hostile for hostile in HOSTILE if hostile.name == name]
    data = hostile.make(tmp_path_factory.mktemp("hostile") / "marker")

    with pytest.raises(ModelRefused, match=hostile.words) as refused:
        open_model(data, old_card(wine, data, flat), flat=flat)

    assert not isinstance(refused.value, CannotOpen)


def test_a_flat_form_that_the_card_does_not_pin_never_answers(wine: Published, flat: bytes) -> None:
    data = renamed(wine.data)

    with pytest.raises(ModelRefused, match="not the card's"):
        open_model(data, old_card(wine, data), flat=flat)
    with pytest.raises(ModelRefused, match="The flat form has"):
        open_model(data, old_card(wine, data, flat), flat=flat + b" ")


def test_a_flat_form_of_other_answers_never_answers(wine: Published, flat: bytes) -> None:
    data, other = renamed(wine.data), json.loads(flat)
    leaves = other["predictor"]["probabilities"]
    other["predictor"]["probabilities"] = leaves[::-1]
    wrong = json.dumps(other).encode()

    with pytest.raises(ModelRefused, match="golden rows"):
        open_model(data, old_card(wine, data, wrong), flat=wrong)


def test_a_flat_model_is_a_model_file_too(wine: Published, flat: bytes) -> None:
    predictor = open_model(flat, pinning(wine.card, flat))

    row = wine.rows[3].tolist()
    assert predictor.predict_proba(row) == wine.estimator.predict_proba([row])[0].tolist()


def test_what_opened_under_a_signature_is_not_cached_for_those_without(tmp_path: Path) -> None:
    for signed in (False, True):
        open_model(HONEST.data, HONEST.card, cache=tmp_path, signed=signed)

    assert len(list(tmp_path.glob("*.json"))) == 2
