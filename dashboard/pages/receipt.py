"""Receipt: what was asked, what was answered, and does it still come out the same?"""

from typing import Any

import dash
from dash import Input, Output, State, callback, dcc, html, no_update
from flask import request

from dashboard.api.problems import Problem
from dashboard.components.page import card, empty, page
from dashboard.components.receipt import links, outcome, replay_button, sheet
from dashboard.receipts.lookup import kept
from dashboard.receipts.qr import qr_address
from dashboard.receipts.receipt import Receipt
from dashboard.services import services
from store.errors import StoreError

HEADING = "Receipt"
LEAD = "An answer with its inputs and its model, signed. Anybody can check it again."

dash.register_page(
    __name__,
    path_template="/receipt/<receipt_id>",
    name="Receipt",
    title="Receipt - Cellar Lab",
    description="A signed answer of the model, which can be replayed to the last bit.",
    order=9,
    heading=HEADING,
    lead=LEAD,
)

NAME = "receipt"
REPLAY, RESULT, ID = "receipt-replay", "receipt-result", "receipt-id"
AWAY = "The registry of models does not answer at the moment. Try again later."


def layout(receipt_id: str = "", **_query: str) -> html.Main:
    try:
        receipt = _issued(receipt_id)
    except Problem as problem:
        return page(HEADING, LEAD, [_none("The receipt cannot be read", str(problem))], name=NAME)
    if receipt is None:
        return page(HEADING, LEAD, [_none("There is no such receipt", _why())], name=NAME)
    door = services()
    address = f"{request.host_url}receipt/{receipt.id}"
    body = [
        sheet(
            receipt,
            door.receipts.card(receipt.model, door.live().opened()),
            address=address,
            qr=qr_address(address),
            lasting=door.receipts.lasting,
            actions=[replay_button(REPLAY), *links(receipt)],
        ),
        html.Div(id=RESULT, role="status", className="receipt-result"),
        dcc.Store(id=ID, data=receipt.id),
    ]
    return page(HEADING, LEAD, body, name=NAME)


@callback(
    Output(RESULT, "children"),
    Input(REPLAY, "n_clicks"),
    State(ID, "data"),
    prevent_initial_call=True,
)
def replay_now(_clicks: int | None, receipt_id: str) -> Any:
    """Ask the model of the receipt once more, and compare."""
    receipt = _issued(receipt_id)
    if receipt is None:
        return no_update
    door = services()
    try:
        return outcome(door.receipts.verdict(receipt, door.live().opened()))
    except StoreError:
        return html.Div(AWAY, className="notice notice-caution")


def _issued(receipt_id: str) -> Receipt | None:
    door = services()
    found = kept(door.log, receipt_id)
    return None if found is None else door.receipts.issue(found.entry)


def _why() -> str:
    if services().log.off:
        return "Predictions are not kept here, so there are no receipts."
    return "The address may be mistyped, or the prediction was deleted after its time."


def _none(title: str, why: str) -> html.Section:
    return card(title, empty(why, html.A("Ask the model", href="/predict", className="pill")))
