"""What a program is told when its request cannot be answered: a problem of RFC 9457.

A problem names fields and rows, never values. Flask is not needed here.
"""

import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

log = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"
ID_HEADER = "X-Error-Id"  # assets/cellar.js shows it
LISTED_ERRORS = 50


class Wrong(NamedTuple):
    """What is wrong: in which field, None for a row as a whole; in which row, None for the only."""

    reason: str
    field: str | None = None
    row: int | None = None


class Problem(Exception):
    """An answer of RFC 9457: status, title, a sentence, and what is wrong where.

    Args:
        errors: Everything that is wrong; the first ``LISTED_ERRORS`` are listed, all are counted.
        headers: What the answer carries besides its type.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        errors: Sequence[Wrong] = (),
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = {"Cache-Control": "no-store", **(headers or {})}
        self.body: dict[str, Any] = {"title": title, "status": status, "detail": detail}
        if errors:
            self.body["errors"] = [_listed(error) for error in errors[:LISTED_ERRORS]]
            self.body["error_count"] = len(errors)

    def encoded(self) -> bytes:
        """The body as JSON. Not by orjson: a field's name may hold half a surrogate pair."""
        return json.dumps(self.body).encode()


def _listed(error: Wrong) -> dict[str, Any]:
    row = {} if error.row is None else {"row": error.row}
    field = {} if error.field is None else {"field": error.field}
    return {**row, **field, "reason": error.reason}


def internal_error(error: BaseException) -> Problem:
    """What is told of an error that nobody caught: a short id, under which the log has it all."""
    mark = secrets.token_hex(4)
    log.error("error %s", mark, exc_info=error)
    detail = f"Something failed here; the log has it as error {mark}."
    return Problem(500, "Internal error", detail, headers={ID_HEADER: mark})


def unavailable() -> Problem:
    """What is told while there is no model to ask."""
    return Problem(
        503,
        "No model is loaded",
        "The model is not available at the moment; GET /readyz says why. Try again later.",
        headers={"Retry-After": "5"},
    )
