"""Spark: what did the job do, and was it worth a cluster?"""

from typing import Any

import dash
from dash import Input, Output, callback, html, no_update
from flask import request

from dashboard.components.answer import notice, shown_alone
from dashboard.components.drop_zone import drop_zone
from dashboard.components.engines import engine_cards
from dashboard.components.page import attributes, card, command, empty, page
from dashboard.components.spark import what_it_did
from dashboard.services import services
from dashboard.theme import COOKIE, Mode, mode_of
from dashboard.uploads import MAX_EXPANDED_BYTES, MAX_UPLOAD_BYTES, read_upload
from store.errors import NotAnEventLog

HEADING = "What did Spark do?"
LEAD = (
    "Every job, stage and task of an application, read from its event log: where the time went, "
    "what stands out, and whether more cores would have helped."
)

dash.register_page(
    __name__,
    path="/spark",
    name="Spark",
    title="Spark - Cellar Lab",
    description="What a Spark application did, where its time went, and what to do about it.",
    order=1.5,
    in_navigation=True,
    heading=HEADING,
    lead=LEAD,
)

SHOWN = "spark-shown"
LOG = "spark-log"  # assets/spark.js puts the visitor's files in
ENGINES = "engines"
STATUS = "spark-status"


def layout(application: str = "", **_query: str) -> html.Main:
    names = list(services().live().applications)
    shown = services().application(application if application in names else None)
    cards = what_it_did(shown, _mode()) if shown else _nothing()
    return page(
        HEADING,
        LEAD,
        [
            _others(names, application if application in names else _default(names)),
            html.Div(cards, id=SHOWN, className="cards"),
            _any_log(),
            html.Div(
                engine_cards(services().engine_run(), _mode(), problem=services().problem(ENGINES)),
                id=ENGINES,
                className="cards",
            ),
        ],
        name="spark",
    )


@callback(
    Output(SHOWN, "children"),
    Output(STATUS, "children"),
    Input(LOG, "data"),
    prevent_initial_call=True,
)
def show_upload(log: dict[str, list[str]] | None) -> tuple[Any, Any]:
    if not log:
        raise dash.exceptions.PreventUpdate
    try:
        shown = read_upload(log["names"], log["contents"])
    except NotAnEventLog as error:
        return no_update, notice("This log cannot be shown.", str(error), kind="bad")
    cards = [shown_alone("log"), *what_it_did(shown, _mode())]
    return cards, f"{shown.name} is shown above."


def _default(names: list[str]) -> str:
    default = services().default()
    return default if default in names else next(iter(names), "")


def _nothing() -> list[Any]:
    door = services()
    name = door.default()
    why = door.problem(f"application {name}") or door.problem("release")
    nothing = empty(
        "No application is published yet.",
        [
            command("python -m pipeline run"),
            command("python -m pipeline application EVENT_LOG --publish"),
        ],
        why=why,
    )
    return [card("No application", nothing)]


def _others(names: list[str], shown: str) -> html.Nav | None:
    if len(names) < 2:
        return None
    links = [
        html.A(
            name,
            href=f"/spark?application={name}",
            className="pill",
            **(attributes(aria_current="true") if name == shown else {}),
        )
        for name in names
    ]
    return html.Nav(links, className="pills", **attributes(aria_label="Applications"))


def _any_log() -> html.Section:
    packed, expanded = MAX_UPLOAD_BYTES // 2**20, MAX_EXPANDED_BYTES // 2**20
    return card(
        "Look at any Spark application's log",
        drop_zone(
            "spark",
            store=LOG,
            button="Choose a log",
            otherwise="or drop it here: one file, or all files of a rolling log.",
        ),
        caption=f"Plain or packed with zstd, at most {packed} MB ({expanded} MB unpacked). It is "
        "read on this server, shown to you alone, and kept nowhere. Spark writes it when "
        "spark.eventLog.enabled=true, into spark.eventLog.dir.",
    )


def _mode() -> Mode:
    """The visitor's mode."""
    return mode_of(request.cookies.get(COOKIE))
