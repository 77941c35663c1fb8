"""``POST /feedback``: was a prediction right?"""

import json

from flask import Blueprint, Response, request

from dashboard.api.bodies import json_body
from dashboard.feedback.said import said, truth_of
from dashboard.receipts.lookup import kept, log_away, unknown
from dashboard.services import services
from store.errors import LogError
from store.prediction_log.ids import id_text

feedback = Blueprint("feedback", __name__)


@feedback.post("/feedback")
def give() -> Response:
    """Keep what somebody who has the id of a prediction says of it."""
    given = said(json_body(request))
    door = services()
    found = kept(door.log, given.id)
    if found is None:
        raise unknown()
    card = (
        door.receipts.card(found.entry.served, door.live().opened())
        if given.truth is not None
        else None
    )
    truth = truth_of(given, found.entry, card)
    from store.prediction_log.writing import give_feedback  # SQL is for servers that keep a log

    try:
        if not give_feedback(door.log.engine, found.entry.id, given.right, truth):
            raise unknown()
    except LogError as error:
        raise log_away() from error
    body = {"id": id_text(found.entry.id), "right": given.right, "truth": truth}
    answer = Response(json.dumps(body), mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer
