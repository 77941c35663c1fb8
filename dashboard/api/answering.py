"""One way to answer for every front: a model, the bytes of a request, the bytes of a reply."""

import csv
import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from dashboard.api.asked import CSV_TYPE, JSON_TYPE, Asked, asked
from dashboard.api.explaining import explained
from dashboard.api.keeping import ID_HEADER, Keep
from dashboard.api.problems import PROBLEM_TYPE, Problem, internal_error, unavailable
from dashboard.live.snapshot import LiveModel, short_hash
from store.errors import ModelRefused, NoExplanation
from store.schema import ModelCard, Profile


class Reply(NamedTuple):
    """A whole answer of HTTP but for what a server adds to each (length, date, request id)."""

    status: int
    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()


def reply_to(
    model: LiveModel,
    body: bytes,
    content_type: str,
    *,
    explain: bool = False,
    accept: str = "",
    profile: Profile | None = None,
    keep: Keep | None = None,
) -> Reply:
    """What the model says about the rows of a body; a problem where it cannot. Never raises.

    Args:
        model: Who is asked.
        body: One JSON object of features, ``{"instances": [...]}``, or CSV with a header.
        content_type: ``application/json`` or ``text/csv``, with or without parameters.
        explain: Whether each answer comes with the contribution of every feature.
        accept: The header of this name; CSV is answered where it prefers ``text/csv``.
        profile: Whose sampled rows an explanation compares with; only asked for with ``explain``.
        keep: Keeps the answers once they are whole, and gives the id that the reply carries.
    """
    who = model.headers
    try:
        question = asked(model.fields, body, content_type)
        content_type, answered, outputs = _answered(model, question, explain, accept, profile)
    except Problem as problem:
        return problem_reply(problem, who)
    except ModelRefused:
        return problem_reply(unavailable(), who)
    except Exception as error:  # the promise of this function
        return problem_reply(internal_error(error), who)
    id = keep(question, outputs) if keep else ""
    kept = ((ID_HEADER, id),) if id else ()
    return Reply(200, answered, content_type, (("Cache-Control", "no-store"), *who, *kept))


def problem_reply(problem: Problem, headers: Sequence[tuple[str, str]] = ()) -> Reply:
    """A problem as a reply."""
    return Reply(
        problem.status, problem.encoded(), PROBLEM_TYPE, (*problem.headers.items(), *headers)
    )


def prefers_csv(accept: str) -> bool:
    """Whether an Accept header names ``text/csv``, and before ``application/json``."""
    return _quality(accept, CSV_TYPE) > _quality(accept, JSON_TYPE)


def _quality(accept: str, wanted: str) -> float:
    for item in accept.lower().split(","):
        media_type, *parameters = (part.strip() for part in item.split(";"))
        if media_type == wanted:
            said = next((p[2:] for p in parameters if p.startswith("q=")), "1")
            return float(said) if said.replace(".", "", 1).isdecimal() else 0.0
    return 0.0


def _answered(
    model: LiveModel, question: Asked, explain: bool, accept: str, profile: Profile | None
) -> tuple[str, bytes, list[list[float]]]:
    """Type and bytes of the answer, and the numbers behind it."""
    as_csv, card = prefers_csv(accept), model.card
    if as_csv and explain:
        detail = f"An explanation is {JSON_TYPE}; ask for that, or without explain."
        raise Problem(406, "Not acceptable", detail)
    outputs = _outputs(model, question)
    if as_csv:
        return f"{CSV_TYPE}; charset=utf-8; header=present", _csv(card, outputs), outputs
    answers = _said(card, outputs)
    shared: dict[str, Any] = {
        "model": {"name": card.name, "version": card.version, "hash": short_hash(card)}
    }
    if explain:
        try:
            shared["explanation"], moved = explained(model, profile, question.rows)
        except NoExplanation as error:
            raise Problem(422, "No explanation", str(error)) from error
        answers = [a | {"contributions": m} for a, m in zip(answers, moved, strict=True)]
    found = answers[0] if question.single else {"predictions": answers}
    return JSON_TYPE, orjson.dumps(found | shared), outputs


def _outputs(model: LiveModel, question: Asked) -> list[list[float]]:
    """What the model gives for each row. Raises Problem 422 for numbers beyond its range."""
    try:
        if question.single:
            return [model.predictor.predict_proba(question.rows[0])]
        outputs: list[list[float]] = model.predictor.predict_proba_rows(question.rows).tolist()
        return outputs
    except ValueError as error:
        detail = "A number is too large for the model to tell it from others."
        raise Problem(422, "Fields are wrong", detail) from error


def _said(card: ModelCard, outputs: Sequence[list[float]]) -> list[dict[str, Any]]:
    """The answers: a class with all probabilities, or the number of a model without classes.

    The first class wins a tie, as in scikit-learn.
    """
    if not card.classes:
        return [{"prediction": row[0]} for row in outputs]
    labels = [item.label for item in card.classes]
    heads = [
        {"prediction": item.value, "predicted_class": item.value, "label": item.label}
        for item in card.classes
    ]
    return [
        {**heads[row.index(max(row))], "probabilities": dict(zip(labels, row, strict=True))}
        for row in outputs
    ]


def _csv(card: ModelCard, outputs: Sequence[Sequence[float]]) -> bytes:
    """A line an answer, below a header; probabilities in class order, exact."""
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    if card.classes:
        labels = [item.label for item in card.classes]
        lines.writerow(["prediction", "label", *(f"probability_{label}" for label in labels)])
        for row in outputs:
            best = card.classes[row.index(max(row))]
            lines.writerow([best.value, best.label, *row])
    else:
        lines.writerow(["prediction"])
        lines.writerows([row[0]] for row in outputs)
    return text.getvalue().encode()
