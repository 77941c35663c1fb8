"""How good a classifier is, in detail: cards of what was measured."""

from dash import html

from dashboard.components.page import attributes, card
from dashboard.components.tables import Cell, csv_button, table
from store.schema import HeldOut, ModelCard


def classifier_cards(shown: ModelCard, found: HeldOut, *, what: str) -> list[html.Section]:
    """The confusion matrix, each class, and the probabilities; ``what`` names the rows.

    Where calibration was measured, that card says more of the probabilities than these rows.
    """
    told = shown.trust is not None and shown.trust.calibration is not None
    beliefs = [] if told else [_calibration(found)]
    return [_confusion(shown, found, what), _classes(shown, found), *beliefs]


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
