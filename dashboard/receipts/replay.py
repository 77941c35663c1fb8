"""The answer of a receipt once more, compared to the last bit."""

from typing import NamedTuple

from dashboard.live.snapshot import LiveModel
from dashboard.receipts.receipt import Receipt
from store.errors import FieldErrors, ModelRefused


class Replay(NamedTuple):
    """What a model answers now to the inputs of a receipt.

    ``largest_difference`` is between two numbers of the answers, in the unit of the answer;
    None where they have not the same classes.
    """

    answer: str
    probabilities: dict[str, float]
    equal: bool
    largest_difference: float | None


def replay(receipt: Receipt, model: LiveModel) -> Replay:
    """Ask the model for the inputs of a receipt. Raises ModelRefused where it cannot be asked."""
    try:
        outputs = model.predictor.predict_proba(model.fields.values(receipt.inputs.items()))
    except (FieldErrors, ValueError) as error:
        raise ModelRefused("The model does not take the inputs of this receipt.") from error
    classes = model.card.classes
    if not classes:
        number, told = outputs[0], _number(receipt.answer)
        gap = None if told is None or receipt.probabilities else abs(number - told)
        return Replay(repr(number), {}, gap == 0, gap)
    answer = str(classes[outputs.index(max(outputs))].value)
    found = dict(zip((item.label for item in classes), outputs, strict=True))
    gap = _largest(found, receipt.probabilities)
    return Replay(answer, found, gap == 0 and answer == receipt.answer, gap)


def _largest(found: dict[str, float], told: dict[str, float]) -> float | None:
    if set(found) != set(told):
        return None
    return max(abs(value - told[label]) for label, value in found.items())


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
