"""Model: what is serving, how good is it, and where does it come from?"""

from typing import Any

import dash
from dash import html

from dashboard.components.answer import notice, share_bars
from dashboard.components.outage import outage_notice
from dashboard.components.page import attributes, card, command, empty, facts, figure_of, page
from dashboard.components.tables import Cell, csv_button, table
from dashboard.live import LiveModel
from dashboard.services import services
from store.schema import HeldOut, Interval, ModelCard, now

HEADING = "What is serving?"
LEAD = "The model's card: how good it is on rows it never saw, what it looks at, and its origin."

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
    if shown is None:
        why = why or door.problem("release")
        nothing = empty("There is no model.", command("python -m pipeline run"), why=why)
        return page(HEADING, LEAD, [card("No model", nothing)], name="model")
    return page(
        HEADING,
        LEAD,
        [
            outage_notice(live.outage, live.confirmed, now(), why=True),
            notice("The released model is not the one that serves.", why) if why else None,
            _figures(shown),
            html.Div([_confusion(shown), _classes(shown)], className="two-columns"),
            html.Div([_importances(shown), _calibration(shown.held_out)], className="two-columns"),
            html.Div([_origin(shown, door.model()), _recipe(shown)], className="two-columns"),
            _features(shown),
        ],
        name="model",
    )


def _figures(shown: ModelCard) -> html.Div:
    held_out, crossed = shown.held_out, shown.cross_validation
    folds = f"{crossed.repeats} × {crossed.folds} folds"
    return html.Div(
        [
            figure_of(
                "Held-out accuracy",
                f"{100 * held_out.accuracy.value:.1f} %",
                f"{held_out.rows} rows, 95 % interval {_interval(held_out.accuracy)}",
            ),
            figure_of(
                "Cross-validated accuracy",
                f"{100 * crossed.accuracy.value:.1f} %",
                f"{folds}, 95 % interval {_interval(crossed.accuracy)}",
            ),
            figure_of("Held-out log loss", f"{held_out.log_loss:.3f}", "0 is certain and right"),
            figure_of(
                "Size of the file",
                f"{shown.file.bytes / 1000:,.0f} kB",
                "the whole estimator, pickled with joblib",
            ),
        ],
        className="figures",
    )


def _interval(found: Interval) -> str:
    low, high = max(0.0, found.low), min(1.0, found.high)
    return f"{100 * low:.1f} to {100 * high:.1f} % ({found.method})"


def _confusion(shown: ModelCard) -> html.Section:
    labels = [item.label for item in shown.classes]
    counts = shown.held_out.confusion
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
        caption="Held-out rows by true class (down) and predicted class (across).",
        note=f"{shown.held_out.rows} rows",
    )


def _count(count: int, row: tuple[int, ...]) -> html.Td:
    share = count / max(sum(row), 1)
    return html.Td(
        str(count),
        className="num",
        style={"--share": f"{share:.3f}"},
        **attributes(data_value=str(count)),
    )


def _classes(shown: ModelCard) -> html.Section:
    rows: list[list[Cell]] = [
        [item.label, item.precision, item.recall, item.f1, item.support]
        for item in shown.held_out.classes
    ]
    return card(
        "Class by class",
        [
            table(
                [shown.target, "Precision", "Recall", "F1", "Rows"],
                rows,
                caption="Held-out metrics by class",
                decimals=3,
                name=f"{shown.name}-classes",
            ),
            csv_button(),
        ],
        caption="Precision: of those called so, how many are. Recall: of those that are, how many "
        "were found. F1: their harmonic mean.",
    )


def _importances(shown: ModelCard) -> html.Section:
    labels = {feature.name: feature.label for feature in shown.features}
    by_weight = sorted(shown.importances, key=lambda item: -(item.impurity or item.permutation))
    widest = max((item.impurity or item.permutation for item in by_weight), default=0.0) or 1.0
    bars = [
        (
            labels[item.feature],
            (item.impurity or item.permutation) / widest,
            f"{100 * (item.impurity or item.permutation):.1f} %",
        )
        for item in by_weight
    ]
    impurity = any(item.impurity is not None for item in by_weight)
    rows = [[labels[i.feature], i.impurity, i.permutation, i.permutation_sd] for i in by_weight]
    exact = table(
        ["Feature", "Impurity", "Permutation", "Permutation sd"],
        rows,
        caption="Importances",
        decimals=4,
        name=f"{shown.name}-importances",
    )
    return card(
        "What it looks at",
        [
            share_bars(bars),
            html.Details(
                [html.Summary("Show as table"), exact, csv_button()], className="as-table"
            ),
        ],
        caption="Share of the impurity that splits on a feature remove in training; the table adds "
        "the held-out accuracy lost when the feature is shuffled."
        if impurity
        else "Held-out accuracy lost when the feature is shuffled.",
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
                caption="Calibration on the held-out rows",
                decimals=3,
                name="calibration",
            ),
            csv_button(),
        ],
        caption="Each held-out row gives one probability a class; where the last two columns "
        "agree, the model means what it says. Few rows make rough figures.",
    )


def _origin(shown: ModelCard, model: LiveModel | None) -> html.Section:
    engine = "being opened"
    if model is not None:
        exact = model.predictor.engine == "flat"
        engine = (
            "flattened arrays, bit-identical to scikit-learn"
            if exact
            else f"scikit-learn in a process of its own: {model.predictor.reason}"
        )
    pairs: list[tuple[str, Any]] = [
        ("Model", f"{shown.name} {shown.version}"),
        ("Trained", f"{shown.created:%d %B %Y %H:%M} UTC"),
        ("Served by", engine),
        ("Checked with", f"{len(shown.golden.rows)} golden rows, reproduced here at loading"),
        ("Data", f"{shown.data.uri}, {shown.data.rows:,} rows, {shown.data.dropped:,} left out"),
        ("Trained on", f"{shown.data.train_rows:,} rows; seed {shown.seed}"),
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
    rows = [
        [f.label, f.unit or None, f.name, f.minimum, f.median, f.maximum] for f in shown.features
    ]
    return card(
        "Inputs",
        [
            table(
                ["Feature", "Unit", "Name in the API", "Minimum", "Median", "Maximum"],
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
