"""What an artifact promises, kept on the way out and on the way in."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from store.errors import ArtifactError
from store.part import Part
from store.schema import (
    MAX_SAMPLE_ROWS,
    CardClass,
    Golden,
    Histogram,
    ModelCard,
    Profile,
    Sample,
    StoredFile,
    decode,
    encode,
)
from tests.builders import (
    SHA256,
    category_feature,
    column,
    held_out,
    held_out_regression,
    model_card,
    profile,
    regressor_card,
    section,
)

finite = st.floats(allow_nan=False, allow_infinity=False)
not_finite = pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])


def edited(artifact: Part, edit: Callable[[dict[str, Any]], object]) -> bytes:
    """The artifact's JSON after somebody changed it by hand."""
    tree = json.loads(encode(artifact))
    edit(tree)
    return json.dumps(tree).encode()


@pytest.mark.parametrize(
    "artifact",
    [
        profile(),
        model_card(),
        model_card(held_out=None, on_given=held_out(), cross_validation=None, seed=None),
        regressor_card(),
    ],
    ids=["profile", "card", "adopted", "regressor"],
)
def test_an_artifact_reads_back_equal(artifact: Part) -> None:
    data = encode(artifact)

    again = decode(type(artifact), data, name="it")

    assert again == artifact
    assert encode(again) == data


@given(values=st.lists(st.tuples(finite, st.none() | finite), max_size=5))
def test_floats_read_back_to_the_last_bit(values: list[tuple[float, float | None]]) -> None:
    sample = Sample(
        columns=("a", "b"), groups=(None,) * len(values), values=tuple(map(tuple, values))
    )

    again = decode(Sample, encode(sample), name="sample")

    assert repr(again.values) == repr(sample.values)  # repr tells -0.0 from 0.0


@given(value=st.booleans() | st.integers(-(2**63), 2**63) | st.text())
def test_a_class_keeps_its_type(value: bool | int | str) -> None:
    again = decode(CardClass, encode(CardClass(value=value, label="")), name="class")

    assert (type(again.value), again.value) == (type(value), value)


@not_finite
def test_what_is_not_finite_is_never_written(value: float) -> None:
    with pytest.raises(ValidationError, match="finite number"):
        column("acidity", mean=value)
    with pytest.raises(ValidationError, match="finite number"):
        section(correlation=((1.0, value), (value, 1.0)))
    with pytest.raises(ValidationError, match="finite number"):
        Golden(rows=((value,),), probabilities=((1.0,),))


@not_finite
def test_what_is_not_finite_is_never_read(value: float) -> None:
    data = edited(profile(), lambda tree: tree["overall"]["columns"][0].update(mean=value))

    with pytest.raises(ArtifactError, match=r"overall\.columns\.0\.mean: .*finite"):
        decode(Profile, data, name="profile.json")


def test_null_stands_for_no_number() -> None:
    empty = column("acidity", count=0, missing=4, mean=None, sd=None, histogram=None)

    assert decode(type(empty), encode(empty), name="column").mean is None
    assert b'"mean":null' in encode(empty)


@pytest.mark.parametrize(
    ("edit", "place"),
    [
        (lambda tree: tree.update(surprise=1), "surprise"),
        (lambda tree: tree["overall"].update(surprise=1), r"overall\.surprise"),
        (lambda tree: tree["descriptor"].update(surprise=1), r"descriptor\.surprise"),
        (lambda tree: tree.update(schema_version=2), "schema_version"),
        (lambda tree: tree.pop("rows"), "rows"),
        (lambda tree: tree.update(rows=-1), "rows"),
        (lambda tree: tree.update(rows="four"), "rows"),
        (lambda tree: tree.update(created="2026-11-01T12:00:00"), "created"),
        (lambda tree: tree["input"].update(sha256="0" * 63), r"input\.sha256"),
    ],
)
def test_a_profile_that_breaks_the_schema_is_refused_with_the_place(
    edit: Callable[[dict[str, Any]], object], place: str
) -> None:
    data = edited(profile(), edit)

    with pytest.raises(ArtifactError, match=rf"p\.json is not a Profile of schema 1: {place}: "):
        decode(Profile, data, name="p.json")


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[1]", b"null", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(data: bytes) -> None:
    with pytest.raises(ArtifactError, match=r"p\.json is not a Profile"):
        decode(Profile, data, name="p.json")


def test_the_number_of_further_errors_is_said() -> None:
    with pytest.raises(ArtifactError, match=r"and \d+ more"):
        decode(ModelCard, b"{}", name="card.json")


def test_an_artifact_never_changes() -> None:
    found = profile()

    with pytest.raises(ValidationError, match="frozen"):
        found.rows = 5  # type: ignore[misc]


@pytest.mark.parametrize("edges", [(1.0, 2.0), (1.0, 2.0, 3.0, 4.0), (3.0, 2.0, 1.0)])
def test_a_histogram_has_ascending_edges_around_its_counts(edges: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError, match="ascending edges, one more"):
        Histogram(edges=edges, counts=(1, 2))


def test_a_sample_is_rectangular_and_bounded() -> None:
    row = (1.0,)

    with pytest.raises(ValidationError, match="one group a row"):
        Sample(columns=("a",), groups=(), values=(row,))
    with pytest.raises(ValidationError, match="one value a column"):
        Sample(columns=("a", "b"), groups=("0",), values=(row,))
    too_many = MAX_SAMPLE_ROWS + 1
    with pytest.raises(ValidationError, match="at most 2000"):
        Sample(columns=("a",), groups=(None,) * too_many, values=(row,) * too_many)


@pytest.mark.parametrize(
    "golden",
    [
        Golden(rows=((1.0,),), probabilities=((0.5, 0.5),)),
        Golden(rows=((1.0, 2.0),), probabilities=((1.0,),)),
        Golden(rows=((1.0, 2.0), (1.0, 2.0)), probabilities=((0.5, 0.5),)),
    ],
)
def test_golden_rows_fit_the_model(golden: Golden) -> None:
    with pytest.raises(ValidationError, match="golden row"):
        model_card(golden=golden)


@pytest.mark.parametrize("key", ["../etc/passwd", "/etc/passwd", "a//b", "", "a\n"])
def test_a_stored_file_lies_in_the_store(key: str) -> None:
    with pytest.raises(ValidationError, match="key"):
        StoredFile(key=key, bytes=1, sha256=SHA256)


def test_a_card_from_before_there_were_regressors_is_read() -> None:
    def as_it_was(tree: dict[str, Any]) -> None:
        for name in ("kind", "number", "on_given", "adopted", "flat"):
            del tree[name]
        for feature in tree["features"]:
            del feature["categories"]

    assert decode(ModelCard, edited(model_card(), as_it_was), name="card") == model_card()


@pytest.mark.parametrize(
    ("make", "changes", "problem"),
    [
        (model_card, {"kind": "regressor"}, "a regressor has the number it predicts"),
        (model_card, {"classes": ()}, "a classifier has classes"),
        (model_card, {"held_out": held_out_regression()}, "not those of a classifier"),
        (regressor_card, {"kind": "classifier"}, "a classifier has classes"),
        (regressor_card, {"number": None}, "a regressor has the number it predicts"),
        (regressor_card, {"on_given": held_out()}, "not those of a regressor"),
        (
            regressor_card,
            {"cross_validation": model_card().cross_validation},
            "not those of a regressor",
        ),
        (
            regressor_card,
            {"golden": Golden(rows=((1.0, 0.0),), probabilities=((0.5, 0.5),))},
            "golden rows",
        ),
        (
            regressor_card,
            {"golden": Golden(rows=((1.0, 2.0),), probabilities=((0.5,),))},
            "a category that its feature does not have",
        ),
        (
            regressor_card,
            {"golden": Golden(rows=((1.0, 0.5),), probabilities=((0.5,),))},
            "a category that its feature does not have",
        ),
    ],
)
def test_a_card_is_of_one_kind_throughout(
    make: Callable[..., ModelCard], changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValidationError, match=problem):
        make(**changes)


@pytest.mark.parametrize(
    "changes",
    [{"maximum": 2}, {"minimum": 1}, {"median": 1}, {"step": 0.5}, {"decimals": 1}],
)
def test_the_range_of_a_category_is_that_of_its_places(changes: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match="range of categories"):
        category_feature("shop", "North", "South", **changes)


def test_a_category_has_different_texts_and_one_at_least() -> None:
    with pytest.raises(ValidationError, match="named twice"):
        category_feature("shop", "North", "North")
    with pytest.raises(ValidationError, match="at least 1"):
        category_feature("shop", maximum=0)


def test_an_answer_has_a_number_a_class_or_the_one_that_is_predicted() -> None:
    assert (model_card().outputs, regressor_card().outputs) == (2, 1)


def test_a_sample_without_categories_is_written_as_before_there_were_any() -> None:
    plain = Sample(columns=("a",), groups=("0",), values=((1.0,),))
    texts = plain.model_copy(update={"categories": ("shop",), "texts": ((None,),)})

    assert encode(plain) == b'{"columns":["a"],"groups":["0"],"values":[[1.0]]}\n'
    assert decode(Sample, encode(texts), name="sample") == texts


@pytest.mark.parametrize("texts", [(), (("here",), ("there",)), (("here", "there"),)])
def test_a_sampled_row_has_one_text_a_category(texts: tuple[tuple[str, ...], ...]) -> None:
    with pytest.raises(ValidationError, match="one text a category in every row"):
        Sample(columns=("a",), groups=("0",), values=((1.0,),), categories=("shop",), texts=texts)
