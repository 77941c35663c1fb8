"""How good a model is: figures and cards of what was measured, for classifiers and regressors."""

from dash import html

from dashboard.components.answer import notice
from dashboard.components.classifier_quality import classifier_cards
from dashboard.components.page import figure_of
from dashboard.components.regressor_quality import regressor_cards
from dashboard.theme import Mode
from store.schema import (
    CrossValidation,
    CrossValidationRegression,
    HeldOut,
    HeldOutRegression,
    Interval,
    ModelCard,
)


def quality_figures(shown: ModelCard) -> html.Div:
    """The few figures that say how good a model is; what was not measured says so."""
    found = shown.held_out or shown.on_given
    where = "on held-out rows" if shown.held_out else "on the rows given"
    boxes = []
    if isinstance(found, HeldOut):
        boxes = _classifier_figures(found, where)
    elif isinstance(found, HeldOutRegression):
        boxes = _regressor_figures(found, where, shown)
    else:
        boxes = [figure_of("How good it is", "not measured", "no rows were named to measure it on")]
    size = f"{shown.file.bytes / 1000:,.0f} kB"
    boxes += _crossed(shown)
    if shown.adopted is not None:
        wrote = [f"with {name} {version}" for name, version in shown.adopted.written_with.items()]
        detail = ", ".join(wrote) or "with versions that it does not tell"
        boxes.append(figure_of("Trained", "elsewhere", detail))
    boxes.append(figure_of("Size of the file", size, "the whole estimator, as it was pickled"))
    return html.Div(boxes[:4], className="figures")


def quality_notice(shown: ModelCard) -> html.Div | None:
    """What to keep in mind about the figures of a model that was trained elsewhere."""
    if shown.held_out is not None or shown.adopted is None:
        return None
    if shown.on_given is None:
        return notice("Metrics not measured:", "the table has too few complete rows for them.")
    return notice(
        "Measured on the rows given:",
        "the model was trained elsewhere and may have seen these rows, so that the figures may "
        "flatter it. Adopt it with rows that it never saw, and --unseen, for honest ones.",
    )


def quality_cards(shown: ModelCard, mode: Mode) -> list[html.Section]:
    """The cards that go into detail."""
    found = shown.held_out or shown.on_given
    what = "Held-out rows" if shown.held_out else "The rows given"
    if isinstance(found, HeldOut):
        return classifier_cards(shown, found, what=what)
    if isinstance(found, HeldOutRegression):
        return regressor_cards(shown, found, mode, what=what)
    return []


def _classifier_figures(found: HeldOut, where: str) -> list[html.Div]:
    return [
        figure_of(
            f"Accuracy {where}",
            f"{100 * found.accuracy.value:.1f} %",
            f"{found.rows:,} rows, 95 % interval {_shares(found.accuracy)}",
        ),
        figure_of(f"Log loss {where}", f"{found.log_loss:.3f}", "0 is certain and right"),
    ]


def _regressor_figures(found: HeldOutRegression, where: str, shown: ModelCard) -> list[html.Div]:
    unit = f" {shown.number.unit}" if shown.number and shown.number.unit else ""
    return [
        figure_of(
            f"R² {where}",
            f"{found.r2.value:.3f}",
            f"of 1; {found.rows:,} rows, 95 % interval {found.r2.low:.3f} to {found.r2.high:.3f} "
            f"({found.r2.method})",
        ),
        figure_of(
            "Mean absolute error",
            f"{_three(found.mean_absolute_error)}{unit}",
            f"half of the rows are missed by less than {_three(found.median_absolute_error)}{unit}",
        ),
        figure_of(
            "Root mean squared error",
            f"{_three(found.root_mean_squared_error)}{unit}",
            "large misses count more in it",
        ),
    ]


def _crossed(shown: ModelCard) -> list[html.Div]:
    found = shown.cross_validation
    if isinstance(found, CrossValidation):
        folds = f"{found.repeats} × {found.folds} folds"
        value = f"{100 * found.accuracy.value:.1f} %"
        detail = f"{folds}, 95 % interval {_shares(found.accuracy)}"
        return [figure_of("Cross-validated accuracy", value, detail)]
    if isinstance(found, CrossValidationRegression):
        folds = f"{found.repeats} × {found.folds} folds"
        ends = f"{found.r2.low:.3f} to {found.r2.high:.3f}"
        detail = f"{folds}, 95 % interval {ends} ({found.r2.method})"
        return [figure_of("Cross-validated R²", f"{found.r2.value:.3f}", detail)]
    return []


def _shares(found: Interval) -> str:
    low, high = max(0.0, found.low), min(1.0, found.high)
    return f"{100 * low:.1f} to {100 * high:.1f} % ({found.method})"


def _three(value: float) -> str:
    """A number with three digits that mean something, and no exponent."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
