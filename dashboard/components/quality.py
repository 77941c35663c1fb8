"""How good a model is: figures and cards of what was measured, for classifiers and regressors."""

from dash import html

from dashboard.components.answer import notice
from dashboard.components.charts import drawn_card, styled
from dashboard.components.page import attributes, card, figure_of
from dashboard.components.tables import Cell, csv_button, table
from dashboard.figures.regression import predicted_against_true, residuals
from dashboard.theme import Mode
from store.schema import (
    CrossValidation,
    CrossValidationRegression,
    HeldOut,
    HeldOutRegression,
    Interval,
    ModelCard,
)

CHART_HEIGHT = 340


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
        return [_confusion(shown, found, what), _classes(shown, found), _calibration(found)]
    if isinstance(found, HeldOutRegression):
        return [_against_true(shown, found, mode, what), _residuals(shown, found, mode)]
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


def _against_true(
    shown: ModelCard, found: HeldOutRegression, mode: Mode, what: str
) -> html.Section:
    rows: list[list[Cell]] = [
        [str(i), true, predicted] for i, (true, predicted) in enumerate(found.sample, start=1)
    ]
    return drawn_card(
        "Predicted against true",
        styled(predicted_against_true(found, _named(shown)), mode),
        table(
            ["Row", "True", "Predicted"],
            rows,
            caption=f"{what}, true and predicted",
            decimals=_decimals(shown),
            name=f"{shown.name}-predicted",
        ),
        caption=f"{what}; on the dashed line a prediction is right.",
        height=CHART_HEIGHT,
        note=f"{len(found.sample):,} of {found.rows:,} rows",
    )


def _residuals(shown: ModelCard, found: HeldOutRegression, mode: Mode) -> html.Section:
    rows: list[list[Cell]] = [
        [f"{100 * float(q):.0f} % of the rows lie below", value]
        for q, value in found.residuals.items()
    ]
    return drawn_card(
        "By how much it is wrong",
        styled(residuals(found, _named(shown)), mode),
        table(
            ["Residual", "True less predicted"],
            rows,
            caption="Quantiles of the residuals",
            decimals=_decimals(shown) + 1,
            name=f"{shown.name}-residuals",
        ),
        caption="True less predicted. Nine of ten rows lie in the band; a shape in the cloud is "
        "something that the model does not know.",
        height=CHART_HEIGHT,
    )


def _named(shown: ModelCard) -> str:
    unit = shown.number.unit if shown.number else ""
    return f"{shown.target} ({unit})" if unit else shown.target


def _decimals(shown: ModelCard) -> int:
    return shown.number.decimals if shown.number else 2


def _confusion(shown: ModelCard, found: HeldOut, what: str) -> html.Section:
    labels = [item.label for item in shown.classes]
    counts = found.confusion
    rows = [
        html.Tr([html.Th(label, scope="row"), *(_count(count, row) for count in row)])
        for label, row in zip(labels, counts, strict=True)
    ]
    head = [html.Th(f"{shown.target}, true", scope="col")]
    head += [html.Th(label, scope="col") for label in labels]
    matrix = html.Table(
        [
            html.Caption("Confusion matrix", className="visually-hidden"),
            html.Thead(html.Tr(head)),
            html.Tbody(rows),
        ],
        className="data-table confusion",
        **attributes(data_csv=f"{shown.name}-confusion"),
    )
    return card(
        "Confusion matrix",
        [html.Div(matrix, className="table-scroll"), csv_button()],
        caption=f"{what} by true class (down) and predicted class (across).",
        note=f"{found.rows:,} rows",
    )


def _count(count: int, row: tuple[int, ...]) -> html.Td:
    share = count / max(sum(row), 1)
    return html.Td(
        str(count),
        className="num",
        style={"--share": f"{share:.3f}"},
        **attributes(data_value=str(count)),
    )


def _classes(shown: ModelCard, found: HeldOut) -> html.Section:
    rows: list[list[Cell]] = [
        [item.label, item.precision, item.recall, item.f1, item.support] for item in found.classes
    ]
    return card(
        "Class by class",
        [
            table(
                [shown.target, "Precision", "Recall", "F1", "Rows"],
                rows,
                caption="Metrics by class",
                decimals=3,
                name=f"{shown.name}-classes",
            ),
            csv_button(),
        ],
        caption="Precision: of those called so, how many are. Recall: of those that are, how many "
        "were found. F1: their harmonic mean.",
    )


def _calibration(held_out: HeldOut) -> html.Section:
    filled = [b for b in held_out.calibration if b.count]
    rows = [
        [f"{100 * b.low:.0f} to {100 * b.high:.0f} %", b.count, b.mean_predicted, b.observed]
        for b in filled
    ]
    return card(
        "Can the probabilities be believed?",
        [
            table(
                ["Said", "Times", "Said on average", "Came true"],
                rows,
                caption="Calibration",
                decimals=3,
                name="calibration",
            ),
            csv_button(),
        ],
        caption="Each row gives one probability a class; where the last two columns "
        "agree, the model means what it says. Few rows make rough figures.",
    )
