"""The page as one file: what stands in it, and what cannot break out of its places."""

import json
import re

import pytest

from dashboard.model.flat import FlatModel
from dashboard.model.predictor import FlatPredictor
from dashboard.what_if.about import about
from dashboard.what_if.document import document
from dashboard.what_if.exported import html_of
from tests import builders


@pytest.fixture
def flat(shown, live, model):
    """The live model, where it can run in a browser."""
    data = json.loads(builders.MODEL_BYTES)
    predictor = FlatPredictor(FlatModel.from_data(data))
    found = type(model)(model.card, model.fields, predictor, microseconds=1.0)
    shown.change(models={"drinks": found})
    return found


def embedded(html):
    """The document that stands in a file."""
    [data] = re.findall(r'id="what-if-document">(.*?)</script>', html, flags=re.DOTALL)
    return json.loads(data)


def test_the_file_comes_as_a_download_named_after_model_and_version(client, flat):
    answer = client.get("/predict/export")

    assert answer.status_code == 200
    said = answer.headers["Content-Disposition"]
    assert said == "attachment; filename*=UTF-8''drinks-20261101T120000Z-000002.html"
    assert len(answer.data) < 2_000_000


def test_the_file_holds_the_document_and_the_facts_of_the_card(client, flat, live):
    html = client.get("/predict/export?model=drinks").text

    assert embedded(html) == json.loads(
        json.dumps(document(flat, live.profiles["drinks"]), allow_nan=False)
    )
    for fact in ("20261101T120000Z-000002", "000000000000", "1 November 2026", "accuracy 100.0 %"):
        assert fact in html.replace("01 November", "1 November")


def test_nothing_in_the_file_comes_from_elsewhere(client, flat):
    html = client.get("/predict/export").text

    addresses = re.findall(r'(?:src|href)="([^"]*)"|url\("?([^")]*)', html)
    assert {a or b for a, b in addresses} >= {"#main"}
    assert all((a or b).startswith(("#", "data:")) for a, b in addresses if a or b)
    assert "default-src 'none'" in html


def test_no_text_of_a_table_ends_its_place_in_the_file(live, model):
    found = document(model, live.profiles["drinks"])
    found["title"] = "</script><script>alert(1)</script>"
    found["about"] = [["Model", "<img src=x onerror=alert(1)>"]]

    html = html_of(found, search='"><script>alert(2)</script>')

    assert "<script>alert" not in html
    assert "<img" not in html
    assert embedded(html)["title"] == found["title"]


def test_the_state_of_the_page_goes_into_the_file(client, flat):
    html = client.get("/predict/export?state=sugar%3D3%26lock%3Dacidity").text

    assert 'data-search="sugar=3&amp;lock=acidity"' in html


def test_the_card_does_not_say_where_the_rows_lie():
    card = builders.model_card()

    said = str(about(card))

    assert card.data.uri not in said
    assert card.data.sha256 in said
    assert "4 rows, 2 of them trained on" in said


def test_the_card_of_a_regressor_tells_its_errors():
    said = dict(about(builders.regressor_card()))

    assert said["On 4 held-out rows"] == "R² 0.8 (0.7 to 0.9), mean absolute error 0.5"
