"""The Model page's cards about trust, their chart, and what the what-if page is given."""

import dataclasses
import json
import sys
from typing import Any

import pytest
from plotly.utils import PlotlyJSONEncoder

from dashboard.components.quality import quality_cards
from dashboard.components.trust import trust_cards
from dashboard.figures.regression import predicted_against_true, residuals
from dashboard.figures.reliability import reliability
from dashboard.what_if.document import document
from store.trust import CONFIDENCES, Calibration, Trust
from tests import builders
from tests.charts import checked

CALIBRATION = Calibration(**builders.trust().calibration.model_dump())
IDENTITY = Calibration(
    **CALIBRATION.model_dump() | {"exponent": 1.0, "floor": 0.0, "log_loss_after": 0.4}
)


def text(component: Any) -> str:
    """All of a component as JSON, to look for words in it."""
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def texts(cards: list[Any]) -> list[str]:
    return [text(card) for card in cards]


def test_a_reliability_curve_has_a_point_a_bin_with_its_interval() -> None:
    _, said, meant = checked(reliability(CALIBRATION)).data

    assert (said.name, meant.name) == ("As the model says", "Calibrated")
    assert (said.marker.symbol, meant.marker.symbol) == ("square", "circle")
    assert list(said.x) == [25 - 0.8, 75 - 0.8]
    assert list(said.y) == [0.0, 100.0]
    assert list(said.error_y.array) == pytest.approx([16.1125, 0.0])
    assert list(said.error_y.arrayminus) == pytest.approx([0.0, 16.1125])
    assert [list(item) for item in meant.customdata] == [[75.0, 20]]


def test_probabilities_that_stay_as_they_are_have_one_curve_in_its_place() -> None:
    _, said = checked(reliability(IDENTITY)).data

    assert list(said.x) == [25.0, 75.0]


def test_a_card_with_trust_has_the_curve_in_place_of_the_table_of_held_out_rows() -> None:
    plain = builders.model_card()
    told = builders.model_card(trust=builders.trust())

    def believed(card) -> int:
        shown = [*quality_cards(card, "light"), *trust_cards(card, "light")]
        return sum("Can the probabilities be believed?" in text for text in texts(shown))

    assert (believed(plain), believed(told)) == (1, 1)
    assert trust_cards(plain, "light") == []
    assert len(trust_cards(told, "light")) == 3


def test_coverage_stands_beside_its_promise_and_its_band() -> None:
    told = texts(trust_cards(builders.model_card(trust=builders.trust()), "light"))[1]

    for said in ("80 %", "95 %", "99 %", "80.0 % (8 of 10)", "60.0 to 100.0 %", "90.0 %"):
        assert f'"{said}"' in told


def test_a_regressor_has_the_width_of_its_intervals_in_its_unit() -> None:
    card = builders.regressor_card(trust=builders.trust(calibration=None, plausibility=None))

    promises, rest = texts(trust_cards(card, "light"))

    assert "Width (euros)" in promises
    assert "Empty" not in promises
    assert "Area under" not in rest


def test_why_something_is_not_known_is_said() -> None:
    unknown = Trust(origin="unseen", notes=("Nobody knows.",))

    (only,) = texts(trust_cards(builders.model_card(trust=unknown), "light"))

    assert "Nobody knows." in only


def test_the_model_page_shows_what_was_measured(app, shown, model) -> None:
    card = builders.model_card(trust=builders.trust())
    shown.change(cards={"drinks": card}, models={"drinks": dataclasses.replace(model, card=card)})

    with app.server.test_request_context():
        drawn = text(sys.modules["dashboard.pages.model"].layout())

    assert "Does it keep its promises?" in drawn
    assert "shuffled one the odder in 75 of 100 pairs" in drawn


def test_the_what_if_page_is_given_what_judges_but_no_bins(model) -> None:
    card = builders.model_card(trust=builders.trust())

    told = document(dataclasses.replace(model, card=card), builders.profile())["trust"]
    nothing = document(model, builders.profile())["trust"]

    assert nothing is None
    assert set(told["calibration"]) == {
        "exponent",
        "floor",
        "log_loss_before",
        "log_loss_after",
        "rows",
    }
    assert [item["promised"] for item in told["conformal"]["coverage"]] == list(CONFIDENCES)
    assert told["plausibility"]["clouds"][0]["upper"] == [1.0, -0.5, 1.0]


def test_what_a_regressor_missed_stands_around_the_line_of_no_error() -> None:
    found = builders.held_out_regression()

    rows, right = checked(predicted_against_true(found, "Price")).data
    missed = checked(residuals(found, "Price"))

    assert list(right.x) == list(right.y)
    assert list(missed.data[0].x) == list(rows.y)
    band, nothing = missed.layout.shapes
    assert (band.y0, band.y1, nothing.y0) == (found.residuals["0.05"], found.residuals["0.95"], 0)
    assert {(shape.xref, shape.x0, shape.x1) for shape in (band, nothing)} == {("x domain", 0, 1)}
