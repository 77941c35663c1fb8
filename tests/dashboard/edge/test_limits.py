"""Limits refuse early and politely, and are off where nobody set them."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from dashboard import create_app
from dashboard.services import Services
from dashboard.settings import Settings
from tests.dashboard.conftest import Shown

GOOD = {"acidity": 2.0, "sugar": 4.0}
THEIRS = "https://their.example"


@pytest.fixture
def limited(shown: Shown) -> Callable[..., FlaskClient]:
    def client(**settings) -> FlaskClient:
        door = Services(lambda: shown.live, lambda: shown.live)
        return create_app(Settings(**settings), door).server.test_client()

    return client


# Rate


def test_a_client_beyond_the_rate_is_told_when_to_come_again(limited):
    client = limited(rate_limit="3/minute", workers=1)

    answers = [client.post("/predict", json=GOOD) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].mimetype == "application/problem+json"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


def test_the_rate_is_shared_by_the_workers(limited):
    client = limited(rate_limit="4/minute", workers=2)

    statuses = [client.post("/predict", json=GOOD).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


def test_another_address_has_a_rate_of_its_own(limited):
    client = limited(rate_limit="1/hour", workers=1)
    first = {"REMOTE_ADDR": "192.0.2.1"}

    statuses = [
        client.post("/predict", json=GOOD, environ_overrides=where).status_code
        for where in (first, first, {"REMOTE_ADDR": "192.0.2.2"})
    ]

    assert statuses == [200, 429, 200]


def test_behind_a_router_the_client_is_who_the_router_says(limited):
    client = limited(rate_limit="1/hour", workers=1, hosted=True)

    def ask(forwarded: str) -> int:
        headers = {"X-Forwarded-For": forwarded}
        return client.post("/predict", json=GOOD, headers=headers).status_code

    # What the client claims comes first, what the router saw comes last.
    assert [ask("8.8.8.8, 192.0.2.1"), ask("9.9.9.9, 192.0.2.1"), ask("192.0.2.2")] == [
        200,
        429,
        200,
    ]


def test_without_a_router_nobody_is_who_he_claims_to_be(limited):
    client = limited(rate_limit="1/hour", workers=1)

    def ask(forwarded: str) -> int:
        headers = {"X-Forwarded-For": forwarded}
        return client.post("/predict", json=GOOD, headers=headers).status_code

    assert [ask("192.0.2.1"), ask("192.0.2.2")] == [200, 429]


def test_reading_pages_is_not_counted(limited):
    client = limited(rate_limit="1/hour", workers=1)

    assert {client.get("/healthz").status_code for _ in range(5)} == {200}


# Bodies


def test_a_body_beyond_the_limit_is_a_413(limited):
    client = limited(max_body_bytes=100)

    fits = client.post("/predict", json=GOOD)
    answer = client.post("/predict", data=b" " * 101, content_type="application/json")

    assert fits.status_code == 200
    assert answer.status_code == 413
    assert answer.mimetype == "application/problem+json"


def test_the_limit_may_be_more_than_its_default(limited):
    body = b'{"acidity": ' + b" " * 2**20 + b'2.0, "sugar": 4.0}'

    for path in ("/predict", "/models/drinks/predict"):
        client = limited(max_body_bytes=2**21)
        assert client.post(path, data=body, content_type="application/json").status_code == 200


# Other origins


def test_a_script_of_a_listed_origin_may_ask(limited):
    client = limited(cors_origins=frozenset([THEIRS]))

    answer = client.post("/predict", json=GOOD, headers={"Origin": THEIRS})

    assert answer.headers["Access-Control-Allow-Origin"] == THEIRS
    assert "X-Model-Version" in answer.headers["Access-Control-Expose-Headers"]
    assert "Origin" in answer.headers.getlist("Vary")
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_problem_can_be_read_there_too(limited):
    client = limited(cors_origins=frozenset([THEIRS]))

    answer = client.post("/predict", json={}, headers={"Origin": THEIRS})

    assert answer.status_code == 422
    assert answer.headers["Access-Control-Allow-Origin"] == THEIRS


def test_a_preflight_is_answered(limited):
    client = limited(cors_origins=frozenset([THEIRS]))
    asked = {"Origin": THEIRS, "Access-Control-Request-Method": "POST"}

    answer = client.options("/models/drinks/predict", headers=asked)

    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == THEIRS
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("origin", ["https://evil.example", "https://their.example.evil", "null"])
def test_another_origin_gets_no_leave(limited, origin):
    client = limited(cors_origins=frozenset([THEIRS]))
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}

    answers = [
        client.post("/predict", json=GOOD, headers=asked),
        client.options("/models", headers=asked),
    ]

    assert all("Access-Control-Allow-Origin" not in answer.headers for answer in answers)
    assert all("Access-Control-Allow-Methods" not in answer.headers for answer in answers)


def test_every_origin_may_be_listed(limited):
    client = limited(cors_origins=frozenset("*"))

    answer = client.get("/models", headers={"Origin": "https://any.example"})

    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_pages_are_for_no_other_origin(limited):
    client = limited(cors_origins=frozenset("*"))

    assert "Access-Control-Allow-Origin" not in client.get("/", headers={"Origin": THEIRS}).headers


def test_without_the_setting_no_origin_has_leave(limited):
    answer = limited().post("/predict", json=GOOD, headers={"Origin": THEIRS})

    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
