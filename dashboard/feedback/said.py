"""What a body says of an answer, and whether that can be: nothing of it is repeated."""

import math
from typing import Any, NamedTuple

import orjson

from dashboard.api.problems import Problem, Wrong
from store.prediction_log.entry import Entry
from store.schema import ModelCard

MOST_CHARACTERS = 1_000


class Said(NamedTuple):
    """Feedback as it came; ``truth`` is a class by value or label, or a number."""

    id: str
    right: bool
    truth: str | float | bool | None


def said(body: bytes) -> Said:
    """The feedback in JSON. Raises Problem: 400 where it is none, 422 where a field is wrong."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise not_json() from error
    if not isinstance(found, dict):
        raise Problem(400, "Not a JSON object", "The body is not a JSON object.")
    wrong = [Wrong(why, name) for name, why in _problems(found).items()]
    if wrong:
        what = "field" if len(wrong) == 1 else "fields"
        raise Problem(422, "Fields are wrong", f"{len(wrong)} {what} cannot be used.", wrong)
    return Said(found["id"], found["right"], found.get("truth"))


def truth_of(given: Said, entry: Entry, card: ModelCard | None) -> str | None:
    """The truth as the log keeps it, in the way of ``Entry.answer``; None where none is said.

    Args:
        given: What is said.
        entry: The prediction that it is said of.
        card: Of the model that answered; None where it cannot be had any more.

    Raises:
        Problem: 422 where it is nothing that this model can answer, or contradicts ``right``.
    """
    if given.truth is None:
        return None
    if card is None:
        raise _wrong("The classes of this model are not known any more; send right alone.")
    truth = _class(given.truth, card) if card.classes else _number(given.truth)
    same = truth == entry.answer
    if same != given.right:
        raise _wrong(
            "The answer is right, but the truth is another."
            if given.right
            else "The answer is wrong, but the truth is the same."
        )
    return truth


def _problems(found: dict[str, Any]) -> dict[str, str]:
    """What is wrong, by field."""
    wrong = dict.fromkeys(found.keys() - {"id", "right", "truth"}, "unknown field")
    if "id" not in found:
        wrong["id"] = "missing"
    elif not isinstance(found["id"], str) or len(found["id"]) > MOST_CHARACTERS:
        wrong["id"] = "not the id of a prediction"
    if "right" not in found:
        wrong["right"] = "missing"
    elif not isinstance(found["right"], bool):
        wrong["right"] = "not true or false"
    truth = found.get("truth")
    is_long = isinstance(truth, str) and len(truth) > MOST_CHARACTERS
    if is_long or not isinstance(truth, (str, int, float, type(None))):
        wrong["truth"] = "not a class"
    return wrong


def _class(truth: str | float | bool, card: ModelCard) -> str:
    """The class by its label where a text is said, else by its value."""
    by_label = {item.label: str(item.value) for item in card.classes}
    by_value = {str(item.value): str(item.value) for item in card.classes}
    text = str(int(truth)) if isinstance(truth, float) and truth.is_integer() else str(truth)
    found = (by_value | by_label if isinstance(truth, str) else by_value).get(text)
    if found is None:
        raise not_a_class()
    return found


def _number(truth: str | float | bool) -> str:
    """The number that a model without classes should have answered."""
    if isinstance(truth, (str, bool)) or not math.isfinite(truth):
        raise _wrong("The truth is no number, as this model answers.")
    return repr(float(truth))


def not_json() -> Problem:
    """What is told where a body is none."""
    return Problem(400, "Not JSON", "The body is not valid JSON.")


def not_a_class() -> Problem:
    """What is told where the truth is none of the classes."""
    return _wrong("The truth is no class of the model that answered.")


def _wrong(detail: str) -> Problem:
    return Problem(422, "Truth is wrong", detail, [Wrong("not what the model answers", "truth")])
