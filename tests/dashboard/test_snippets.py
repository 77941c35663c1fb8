"""What the API page shows works as it stands there: every listing is run."""

import json
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from dash import Dash
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from dashboard.snippets import LANGUAGES, curl, javascript, python, requests

ROW: dict[str, float | str] = {"acidity": 2.0, "sugar": 4.0}
OTHER: dict[str, float | str] = {"acidity": 1.0, "sugar": 1.0}
ASKED = requests("/predict", ROW, OTHER, shown=("label", "probabilities"))
ANSWERED = {
    "row": "Sweet {'Dry': 0.19999999999999996, 'Sweet': 0.8}",
    "rows": "[{'prediction': 1, ",
    "csv": "prediction,label,probability_Dry,probability_Sweet",
}


@pytest.fixture
def url(app: Dash) -> Iterator[str]:
    """Where the app answers over HTTP."""
    server = make_server("127.0.0.1", 0, app.server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def words(listing: str) -> list[str]:
    """As a shell reads it: a backslash at the end of a line joins it with the next."""
    return shlex.split(listing.replace("\\\n", ""))


@pytest.mark.parametrize("kind", ANSWERED)
def test_the_python_listing_prints_the_answer(url, kind, tmp_path):
    listing = python(url, ASKED[kind][1])

    done = subprocess.run(
        [sys.executable, "-I", "-c", listing], capture_output=True, text=True, timeout=60
    )

    assert done.stderr == ""
    assert done.stdout.startswith(ANSWERED[kind])


@pytest.mark.parametrize("kind", ANSWERED)
def test_the_curl_listing_sends_what_is_answered(client: FlaskClient, kind):
    program, address, *options = words(curl("http://127.0.0.1:8050", ASKED[kind][1]))
    given = list(zip(options[::2], options[1::2], strict=True))
    headers = [tuple(value.split(": ")) for option, value in given if option == "-H"]

    answer = client.post(
        address.removeprefix("http://127.0.0.1:8050"),
        data=dict(given)["--data-binary"],
        headers=headers,
    )

    assert program == "curl"
    assert answer.status_code == 200
    assert "Sweet" in answer.text


def test_a_quote_in_a_category_breaks_no_listing():
    quoted = requests("/predict", {"shop": 'Jo\'s "best"'}, {"shop": "b"}, shown=("prediction",))

    sent = words(curl("http://127.0.0.1", quoted["row"][1]))[-1]

    assert json.loads(sent) == {"shop": 'Jo\'s "best"'}
    compile(python("http://127.0.0.1", quoted["row"][1]), "listing", "exec")


def test_every_way_to_ask_is_written_in_every_language():
    for _, request in ASKED.values():
        for write in LANGUAGES.values():
            assert f"http://127.0.0.1{request.path}" in write("http://127.0.0.1", request)
    assert "answer.label, answer.probabilities" in javascript("", ASKED["row"][1])
