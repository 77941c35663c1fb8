"""What people and programs are told while the store does not confirm what serves."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from dashboard.components.outage import age, outage_notice
from dashboard.live.snapshot import LiveModel, Outage
from store.schema import now
from tests.builders import CREATED, SHA256
from tests.dashboard.conftest import Shown

AWAY = Outage(CREATED, "s3://bucket/current.json: no connection", away=True)


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=-5), "less than a minute"),  # a clock was set back
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=47), "1 day"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_an_age_is_said_as_people_say_it(span: timedelta, text: str) -> None:
    assert age(span) == text


def test_the_notice_says_since_when_how_old_and_why_where_it_is_asked() -> None:
    at = CREATED + timedelta(minutes=5)
    short = str(outage_notice(AWAY, CREATED - timedelta(minutes=1), at))
    long = str(outage_notice(AWAY, CREATED, at, why=True))

    assert "The store has been away since 12:00 UTC." in short
    assert "Serving the last good release, 6 minutes old." in short
    assert "bucket" not in short
    assert AWAY.reason in long


def test_an_answer_that_cannot_be_used_is_no_absence_and_old_outages_have_a_date() -> None:
    odd = Outage(CREATED, "not signed", away=False)

    told = str(outage_notice(odd, CREATED, CREATED + timedelta(days=2)))

    assert "has had no usable release since 01 November, 12:00 UTC" in told


def test_there_is_no_notice_without_an_outage_or_before_anything_was_loaded() -> None:
    assert outage_notice(None, CREATED, CREATED) is None
    assert outage_notice(AWAY, None, CREATED) is None


def test_readyz_of_a_stale_release_is_200_and_says_how_sure_it_is(
    client: FlaskClient, shown: Shown
) -> None:
    shown.change(
        since=CREATED,
        confirmed=now() - timedelta(seconds=90),
        outage=AWAY,
        problems={"release": AWAY.reason},
    )

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json["stale"] is True
    assert answer.json["stale_since"] == answer.json["since"] == "2026-11-01T12:00:00+00:00"
    assert 90 <= answer.json["confirmed_seconds_ago"] < 100
    assert (answer.json["release"], answer.json["sequence"]) == ("000001-abcdef", 1)
    assert answer.json["reasons"] == {"release": AWAY.reason}


def test_readyz_names_version_hash_engine_and_candidate_of_each_model(
    client: FlaskClient, shown: Shown, model: LiveModel
) -> None:
    shown.change(candidates={"drinks": model})

    about = client.get("/readyz").json["models"]["drinks"]

    candidate = about.pop("candidate")
    assert about == candidate
    assert about["sha256"] == model.card.file.sha256 != SHA256
    assert (about["version"], about["engine"], about["notice"]) == (
        model.card.version,
        "flat",
        None,
    )


@pytest.mark.parametrize("path", ["/", "/model", "/_dash-layout", "/readyz"])
def test_pages_say_in_their_headers_which_model_serves(
    client: FlaskClient, shown: Shown, model: LiveModel, path: str
) -> None:
    headers = client.get(path).headers
    assert headers["X-Model-Version"] == model.card.version
    assert headers["X-Model-Hash"] == model.card.file.sha256[:12]

    shown.change(models={})
    assert "X-Model-Version" not in client.get(path).headers


def test_files_that_are_cached_say_nothing_of_a_model(client: FlaskClient) -> None:
    with client.get("/assets/cellar.js") as answer:
        assert "X-Model-Version" not in answer.headers
