"""One way to answer: from the bytes of a request to the bytes of a reply, without a server."""

import csv
import io
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from dashboard.api import explaining
from dashboard.api.answering import Reply, prefers_csv, reply_to
from dashboard.api.prediction import FieldNames
from dashboard.api.problems import LISTED_ERRORS
from dashboard.live.snapshot import LiveModel
from dashboard.model.explain import trees as explain
from dashboard.model.flat import FlatModel
from dashboard.model.predictor import FlatPredictor
from store.errors import ModelRefused
from store.schema import Golden
from tests import builders

GOOD = {"acidity": 2.0, "sugar": 4.0}
STUMP = {
    "format": 1,
    "n_features": 2,
    "steps": [],
    "predictor": {
        "kind": "trees",
        "trees": 1,
        "feature": [1, -1, -1],
        "threshold": [2.5],
        "probabilities": [[1.0, 0.0], [0.25, 0.75]],
    },
}
SHOP_GOLDEN = Golden(rows=((1.0, 0.0),), probabilities=((0.9, 0.1),))


class Sum:
    """Sweet with the probability acidity + sugar: every digit of a request shows."""

    engine: Any = "flat"
    reason: str | None = None
    notice: str | None = None

    def predict_proba(self, row: Any) -> list[float]:
        return [1 - sum(row), sum(row)]

    def predict_proba_rows(self, rows: ArrayLike) -> NDArray[np.float64]:
        return np.array([self.predict_proba(row) for row in np.asarray(rows).tolist()])

    def close(self) -> None:
        pass


class Failing(Sum):
    """Raises what it is given."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def predict_proba(self, row: Any) -> list[float]:
        raise self.error


def live(predictor: Any = None) -> LiveModel:
    card = builders.model_card()
    return LiveModel(card, FieldNames(card), predictor or Sum(), microseconds=1.0)


def ask(body: Any, model: LiveModel | None = None, **how: Any) -> Reply:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return reply_to(model or live(), text, how.pop("content_type", "application/json"), **how)


def errors(reply: Reply) -> list[tuple[Any, ...]]:
    assert reply.status == 422, reply.body
    assert reply.content_type == "application/problem+json"
    listed = json.loads(reply.body)["errors"]
    return [(one.get("row"), one.get("field"), one["reason"]) for one in listed]


# -- Tables as JSON -----------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.floats(-1e30, 1e30), st.floats(-1e30, 1e30) | st.integers(-(2**70), 2**70)),
        min_size=1,
        max_size=8,
    ),
    st.booleans(),
)
def test_a_row_of_a_table_is_answered_to_the_last_bit_as_it_is_alone(rows, as_lists):
    instances = [list(row) if as_lists else dict(zip(GOOD, row, strict=True)) for row in rows]

    together = json.loads(ask({"instances": instances}).body)["predictions"]

    for row, answered in zip(rows, together, strict=True):
        alone = json.loads(ask(dict(zip(GOOD, row, strict=True))).body)
        assert alone.pop("model")["hash"] == "55dbd32e8649"
        assert answered == alone
        assert answered["probabilities"]["Sweet"] == sum(map(float, row))


def test_lists_objects_and_aliases_may_stand_in_one_table():
    reply = ask({"instances": [[0.1, 0.2], {"sugar": 0.2, "Acidity": 0.1}]})

    first, second = json.loads(reply.body)["predictions"]
    assert first == second


def test_every_wrong_row_is_named_with_its_field_and_nothing_is_answered():
    rows = [GOOD, {"acidity": 1}, [1, "2"], [1], "row", GOOD | {"colour": 1}, [1, 1e31]]

    assert errors(ask({"instances": rows})) == [
        (2, "sugar", "missing"),
        (3, "sugar", "not a number"),
        (4, None, "1 values where the model takes 2"),
        (5, None, "neither an object nor a list"),
        (6, "colour", "unknown field"),
    ]


def test_a_number_that_is_too_large_is_named_in_a_table_and_alone():
    assert errors(ask({"instances": [[1, 1], [1, -1e31]]})) == [(2, "sugar", "too large")]
    assert errors(ask({"acidity": 1e31, "sugar": 1})) == [(None, "acidity", "too large")]


def test_a_field_that_is_given_twice_is_seen_in_every_row():
    body = b'{"instances": [{"acidity": 1, "sugar": 2}, {"acidity": 1, "sugar": 2, "sugar": 2}]}'

    assert errors(ask(body)) == [(2, "sugar", "given more than once")]


def test_two_tables_or_something_beside_the_table_are_refused():
    assert errors(ask(b'{"instances": [[1, 1]], "instances": [[2, 2]]}')) == [
        (None, "instances", "given more than once")
    ]
    assert errors(ask({"instances": [[1, 1]], "sugar": 1})) == [(None, "sugar", "unknown field")]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999", "1" + "0" * 400])
def test_a_number_that_is_none_is_refused_in_a_table_too(text):
    body = b'{"instances": [{"acidity": 1, "sugar": 2}, [1, ' + text.encode() + b"]]}"

    assert errors(ask(body)) == [(2, "sugar", "not a finite number")]


def test_all_errors_are_counted_and_the_first_are_listed():
    reply = ask({"instances": [["x", "y"]] * 300})

    problem = json.loads(reply.body)
    assert problem["error_count"] == 600
    assert len(problem["errors"]) == LISTED_ERRORS


@pytest.mark.parametrize("count", [0, 1001])
def test_a_table_has_one_to_a_thousand_rows(count):
    assert ask({"instances": [[1, 1]] * count}).status == 422
    assert ask(b"acidity,sugar\n" + b"1,1\n" * count, content_type="text/csv").status == 422
    assert ask({"instances": [[1, 1]] * 1000}).status == 200


# -- Tables as CSV --------------------------------------------------------------------------------


def test_csv_is_read_by_its_header_in_any_order_and_by_alias():
    reply = ask(
        b"\xef\xbb\xbfsugar, Acidity\r\n0.2,0.1\r\n\r\n0.5,0.25\r\n", content_type="text/csv"
    )

    found = [one["probabilities"]["Sweet"] for one in json.loads(reply.body)["predictions"]]
    assert found == [0.1 + 0.2, 0.75]


@given(st.lists(st.tuples(st.floats(-1e30, 1e30), st.floats(-1e30, 1e30)), min_size=1, max_size=5))
def test_every_digit_survives_from_csv_to_csv(rows):
    body = "acidity,sugar\n" + "".join(f"{a!r},{b!r}\n" for a, b in rows)

    reply = ask(body.encode(), content_type="text/csv", accept="text/csv")

    lines = csv.DictReader(io.StringIO(reply.body.decode()))
    assert reply.content_type.startswith("text/csv")
    assert [float(line["probability_Sweet"]) for line in lines] == [a + b for a, b in rows]


def test_wrong_cells_of_csv_are_named_by_their_row_below_the_header():
    body = "acidity,sugar\n1,2\nx,\n1_0,٣\n1,2,3\nnan,inf\n"

    assert errors(ask(body.encode(), content_type="text/csv; charset=utf-8")) == [
        (2, "acidity", "not a number"),
        (2, "sugar", "missing"),
        (3, "acidity", "not a number"),
        (3, "sugar", "not a number"),
        (4, None, "3 values where the model takes 2"),
        (5, "acidity", "not a finite number"),
        (5, "sugar", "not a finite number"),
    ]


def test_a_wrong_header_is_refused_once_and_not_for_every_row():
    body = b"acidity,Acidity,colour\n" + b"1,2,3\n" * 5

    assert errors(ask(body, content_type="text/csv")) == [
        (None, "colour", "unknown field"),
        (None, "acidity", "given more than once"),
        (None, "sugar", "missing"),
    ]


@pytest.mark.parametrize("body", [b"", b"\n\n", b"\xff\xfe", b'acidity,sugar\n"1,2\n'])
def test_what_is_no_csv_is_a_400(body):
    assert ask(body, content_type="text/csv").status == 400


@pytest.mark.parametrize(
    ("accept", "csv_first"),
    [
        ("", False),
        ("*/*", False),
        ("text/csv", True),
        ("TEXT/CSV; q=0.9, application/json;q=0.5", True),
        ("application/json, text/csv", False),
        ("text/csv;q=0", False),
        ("text/csv;q=nonsense", False),
        ("text/html, text/csv, */*;q=0.1", True),
    ],
)
def test_csv_is_answered_where_it_is_preferred(accept, csv_first):
    assert prefers_csv(accept) is csv_first


# -- Explanations ---------------------------------------------------------------------------------


def test_an_explanation_adds_up_to_each_answer_and_says_with_what_it_compared():
    model = live(FlatPredictor(FlatModel.from_data(STUMP)))

    reply = ask({"instances": [[2, 1], [2, 4]]}, model, explain=True, profile=builders.profile())

    answer = json.loads(reply.body)
    about = answer["explanation"]
    assert about["scale"] == "probability"
    assert about["background_rows"] == 3  # the fourth sampled row lacks a value
    for one in answer["predictions"]:
        for label, probability in one["probabilities"].items():
            parts = one["contributions"][label]
            assert parts["acidity"] == 0
            assert about["base_value"][label] + sum(parts.values()) == pytest.approx(probability)


def test_a_model_that_takes_categories_is_explained_with_sampled_texts():
    features = builders.card_feature("acidity"), builders.category_feature("shop", "bar", "kiosk")
    card = builders.model_card(features=features, golden=SHOP_GOLDEN)
    split = STUMP["predictor"] | {"threshold": [0.5]}
    predictor = FlatPredictor(FlatModel.from_data(STUMP | {"predictor": split}))
    model = LiveModel(card, FieldNames(card), predictor, microseconds=1.0)
    sample = builders.Sample(
        columns=("acidity", "sugar"),
        groups=("0", "0", "1", "1", "1"),
        values=((1.0, 2.0), (2.0, 1.0), (3.0, 4.0), (4.0, None), (None, 1.0)),
        categories=("shop",),
        texts=(("bar",), ("kiosk",), ("elsewhere",), ("kiosk",), ("bar",)),
    )

    reply = ask(
        {"acidity": 2, "shop": "kiosk"},
        model,
        explain=True,
        profile=builders.profile(sample=sample),
    )

    answer = json.loads(reply.body)
    # A bar in the first row, a kiosk in the second and in the fourth; the others lack something.
    assert answer["explanation"]["background_rows"] == 3
    assert answer["explanation"]["base_value"]["Sweet"] == pytest.approx(0.5)
    assert answer["contributions"]["Sweet"] == pytest.approx({"acidity": 0, "shop": 0.25})


def test_a_profile_without_texts_explains_no_model_that_takes_categories():
    features = builders.card_feature("acidity"), builders.category_feature("shop", "bar", "kiosk")
    card = builders.model_card(features=features, golden=SHOP_GOLDEN)
    predictor = FlatPredictor(FlatModel.from_data(STUMP))
    model = LiveModel(card, FieldNames(card), predictor, microseconds=1.0)

    reply = ask({"acidity": 2, "shop": "kiosk"}, model, explain=True, profile=builders.profile())

    assert reply.status == 422
    assert "no sampled row with every feature" in json.loads(reply.body)["detail"]


def test_without_the_training_rows_there_is_no_explanation():
    model = live(FlatPredictor(FlatModel.from_data(STUMP)))

    reply = ask(GOOD, model, explain=True)

    assert reply.status == 422
    assert "training rows is not live" in json.loads(reply.body)["detail"]


def test_that_a_model_is_too_large_to_explain_is_found_out_once(monkeypatch):
    model = live(FlatPredictor(FlatModel.from_data(STUMP)))
    profile = builders.profile()
    monkeypatch.setattr(explain, "MAX_CELLS", 0)
    first = ask(GOOD, model, explain=True, profile=profile)

    monkeypatch.setattr(explaining, "explainer_of", None)
    second = ask(GOOD, model, explain=True, profile=profile)

    assert first.status == second.status == 422
    assert first.body == second.body
    assert "too large for an exact explanation" in json.loads(first.body)["detail"]


def test_an_explanation_is_not_to_be_had_as_csv():
    assert ask(GOOD, explain=True, accept="text/csv").status == 406


# -- Every kind of model, and failures ------------------------------------------------------------


class Number(Sum):
    """Predicts the sum."""

    def predict_proba(self, row: Any) -> list[float]:
        return [sum(row)]


def test_a_model_without_classes_answers_with_its_number():
    card = builders.regressor_card()
    model = LiveModel(card, FieldNames(card), Number(), microseconds=1.0)

    one = json.loads(ask({"acidity": 4.0, "shop": "South"}, model).body)
    assert one["prediction"] == 5.0
    assert set(one) == {"prediction", "model"}
    as_csv = ask({"instances": [[3, "North"]]}, model, accept="text/csv")
    assert as_csv.body == b"prediction\r\n3.0\r\n"


def with_colour(*colours: str) -> LiveModel:
    """A model of a colour and an amount of sugar."""
    features = builders.category_feature("colour", *colours), builders.card_feature("sugar")
    golden = Golden(rows=((0.0, 1.0),), probabilities=((0.0, 1.0),))
    card = builders.model_card(features=features, golden=golden)
    return LiveModel(card, FieldNames(card), Sum(), microseconds=1.0)


def test_a_category_is_asked_by_its_text_in_every_form():
    model = with_colour("red", "white")
    rows = [{"colour": "white", "sugar": 2}, ["red", 1]]

    together = json.loads(ask({"instances": rows}, model).body)["predictions"]
    body = b"sugar,colour\n2,white\n1,red\n"
    from_csv = json.loads(ask(body, model, content_type="text/csv").body)["predictions"]

    assert [one["probabilities"]["Sweet"] for one in together] == [3.0, 1.0]
    assert from_csv == together
    assert errors(ask({"instances": [["blue", 1]]}, model)) == [
        (1, "colour", "not one of red, white")
    ]


def test_a_category_that_looks_like_a_number_is_no_place_among_the_categories():
    model = with_colour("2", "1", "03")

    answered = json.loads(ask({"instances": [[1, 1], [2, 1]]}, model).body)["predictions"]
    assert [one["probabilities"]["Sweet"] for one in answered] == [2.0, 1.0]
    assert errors(ask({"instances": [[0, 1]]}, model)) == [(1, "colour", "not one of 2, 1, 03")]
    from_csv = ask(b"colour,sugar\n03,1\n", model, content_type="text/csv")
    assert json.loads(from_csv.body)["predictions"][0]["probabilities"]["Sweet"] == 3.0


def test_an_error_that_nobody_expected_is_a_500_with_an_id_and_no_word_of_it(caplog):
    reply = ask(GOOD, live(Failing(RuntimeError("secret"))))

    mark = dict(reply.headers)["X-Error-Id"]
    assert reply.status == 500
    assert mark in reply.body.decode()
    assert b"secret" not in reply.body
    assert mark in caplog.text
    assert "secret" in caplog.text


def test_a_model_that_cannot_be_asked_any_more_is_a_503():
    reply = ask(GOOD, live(Failing(ModelRefused("The process died."))))

    assert reply.status == 503
    assert dict(reply.headers)["Retry-After"] == "5"


@pytest.mark.parametrize("body", [GOOD, {}, {"instances": []}])
def test_every_reply_says_which_model_it_is_of_and_is_kept_by_nobody(body):
    headers = dict(ask(body).headers)

    assert headers["X-Model-Version"] == "20261101T120000Z-000002"
    assert headers["X-Model-Hash"] == "55dbd32e8649"
    assert headers["Cache-Control"] == "no-store"
