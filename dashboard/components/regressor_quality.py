"""How good a regressor is, in detail: cards of what was measured."""

from dash import html

from dashboard.components.charts import drawn_card, styled
from dashboard.components.tables import Cell, table
from dashboard.figures.regression import predicted_against_true, residuals
from dashboard.theme import Mode
from store.schema import HeldOutRegression, ModelCard

CHART_HEIGHT = 340


def regressor_cards(
    shown: ModelCard, found: HeldOutRegression, mode: Mode, *, what: str
) -> list[html.Section]:
    """Predicted against true, and the residuals; ``what`` names the rows."""
    return [_against_true(shown, found, mode, what), _residuals(shown, found, mode)]


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
