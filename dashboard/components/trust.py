"""How far to trust a model's answers: cards of what was measured on rows it had not seen."""

from dash import html

from dashboard.components.charts import drawn_card, styled
from dashboard.components.page import Children, card, facts
from dashboard.components.tables import Cell, Shown, csv_button, table
from dashboard.figures.reliability import reliability
from dashboard.theme import Mode
from store.schema import ModelCard
from store.trust import Calibration, Conformal, Coverage, Plausibility, Trust

CHART_HEIGHT = 340


def trust_cards(shown: ModelCard, mode: Mode) -> list[html.Section]:
    """The reliability curve, the coverage, and how odd rows are noticed; those that there are."""
    found = shown.trust
    if found is None:
        return []
    return [
        *([_reliability(shown, found, found.calibration, mode)] if found.calibration else []),
        *([_coverage(shown, found, found.conformal)] if found.conformal else []),
        _plausibility(shown, found),
    ]


def _reliability(shown: ModelCard, trust: Trust, found: Calibration, mode: Mode) -> html.Section:
    sides = [("the model", found.before)]
    if not found.is_identity:
        sides.append(("calibrated", found.after))
    rows: list[list[Cell]] = [
        [
            f"{100 * item.low:.0f} to {100 * item.high:.0f} %, {who}",
            item.count,
            item.mean_predicted,
            item.observed,
            item.observed_low,
            item.observed_high,
        ]
        for who, bins in sides
        for item in bins
    ]
    exact = table(
        ["Said", "Times", "Said on average", "Came true", "At least", "At most"],
        rows,
        caption="Reliability",
        decimals=3,
        name=f"{shown.name}-reliability",
    )
    return drawn_card(
        "Can the probabilities be believed?",
        styled(reliability(found), mode),
        exact,
        caption=f"{_calibrated(found)} A point on the dashed line means what it says; its bar is "
        "Wilson's 95 % interval. Each row counts once a class.",
        height=CHART_HEIGHT,
        note=f"{found.rows:,} rows, {_origin(trust)}",
    )


def _calibrated(found: Calibration) -> str:
    if found.is_identity:
        return "They are shown as the model gives them: calibration did not lower the log loss."
    return (
        f"Calibration takes the log loss from {found.log_loss_before:.3f} to "
        f"{found.log_loss_after:.3f}, on rows that neither model nor calibration had seen."
    )


def _coverage(shown: ModelCard, trust: Trust, found: Conformal) -> html.Section:
    what = "sets of classes" if shown.classes else "intervals"
    where = "the held-out rows" if trust.origin == "cross-fitting" else "rows never seen"
    heading = ["Promised", "Held", "Would lie between", *_size_headings(shown)]
    exact = table(
        heading,
        [_covered(shown, item) for item in found.coverage],
        caption="Promised and measured coverage",
        decimals=2,
        name=f"{shown.name}-coverage",
    )
    each = ""
    if len(found.thresholds) > 1:
        each = " Some classes are rare, so the promise is kept for each class by itself."
    empty = ""
    if shown.classes:
        empty = " A set that is empty is shown with the most probable class."
    return card(
        "Does it keep its promises?",
        [exact, csv_button()],
        caption=f"How often its {what} held the truth, on {where}. Of a promise kept exactly, 95 "
        f"of 100 such tables would lie in the band.{each}{empty}",
        note=f"thresholds from {found.rows:,} rows",
    )


def _size_headings(shown: ModelCard) -> list[str]:
    if shown.classes:
        return ["Classes", "Empty", "Held as shown"]
    unit = shown.number.unit if shown.number else ""
    return [f"Width ({unit})" if unit else "Width"]


def _covered(shown: ModelCard, item: Coverage) -> list[Cell]:
    share = item.covered / item.rows
    held = Shown(f"{100 * share:.1f} % ({item.covered:,} of {item.rows:,})", share)
    band = Shown(f"{100 * item.low:.1f} to {100 * item.high:.1f} %", item.low)
    start: list[Cell] = [f"{100 * item.promised:g} %", held, band, item.size]
    if not shown.classes:
        return start
    as_shown = item.shown / item.rows
    return [*start, item.empty, Shown(f"{100 * as_shown:.1f} %", as_shown)]


def _plausibility(shown: ModelCard, trust: Trust) -> html.Section:
    notes = [html.P(note, className="card-caption") for note in trust.notes]
    found = trust.plausibility
    return card(
        "Would it notice an odd row?",
        [*notes, facts(_seen(shown, found)) if found else None],
        caption=_separation(found) if found else None,
    )


def _separation(found: Plausibility) -> str:
    return (
        "Of a real row that it had not seen and one whose columns were shuffled, it calls the "
        f"shuffled one the odder in {100 * found.separation:.0f} of 100 pairs (50 is chance)."
    )


def _seen(shown: ModelCard, found: Plausibility) -> list[tuple[str, Children]]:
    clouds = len(found.clouds)
    left = len(shown.features) - len(found.features)
    return [
        ("Area under the ROC curve", f"{found.separation:.3f}, cross-fitted"),
        ("Rows", f"{found.rows:,}"),
        ("Features", f"{len(found.features)}" + (f", {left} left out" if left else "")),
        ("Method", f"{clouds} normal cloud{'s' * (clouds > 1)} against independent columns"),
        ("Called unusual", "a row farther out than 95 of 100 of these rows"),
        ("Called unlike any", "a row farther out than 99 of 100"),
    ]


def _origin(trust: Trust) -> str:
    return "cross-fitted" if trust.origin == "cross-fitting" else "never seen"
