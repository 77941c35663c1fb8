"""The facts of a model's card that a file carries with it, as names and texts."""

from dashboard.live.snapshot import short_hash
from store.schema import (
    CrossValidation,
    CrossValidationRegression,
    HeldOut,
    HeldOutRegression,
    Interval,
    ModelCard,
)

Fact = tuple[str, str]


def about(card: ModelCard) -> list[Fact]:
    """What the model is, how good, and from which rows; where the rows lie is not told."""
    steps = " and ".join(step.estimator.rpartition(".")[2] for step in card.steps)
    return [
        ("Model", f"{card.name}, version {card.version}, hash {short_hash(card)}"),
        ("Estimator", steps),
        ("Created" if card.adopted is None else "Adopted", f"{card.created:%d %B %Y %H:%M} UTC"),
        *_measured(card),
        ("Data", _rows(card)),
        ("Software", ", ".join(f"{name} {version}" for name, version in card.software.items())),
        ("sha256 of the model", card.file.sha256),
        ("sha256 of the data", card.data.sha256),
    ]


def _measured(card: ModelCard) -> list[Fact]:
    found = card.held_out or card.on_given
    where = "held-out rows" if card.held_out else "rows given, which the model may have seen"
    return [*_on_rows(found, where), *_crossed(card.cross_validation)]


def _on_rows(found: HeldOut | HeldOutRegression | None, where: str) -> list[Fact]:
    match found:
        case HeldOut():
            said = f"accuracy {_share(found.accuracy)}, log loss {found.log_loss:.3f}"
        case HeldOutRegression():
            error = found.mean_absolute_error
            said = f"R² {_number(found.r2)}, mean absolute error {error:.4g}"
        case None:
            return []
    return [(f"On {found.rows:,} {where}", said)]


def _crossed(found: CrossValidation | CrossValidationRegression | None) -> list[Fact]:
    match found:
        case CrossValidation():
            said = f"accuracy {_share(found.accuracy)}, log loss {_number(found.log_loss)}"
        case CrossValidationRegression():
            error = _number(found.mean_absolute_error)
            said = f"R² {_number(found.r2)}, mean absolute error {error}"
        case None:
            return []
    return [("Cross-validated", f"{said}; {found.folds} folds, {found.repeats} times")]


def _rows(card: ModelCard) -> str:
    data = card.data
    trained = "" if data.train_rows is None else f", {data.train_rows:,} of them trained on"
    return f"{data.rows:,} rows{trained}; profile {data.profile}"


def _share(found: Interval) -> str:
    return f"{100 * found.value:.1f} % ({100 * found.low:.1f} to {100 * found.high:.1f} %)"


def _number(found: Interval) -> str:
    return f"{found.value:.3g} ({found.low:.3g} to {found.high:.3g})"
