"""Home: what is this, and is it alive?"""

import dash
from dash import html

from dashboard.components.outage import outage_notice
from dashboard.components.page import attributes, card, command, empty, figure_of, page
from dashboard.services import services
from store.schema import (
    CrossValidation,
    CrossValidationRegression,
    HeldOut,
    ModelCard,
    Profile,
    now,
)

HEADING = "From a table to a live model"
LEAD = (
    "A Spark job condenses the data, a scikit-learn model learns from it, and both are shown "
    "here the moment they are published."
)

dash.register_page(
    __name__,
    path="/",
    name="Home",
    title="Cellar Lab - from a table to a live model",
    description="A dashboard for the life of a small machine-learning product.",
    order=0,
    in_navigation=True,
    heading=HEADING,
    lead=LEAD,
)

ROOMS = (
    (
        "/explore",
        "Explore",
        "What the job found",
        "Distributions, group means and correlations, computed once and shown from a small file.",
    ),
    (
        "/spark",
        "Spark",
        "What Spark did for it",
        "Where the time went, task by task, and whether another engine would have been faster.",
    ),
    (
        "/predict",
        "Predict",
        "What the model says",
        "Move the measurements and watch the answer, and what drives it.",
    ),
    (
        "/model",
        "Model",
        "How good it is",
        "Held-out metrics, cross-validation, importances, and the hash of the file that serves.",
    ),
    (
        "/monitor",
        "Monitor",
        "Whether it is still right",
        "What was asked, how fast and how surely it was answered, and whether inputs have moved.",
    ),
    (
        "/api",
        "API",
        "How a program asks",
        "The same answers in JSON and CSV, with the contribution of every feature on request.",
    ),
    (
        "/hardware",
        "Hardware",
        "What training costs",
        "CPU and GPU timings, compared on equal work.",
    ),
)


def layout(**_query: str) -> html.Main:
    door = services()
    profile, shown = door.profile(), door.card()
    if profile is None and shown is None:
        figures = empty(
            "Nothing is published yet.",
            command("python -m pipeline run"),
            why=door.problem("release"),
        )
    else:
        figures = html.Div(
            [_rows(profile), _quality(shown), _speed(), _machines()], className="figures"
        )
    live = door.live()
    stale = outage_notice(live.outage, live.confirmed, now())
    return page(HEADING, LEAD, [stale, figures, _way(profile, shown), _rooms()], name="home")


def _rows(profile: Profile | None) -> html.Div:
    if profile is None:
        return figure_of("Rows profiled", "none", "no profile in this release")
    parts = f"{len(profile.overall.columns)} columns, {len(profile.groups)} groups"
    by = (
        "without Spark"
        if profile.run.engine == "local"
        else f"by Spark {profile.run.engine_version}"
    )
    return figure_of("Rows profiled", f"{profile.rows:,}", f"{parts}, {by}")


def _quality(shown: ModelCard | None) -> html.Div:
    if shown is None:
        return figure_of("Model accuracy", "none", "no model in this release")
    found = shown.cross_validation or shown.held_out or shown.on_given
    name = "Model accuracy" if shown.kind == "classifier" else "Model R²"
    if found is None:
        return figure_of(name, "not measured", "the model was trained elsewhere")
    if isinstance(found, (CrossValidation, CrossValidationRegression)):
        how = f"cross-validated {found.repeats} × {found.folds} times"
    else:
        how = f"on {found.rows:,} {'held-out rows' if shown.held_out else 'rows given'}"
    if isinstance(found, (CrossValidation, HeldOut)):
        share = found.accuracy
        ends = f"{100 * share.low:.1f} to {min(100, 100 * share.high):.1f} %"
        return figure_of(name, f"{100 * share.value:.1f} %", f"95 % interval {ends}; {how}")
    ends = f"{found.r2.low:.3f} to {found.r2.high:.3f}"
    return figure_of(name, f"{found.r2.value:.3f}", f"95 % interval {ends}; {how}")


def _speed() -> html.Div:
    model = services().model()
    if model is None:
        return figure_of("One prediction", "not yet", "the model is being opened and checked")
    return figure_of(
        "One prediction",
        f"{model.microseconds:.0f} µs",
        "median in this server's process, measured when the model was loaded",
    )


def _machines() -> html.Div:
    runs = services().live().benchmark_runs.values()
    if not runs:
        return figure_of("Machines measured", "none yet", "no training timings in this release")
    with_gpu = sum(bool(run.machine.accelerators) for run in runs)
    return figure_of("Machines measured", str(len(runs)), f"{with_gpu or 'none'} with a GPU")


def _way(profile: Profile | None, shown: ModelCard | None) -> html.Section | None:
    """How what is live came to be, with the facts of each step."""
    release = services().live().release
    if profile is None or shown is None or release is None:
        return None
    run, model = profile.run, services().model()
    served = f"checked on {len(shown.golden.rows)} golden rows"
    table, learned = profile.input, shown.data
    steps = [
        (
            "A table",
            f"{table.uri}, {profile.rows:,} {profile.descriptor.rows}, "
            f"{profile.rejected.rows:,} kept out",
        ),
        (
            "A job" if run.engine == "local" else "A Spark job",
            f"{run.tasks} tasks in {run.aggregate_seconds:.1f} s"
            + ("" if run.engine == "local" else f", after {run.start_seconds:.1f} s to start"),
        ),
        (
            "A model",
            f"{shown.steps[-1].estimator.rpartition('.')[2]}, "
            + (
                "trained elsewhere"
                if learned.train_rows is None
                else f"{learned.train_rows:,} rows to learn from"
            ),
        ),
        ("A release", f"{release.id}, {release.created:%d %B %Y}, each file pinned by its hash"),
        ("Live", f"{served}, then served" if model else "being opened and checked"),
    ]
    listed = [html.Li([html.B(title), html.Span(text)]) for title, text in steps]
    return card("How this came to be live", html.Ol(listed, className="steps"))


def _rooms() -> html.Nav:
    links = [
        html.A(
            [
                html.Span(name, className="room-name"),
                html.Span(title, className="room-title"),
                html.Span(text, className="room-text"),
            ],
            href=href,
            className="room",
        )
        for href, name, title, text in ROOMS
    ]
    return html.Nav(links, className="rooms", **attributes(aria_label="The way through the house"))
