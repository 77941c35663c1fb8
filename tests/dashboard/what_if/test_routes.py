"""What the what-if page fetches, how long it is kept, and when it is gone."""

import threading

import brotli
import pytest

from dashboard.api.prediction import FieldNames
from dashboard.live.snapshot import LiveModel
from dashboard.what_if import documents
from dashboard.what_if.document import document
from dashboard.what_if.documents import address, kept_document, others
from dashboard.what_if.routes import start
from tests import builders
from tests.dashboard.conftest import FakePredictor

FOREVER = "public, max-age=31536000, immutable"


@pytest.fixture
def addresses(live, model):
    return start(model, live)


def another(predictor=None, **changes):
    """A second model of the release."""
    card = builders.model_card(**{"name": "second", "title": "Second"} | changes)
    return LiveModel(card, FieldNames(card), predictor or FakePredictor(), microseconds=1.0)


@pytest.mark.parametrize("what", ["document", "script", "start"])
def test_what_is_under_an_address_of_its_content_is_kept_for_good(client, addresses, what):
    answer = client.get(addresses[what])

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == FOREVER
    assert "X-Model-Version" not in answer.headers


@pytest.mark.parametrize("what", ["document", "script", "start"])
@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_it_goes_out_packed_as_the_browser_takes_it(client, addresses, what, coding):
    plain = client.get(addresses[what])
    packed = client.get(addresses[what], headers={"Accept-Encoding": coding})

    assert packed.headers["Content-Encoding"] == coding
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.data) < len(plain.data) / 2
    if coding == "br":
        assert brotli.decompress(packed.data) == plain.data


@pytest.mark.parametrize(
    "path",
    [
        "/assets/what-if/drinks/0123456789abcdef.json",
        "/assets/what-if/nobody/0123456789abcdef.json",
        "/assets/what-if/0123456789abcdef.js",
        "/assets/what-if/drinks/0123456789abcdef-0123456789abcdef.js",
    ],
)
def test_what_is_gone_is_a_problem_that_nobody_keeps(client, path):
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    assert "Load the page again." in answer.json["detail"]
    assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_a_page_that_starts_early_has_its_document_in_the_module_that_begins(client, addresses):
    document = client.get(addresses["document"]).text

    module = client.get(addresses["start"]).text

    assert module == f'import {{ begin }} from "{addresses["script"]}";\nbegin({document});\n'


def test_a_module_that_begins_goes_with_its_script(client, addresses):
    digest = addresses["start"].rpartition("-")[2]
    of_another_program = addresses["start"].replace(digest, "0123456789abcdef.js")

    assert client.get(of_another_program).status_code == 404


def test_the_document_of_a_model_that_was_replaced_is_gone(client, shown, addresses):
    newer = another(name="drinks", version="20261102T000000Z-000003")

    shown.change(models={"drinks": newer})

    assert client.get(addresses["document"]).status_code == 404
    assert client.get(address(newer, shown.live)).json["version"] == newer.card.version


def test_a_document_is_made_once_however_many_ask_at_once(live, model, monkeypatch):
    made = []

    def counted(*given):
        made.append(given)
        return document(*given)

    monkeypatch.setattr(documents, "document", counted)
    threads = [threading.Thread(target=kept_document, args=(model, live)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 1


def test_another_profile_is_another_document(live, model, shown):
    first = address(model, live)
    wider = builders.profile(sample=builders.Sample(columns=("acidity",), groups=(), values=()))

    shown.change(profiles={"drinks": wider})

    assert address(model, shown.live) != first


def test_two_processes_give_a_document_the_same_address(live, model):
    twin = LiveModel(model.card, model.fields, FakePredictor(), microseconds=3.0)

    assert address(twin, live) == address(model, live)


def test_models_that_take_the_same_inputs_are_offered_beside_it(shown, model, client):
    second, salt = another(), builders.card_feature("salt")
    stranger = another(name="third", features=(builders.card_feature("acidity"), salt))
    shown.change(models={"drinks": model, "second": second, "third": stranger})

    [offered] = others(model, shown.live)

    assert (offered["name"], offered["title"]) == ("second", "Second")
    assert client.get(offered["document"]).json["name"] == "second"


def test_a_model_that_cannot_run_in_a_browser_is_not_given_as_a_file(client):
    answer = client.get("/predict/export")

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"


def test_there_is_no_file_of_a_model_that_is_not_there(client):
    assert client.get("/predict/export?model=nobody").status_code == 404


def test_there_is_no_file_while_the_model_is_being_opened(client, shown):
    shown.change(models={})

    answer = client.get("/predict/export")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
