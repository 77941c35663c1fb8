"""Monitor: is it still right?"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import dash
from dash import (
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    dcc,
    html,
    no_update,
)
from flask import request

from dashboard.api.explaining import training_profile
from dashboard.components.answer import notice
from dashboard.components.monitor import controls, keeping
from dashboard.components.monitor.cards import SLOTS, cards
from dashboard.components.monitor.changes import Stamps, changes
from dashboard.components.monitor.drawn import About, drawn
from dashboard.components.monitor.nothing import not_kept, unreadable
from dashboard.components.page import page
from dashboard.drift.baseline import reference_profile
from dashboard.live.snapshot import short_hash
from dashboard.monitoring.drifting import group_of, verdicts
from dashboard.monitoring.overview import overview
from dashboard.monitoring.training import class_shares
from dashboard.monitoring.windows import LABELS, window
from dashboard.services import services
from dashboard.snippets import Request, curl
from dashboard.theme import COOKIE, Mode, mode_of
from dashboard.what_if.values import values_of
from store.errors import InputError, LogError
from store.prediction_log.entry import Source
from store.schema import ModelCard

HEADING = "Is it still right?"
LEAD = (
    "What was asked and answered, how fast and how sure, what people said of it, and whether the "
    "inputs still look like the training rows."
)

dash.register_page(
    __name__,
    path="/monitor",
    name="Monitor",
    title="Monitor - Cellar Lab",
    description="Predictions over time, their speed, feedback, and drift from the training data.",
    order=3.2,
    in_navigation=True,
    heading=HEADING,
    lead=LEAD,
)

CLOCK_MS = 5_000
JUDGED = '{"id": "X-Prediction-Id of the answer", "right": true}'
STAMPS = "monitor-stamps"  # of what is shown, so that only what changed is sent
ASKED = {
    "window": controls.WINDOW,
    "since": controls.SINCE,
    "until": controls.UNTIL,
    "model": controls.MODEL,
    "source": controls.SOURCE,
}


def layout(**query: str) -> html.Main:
    door = services()
    names = list(door.live().cards)
    chosen = {name: query.get(name, "") for name in ("since", "until")} | {
        "window": _known(query.get("window", ""), LABELS),
        "model": _name(query.get("model", "")),
        "source": _known(query.get("source", ""), dict(controls.SOURCES)),
    }
    return page(
        HEADING,
        LEAD,
        [
            controls.controls(names, **chosen, hidden=door.log.off),
            dcc.Interval(id=controls.CLOCK, interval=CLOCK_MS),
            dcc.Store(id=STAMPS),
            *cards(is_empty=door.log.off or not names, off=door.log.off),
        ],
        name="monitor",
    )


# What is chosen is in the address; the clock stands still in a hidden tab, or when asked to.
clientside_callback(
    ClientsideFunction("monitor", "address"),
    Output(controls.BETWEEN, "hidden"),
    *(Input(id_, "value") for id_ in ASKED.values()),
)
clientside_callback(
    ClientsideFunction("monitor", "live"),
    Output(controls.CLOCK, "disabled"),
    Input(controls.LIVE, "value"),
)


@callback(
    output={
        "shown": {slot: Output(*place) for slot, place in SLOTS.items()},
        "stamps": Output(STAMPS, "data"),
        "seen": Output(controls.SEEN, "children"),
    },
    inputs={
        "_clock": Input(controls.CLOCK, "n_intervals"),
        "asked": {name: Input(id_, "value") for name, id_ in ASKED.items()},
    },
    state={"seen": State(STAMPS, "data")},
)
def show(_clock: int | None, asked: dict[str, str], seen: Stamps | None) -> dict[str, Any]:
    now = datetime.now(UTC)
    has_figures = "summary" in (seen or {})
    shown, stamps = changes(_drawn(asked, now, is_first=not has_figures), SLOTS, seen or {})
    return {
        "shown": shown,
        "stamps": no_update if stamps == seen else stamps,
        "seen": f"{now:%H:%M:%S} UTC",
    }


def _drawn(asked: dict[str, str], now: datetime, *, is_first: bool) -> dict[str, Any]:
    """What there is to show, by slot; what cannot be told stays as it is, or says why."""
    door = services()
    shown, source = door.card(_name(asked["model"])), _source(asked["source"])
    always = _about_itself(now)
    if door.log.off or shown is None:
        why = door.problem(f"model {door.default()}") or door.problem("release")
        return always | not_kept(off=door.log.off, why=why)
    try:
        span = window(asked["window"], now, since=asked["since"], until=asked["until"])
        found = overview(door.log.engine, span, shown, source)
        moved = verdicts(door.log.engine, shown, reference_profile(shown, door.live()))
    except InputError as error:
        return always | {"said": notice("This window cannot be shown.", str(error))}
    except LogError as error:
        told = {slot: value for slot, value in always.items() if value is not None}
        return unreadable(str(error), is_first=is_first) | told
    return always | drawn(found, _about(shown), moved, group_of(source, moved), _mode())


def _about_itself(now: datetime) -> dict[str, Any]:
    """The cards of the log and the server, and what the log has to say."""
    door = services()
    state = door.log.state()
    return {
        "said": keeping.outage(state, now),
        "log": keeping.log_state(state, now),
        "server": keeping.server_state(door.server, door.live().since),
    }


def _about(shown: ModelCard) -> About:
    door = services()
    model = door.model(shown.name)
    path = "/predict" if shown.name == door.default() else f"/models/{quote(shown.name)}/predict"
    origin = request.host_url.rstrip("/")
    asked = Request(path, json.dumps(values_of(shown.features, {})))
    return About(
        shown,
        short_hash(model.card) if model else None,
        len(door.live().cards) < 2,
        class_shares(shown, training_profile(shown, door.live().profiles)),
        curl(origin, asked),
        curl(origin, Request("/feedback", JUDGED)),
    )


def _name(asked: str) -> str:
    """The model that is asked for, where it is one; else the default."""
    door = services()
    return asked if asked in door.live().cards else door.default()


def _known(asked: str, choices: Mapping[str, str]) -> str:
    """What is asked for, where it is one of the choices; else the first of them."""
    return asked if asked in choices else next(iter(choices))


def _source(asked: str) -> Source | None:
    return Source[asked.upper()] if asked.upper() in Source.__members__ else None


def _mode() -> Mode:
    """The visitor's mode."""
    return mode_of(request.cookies.get(COOKIE))
