"""Monitor's callback, called as a plain function over a log with real predictions."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dash import no_update

from dashboard import create_app
from dashboard.components.monitor.cards import SLOTS
from dashboard.prediction_log.recorder import PredictionLog
from dashboard.services import Services
from dashboard.settings import Settings
from store.prediction_log.entry import Entry, Served, Source
from store.prediction_log.ids import first_id, new_id
from store.prediction_log.writing import give_feedback, write
from tests.charts import checked
from tests.dashboard.test_pages import page, text

ASKED = {"window": "hour", "since": "", "until": "", "model": "drinks", "source": "all"}


def entry(answer: str = "1", source: Source = Source.API, **changes: Any) -> Entry:
    sweet = 0.9 if answer == "1" else 0.2
    return Entry(
        id=new_id(),
        served=Served("drinks", "v1", "000000000000", "flat"),
        source=source,
        features=json.dumps({"acidity": 2.0, "sugar": 3.0}),
        answer=answer,
        outputs=json.dumps({"Dry": 1 - sweet, "Sweet": sweet}),
        microseconds=80,
        plausibility=None,
    )._replace(**changes)


@pytest.fixture
def log(tmp_path: Path) -> PredictionLog:
    return PredictionLog(f"sqlite:///{tmp_path / 'log.db'}", tmp_path / "journals")


@pytest.fixture
def app(shown: Any, log: PredictionLog) -> Any:
    return create_app(Settings(), Services(lambda: shown.live, lambda: shown.live, log=log))


def show(app: Any, seen: dict[str, str] | None = None, **asked: str) -> dict[str, Any]:
    with app.server.test_request_context("http://127.0.0.1:8050/"):
        found: dict[str, Any] = page("monitor").show(None, ASKED | asked, seen)
        return found


def test_without_traffic_the_page_gives_the_command_that_makes_the_first_prediction(app):
    shown = show(app)["shown"]

    assert "No traffic yet" in text(shown["nothing"])
    assert "curl http://127.0.0.1:8050/predict" in text(shown["nothing"])
    assert shown["is_empty"] is True
    assert shown["over_time"] is no_update


def test_predictions_fill_every_card(app, log):
    write(log.engine, [entry("1"), entry("0"), entry("1")], {})

    shown = show(app)["shown"]

    assert shown["is_empty"] is False
    assert [slot for slot in SLOTS if shown[slot] is no_update] == []
    assert [sum(bars.y) for bars in checked(shown["over_time"]).data] == [1, 2]
    assert "3 by API" in text(shown["summary"])


def test_what_the_visitor_has_already_is_not_sent_again(app, log):
    write(log.engine, [entry()], {})
    first = show(app)

    again = show(app, first["stamps"])

    changing = {"server"}  # memory comes and goes
    assert {s for s, value in again["shown"].items() if value is not no_update} <= changing


def test_one_more_prediction_sends_what_tells_of_it(app, log):
    write(log.engine, [entry()], {})
    first = show(app)
    write(log.engine, [entry()], {})

    again = show(app, first["stamps"])

    fresh = {slot for slot, value in again["shown"].items() if value is not no_update}
    assert {"summary", "over_time", "mix_table", "versions"} <= fresh
    assert "nothing" not in fresh


def test_a_source_shows_its_own_predictions_alone(app, log):
    write(log.engine, [entry(), entry(source=Source.PAGE), entry(source=Source.PAGE)], {})

    shown = show(app, source="page")["shown"]

    assert "2 from the page" in text(shown["summary"])
    assert "by API" not in text(shown["summary"])


def test_a_source_shows_what_was_said_of_its_own_predictions_alone(app, log):
    by_api, by_page = entry("1"), entry("1", source=Source.PAGE)
    write(log.engine, [by_api, by_page], {})
    give_feedback(log.engine, by_api.id, True, None)
    give_feedback(log.engine, by_page.id, False, "0")

    shown = {source: show(app, source=source)["shown"] for source in ("all", "api", "page")}

    said = {source: text(one["feedback"]) for source, one in shown.items()}
    assert "1 of 2 right" in said["all"]
    assert "1 of 1 right" in said["api"]
    assert "0 of 1 right" in said["page"]
    assert "100.0 %" in text(shown["api"]["summary"])


def test_errors_say_that_they_are_of_every_source_where_one_is_chosen(app, log):
    minute = int(datetime.now(UTC).timestamp()) // 60 * 60_000
    write(log.engine, [entry()], {(minute, "malformed"): 3})

    of_all, of_one = show(app)["shown"], show(app, source="api")["shown"]

    assert "of every model and source" not in text(of_all["summary"]) + text(of_all["failures"])
    assert "3 requests failed, of every model and source" in text(of_one["summary"])
    assert "of every model and source, whatever is chosen" in text(of_one["failures"])


def test_errors_say_that_they_are_of_every_model_where_there_are_several(app, log, shown):
    cards = {"drinks": shown.live.cards["drinks"], "cheese": shown.live.cards["drinks"]}
    shown.change(cards=cards)
    minute = int(datetime.now(UTC).timestamp()) // 60 * 60_000
    write(log.engine, [entry()], {(minute, "malformed"): 1})

    assert "1 request failed, of every model and source" in text(show(app)["shown"]["summary"])


def test_what_programs_ask_in_either_way_is_tested_together_and_the_page_says_so(app, log):
    write(log.engine, [entry(), entry(source=Source.PAGE)], {})

    said = {one: text(show(app, source=one)["shown"]["sample"]) for one in ("all", "api", "page")}

    assert ["tested together" in words for words in said.values()] == [False, True, False]


def test_feedback_shows_its_share_with_the_interval(app, log):
    entries = [entry("1") for _ in range(10)]
    write(log.engine, entries, {})
    for one in entries[:9]:
        give_feedback(log.engine, one.id, True, None)
    give_feedback(log.engine, entries[9].id, False, "0")

    shown = show(app)["shown"]

    assert "90.0 %" in text(shown["summary"])
    assert "59.6 to 98.2 %" in text(shown["feedback"])


def test_errors_are_told_by_kind(app, log):
    minute = int(datetime.now(UTC).timestamp()) // 60 * 60_000
    write(log.engine, [entry()], {(minute, "wrong fields"): 3})

    shown = show(app)["shown"]

    assert "Wrong fields" in text(shown["failures"])
    assert "3 requests failed" in text(shown["summary"])


def test_a_window_without_traffic_leads_to_the_last_day_that_had_some(app, log):
    earlier = datetime.now(UTC) - timedelta(days=3)
    write(log.engine, [entry(id=first_id(int(1000 * earlier.timestamp())))], {})

    shown = show(app)["shown"]

    assert "No traffic in this window" in text(shown["nothing"])
    assert f"window=custom&since={earlier:%Y-%m-%d}T00:00" in text(shown["nothing"])


def test_a_window_before_all_traffic_does_not_say_that_there_was_none(app, log):
    write(log.engine, [entry()], {})

    shown = show(app, window="custom", since="2020-01-01T00:00", until="2020-01-02T00:00")["shown"]

    assert "No traffic in this window" in text(shown["nothing"])
    assert f"window=custom&since={datetime.now(UTC):%Y-%m-%d}T00:00" in text(shown["nothing"])


def test_a_source_without_traffic_does_not_hide_that_others_have_some(app, log):
    write(log.engine, [entry()], {})

    said = text(show(app, source="page")["shown"]["nothing"])

    assert "Nobody has asked this model from the page" in said
    assert "All sources" in said
    assert "curl" not in said


def test_the_link_to_the_last_day_keeps_the_source_that_is_chosen(app, log):
    earlier = datetime.now(UTC) - timedelta(days=3)
    moment = first_id(int(1000 * earlier.timestamp()))
    write(log.engine, [entry(id=moment, source=Source.PAGE), entry()], {})

    said = text(show(app, source="page")["shown"]["nothing"])

    assert f"since={earlier:%Y-%m-%d}T00:00" in said
    assert "model=drinks&source=page" in said


def test_errors_are_told_where_nothing_was_answered(app, log):
    minute = int(datetime.now(UTC).timestamp()) // 60 * 60_000
    write(log.engine, [], {(minute, "malformed"): 3})

    assert "3 requests failed." in text(show(app)["shown"]["nothing"])


def test_a_span_that_is_none_says_so_and_leaves_the_figures(app, log):
    write(log.engine, [entry()], {})

    shown = show(app, window="custom", since="", until="")["shown"]

    assert "has to be a day and a time" in text(shown["said"])
    assert shown["over_time"] is no_update


def test_a_database_that_is_away_leaves_what_was_shown(app, log, tmp_path):
    write(log.engine, [entry()], {})
    first = show(app)
    log.engine.dispose()
    (tmp_path / "log.db").unlink()
    (tmp_path / "log.db").mkdir()

    again = show(app, first["stamps"])["shown"]
    fresh = show(app)["shown"]

    assert again["over_time"] is no_update
    assert again["is_empty"] is no_update
    assert "What you see is from before" in text(again["said"])
    assert "cannot be read" in text(fresh["nothing"])
    assert fresh["is_empty"] is True


def test_a_server_that_keeps_nothing_says_how_to_change_that(shown):
    app = create_app(Settings(), Services(lambda: shown.live, lambda: shown.live))

    said = show(app)["shown"]

    assert "LOG_PREDICTIONS=off" in text(said["nothing"])


def test_a_server_that_keeps_nothing_has_nothing_to_choose_and_tells_of_no_log(shown, app):
    silent = create_app(Settings(), Services(lambda: shown.live, lambda: shown.live))

    def hidden(of: Any) -> list[str]:
        with of.server.test_request_context():
            boxes = page("monitor").layout()._traverse()
            boxes = [box for box in boxes if "card-box" in (getattr(box, "className", "") or "")]
        return [text(box) for box in boxes if getattr(box, "hidden", False)]

    controls, log = hidden(silent)
    assert "Span of time" in controls
    assert "Is every prediction kept?" in log
    assert hidden(app) == []


def test_without_a_model_the_page_says_why_and_what_makes_one(app, shown):
    shown.change(cards={}, models={}, problems={"release": "no bucket"})

    said = show(app)["shown"]

    assert "no bucket" in text(said["nothing"])
    assert "python -m pipeline run" in text(said["nothing"])


def test_a_link_chooses_and_what_is_no_choice_is_the_first(app):
    with app.server.test_request_context():
        layout = page("monitor").layout(window="week", source="nonsense", model="no")

    assert '"value": "week"' in text(layout)
    assert '"value": "all"' in text(layout)
