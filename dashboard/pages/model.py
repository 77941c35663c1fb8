"""Model: what is serving, how good is it, and where does it come from?"""

from typing import Any

import dash
from dash import html
from flask import request

from dashboard.components.answer import notice, share_bars
from dashboard.components.outage import outage_notice
from dashboard.components.page import card, command, empty, facts, page
from dashboard.components.quality import quality_cards, quality_figures, quality_notice
from dashboard.components.tables import Cell, csv_button, table
from dashboard.components.trust import trust_cards
from dashboard.live.snapshot import LiveModel
from dashboard.services import services
from dashboard.theme import COOKIE, mode_of
from store.schema import CardFeature, Importance, ModelCard, now

NAMED = 4
HEADING = "What is serving?"
LEAD = "The model's card: how good it is, what it looks at, and where it comes from."

dash.register_page(
    __name__,
    path="/model",
    name="Model",
    title="Model - Cellar Lab",
    description="Metrics, importances, versions and hash of the model that serves.",
    order=3,
    in_navigation=True,
    heading=HEADING,
    lead=LEAD,
)


def layout(**_query: str) -> html.Main:
    door = services()
    shown = door.card()
    live = door.live()
    why = live.problems.get(f"model {door.default()}")
    model = door.model()
    said = model.predictor.notice if model else None
    if shown is None:
        why = why or door.problem("release")
        nothing = empty("There is no model.", command("python -m pipeline run"), why=why)
        return page(HEADING, LEAD, [card("No model", nothing)], name="model")
    mode = mode_of(request.cookies.get(COOKIE))
    return page(
        HEADING,
        LEAD,
        [
            outage_notice(live.outage, live.confirmed, now(), why=True),
            notice("The released model is not the one that serves.", why) if why else None,
            notice("Served with a difference:", said, kind="ok") if said else None,
            quality_notice(shown),
            quality_figures(shown),
            *_in_pairs(
                *quality_cards(shown, mode),
                *trust_cards(shown, mode),
                _importances(shown),
                _origin(shown, model),
                _recipe(shown),
            ),
            _features(shown),
        ],
        name="model",
    )


def _in_pairs(*cards: html.Section) -> list[Any]:
    """Two cards beside each other; one that is left over has the width to itself."""
    pairs = [list(cards[i : i + 2]) for i in range(0, len(cards), 2)]
    return [html.Div(p, className="two-columns") if len(p) > 1 else p[0] for p in pairs]


def _importances(shown: ModelCard) -> html.Section:
    labels = {feature.name: feature.label for feature in shown.features}
    impurity = any(item.impurity is not None for item in shown.importances)
    lost = "accuracy" if shown.kind == "classifier" else "R²"
    lost = f"held-out {lost}" if shown.held_out else lost
    caption = f"{lost[0].upper()}{lost[1:]} lost when the feature is shuffled."
    if impurity:
        caption = (
            "Share of the impurity that splits on a feature remove in training; the table adds the "
            f"{lost} lost when the feature is shuffled."
        )
    if not shown.importances:
        return card("What it looks at", html.P("Not measured.", className="card-caption"))

    def weight(item: Importance) -> float:
        return item.permutation if item.impurity is None else item.impurity

    by_weight = sorted(shown.importances, key=lambda item: -weight(item))
    widest = max(map(weight, by_weight)) or 1.0
    as_share = impurity or shown.kind == "classifier"
    bars = [
        (
            labels[item.feature],
            weight(item) / widest,
            f"{100 * weight(item):.1f} %" if as_share else f"{weight(item):.3f}",
        )
        for item in by_weight
    ]
    rows: list[list[Cell]] = [
        [labels[i.feature], i.impurity, i.permutation, i.permutation_sd] for i in by_weight
    ]
    exact = table(
        ["Feature", "Impurity", "Permutation", "Permutation sd"],
        rows,
        caption="Importances",
        decimals=4,
        name=f"{shown.name}-importances",
    )
    folded = html.Details(
        [html.Summary("Show as table"), exact, csv_button()], className="as-table"
    )
    return card("What it looks at", [share_bars(bars), folded], caption=caption)


def _origin(shown: ModelCard, model: LiveModel | None) -> html.Section:
    engine = "being opened"
    if model is not None:
        exact = model.predictor.engine == "flat"
        engine = (
            "flattened arrays, bit-identical to scikit-learn"
            if exact
            else f"scikit-learn in a process of its own: {model.predictor.reason}"
        )
    learned, taken = shown.data, shown.adopted
    rows = f"{learned.uri}, {learned.rows:,} rows, {learned.dropped:,} left out"
    pairs: list[tuple[str, Any]] = [("Model", f"{shown.name} {shown.version}")]
    if taken is None:
        pairs += [
            ("Trained", f"{shown.created:%d %B %Y %H:%M} UTC"),
            ("Data", rows),
            ("Trained on", f"{learned.train_rows:,} rows; seed {shown.seed}"),
        ]
        if learned.feedback is not None:
            pairs.append(("And on feedback", learned.feedback.summary))
    else:
        wrote = ", ".join(f"{name} {version}" for name, version in taken.written_with.items())
        protocol = "" if taken.protocol is None else f", pickle protocol {taken.protocol}"
        pairs += [
            ("Trained", "elsewhere; nothing is known here of how"),
            ("Adopted", f"{shown.created:%d %B %Y %H:%M} UTC from {taken.source}"),
            ("Its format", f"{taken.format}{protocol}"),
            ("Written with", wrote or "versions that it does not tell"),
            ("Shown with", rows),
        ]
    pairs += [
        ("Served by", engine),
        ("Checked with", f"{len(shown.golden.rows)} golden rows, reproduced here at loading"),
        ("Versions", ", ".join(f"{k} {v}" for k, v in shown.software.items())),
        ("File", html.Code(shown.file.key, className="hash")),
        ("sha256", html.Code(shown.file.sha256, className="hash")),
    ]
    return card("Where it comes from", facts(pairs))


def _recipe(shown: ModelCard) -> html.Section:
    steps: list[Any] = []
    for step in shown.steps:
        steps.append(html.H3(step.estimator.rpartition(".")[2]))
        steps.append(facts([(name, html.Code(value)) for name, value in step.parameters.items()]))
    return card("Recipe", html.Div(steps, className="recipe"), caption="Every parameter.")


def _features(shown: ModelCard) -> html.Section:
    rows: list[list[Cell]] = [
        [f.label, f.unit or _choices(f), f.name, *_range(f)] for f in shown.features
    ]
    return card(
        "Inputs",
        [
            table(
                ["Feature", "Unit or choices", "Name in the API", "Minimum", "Median", "Maximum"],
                rows,
                caption="Inputs of the model",
                decimals=[feature.decimals for feature in shown.features],
                name=f"{shown.name}-inputs",
            ),
            csv_button(),
        ],
        caption="In the order in which the model takes them; the range is that of the profile.",
        note=f"{len(shown.features)} features",
    )


def _range(feature: CardFeature) -> list[Cell]:
    if feature.categories:
        return [None, None, None]
    return [feature.minimum, feature.median, feature.maximum]


def _choices(feature: CardFeature) -> str | None:
    """The texts that it takes, the first of them by name."""
    if not feature.categories:
        return None
    named = ", ".join(feature.categories[:NAMED])
    more = len(feature.categories) - NAMED
    return f"one of {named}" + (f" and {more} more" if more > 0 else "")
