"""Spark: what did the job do, and was it worth a cluster?"""

from typing import Any

import dash
import plotly.graph_objects as go
from dash import Input, Output, callback, dcc, html, no_update
from flask import request

from dashboard.components.answer import notice
from dashboard.components.application import (
    FEW,
    findings_list,
    key_figures,
    plan,
    spent_bar,
    verdict,
)
from dashboard.components.charts import drawn_card
from dashboard.components.engines import engine_cards
from dashboard.components.page import attributes, card, command, empty, facts, page
from dashboard.components.tables import Shown, csv_button, table
from dashboard.figures import application as charts
from dashboard.services import services
from dashboard.theme import COOKIE, mode_of, template
from dashboard.uploads import MAX_EXPANDED_BYTES, MAX_UPLOAD_BYTES, read_upload
from store.application import Application
from store.errors import NotAnEventLog
from store.quantities import duration, size

HEADING = "What did Spark do?"
LEAD = (
    "Every job, stage and task of an application, read from its event log: where the time went, "
    "what stands out, and whether more cores would have helped."
)

dash.register_page(
    __name__,
    path="/spark",
    name="Spark",
    title="Spark - Cellar Lab",
    description="What a Spark application did, where its time went, and what to do about it.",
    order=1.5,
    in_navigation=True,
    heading=HEADING,
    lead=LEAD,
)

SHOWN = "spark-shown"
LOG = "spark-log"  # assets/spark.js puts the visitor's files in
DROP, CHOOSE = "spark-drop", "spark-choose"
ENGINES = "engines"
STATUS = "spark-status"
REFUSED = "spark-refused"


def layout(application: str = "", **_query: str) -> html.Main:
    names = list(services().live().applications)
    shown = services().application(application if application in names else None)
    return page(
        HEADING,
        LEAD,
        [
            _others(names, application if application in names else _default(names)),
            html.Div(what_it_did(shown) if shown else _nothing(), id=SHOWN, className="cards"),
            _any_log(),
            html.Div(
                engine_cards(services().engine_run(), _styled, problem=services().problem(ENGINES)),
                id=ENGINES,
                className="cards",
            ),
        ],
        name="spark",
    )


@callback(
    Output(SHOWN, "children"),
    Output(STATUS, "children"),
    Input(LOG, "data"),
    prevent_initial_call=True,
)
def show_upload(log: dict[str, list[str]] | None) -> tuple[Any, Any]:
    if not log:
        raise dash.exceptions.PreventUpdate
    try:
        shown = read_upload(log["names"], log["contents"])
    except NotAnEventLog as error:
        return no_update, notice("This log cannot be shown.", str(error), kind="bad")
    brought = notice(
        "Your log, shown to you alone.",
        "It was read from the file you chose and is kept nowhere; reload the page to leave it.",
        kind="ok",
    )
    return [brought, *what_it_did(shown)], f"{shown.name} is shown above."


def what_it_did(application: Application) -> list[Any]:
    """The cards of one application."""
    return [
        _partial(application),
        card("In short", verdict(application), note=f"Spark {application.spark_version}"),
        key_figures(application),
        _spent_and_found(application),
        _timeline(application),
        html.Div([_stages(application), _task_times(application)], className="two-columns"),
        _scaling(application),
        _stage_table(application),
        html.Div([_plans(application), _about(application)], className="two-columns"),
    ]


def _default(names: list[str]) -> str:
    default = services().default()
    return default if default in names else next(iter(names), "")


def _nothing() -> list[Any]:
    door = services()
    name = door.default()
    why = door.problem(f"application {name}") or door.problem("release")
    nothing = empty(
        "No application is published yet.",
        [command("python -m pipeline run"), command("python -m pipeline application EVENT_LOG")],
        why=why,
    )
    return [card("No application", nothing)]


def _partial(application: Application) -> html.Div | None:
    said = [] if application.complete else ["The log ends before the application did."]
    if application.stage_count > len(application.stages):
        kept = len(application.stages)
        said.append(
            f"Of {application.stage_count:,} stages the {kept} with the most work are here."
        )
    said += application.notes
    return notice("Not all of it is here.", " ".join(said)) if said else None


def _others(names: list[str], shown: str) -> html.Nav | None:
    if len(names) < 2:
        return None
    links = [
        html.A(
            name,
            href=f"/spark?application={name}",
            className="pill",
            **(attributes(aria_current="true") if name == shown else {}),
        )
        for name in names
    ]
    return html.Nav(links, className="pills", **attributes(aria_label="Applications"))


def _spent_and_found(application: Application) -> html.Div:
    """The two side by side where the findings are few."""
    few = len(application.findings) <= FEW
    both = [_spent(application), _findings(application)]
    return html.Div(both, className="two-columns" if few else "cards")


def _spent(application: Application) -> html.Section:
    parts = charts.spent(application)
    return card(
        "Where the cores' time went",
        spent_bar(parts) if parts else empty("No task ran.", "Nothing was asked of the cores."),
        caption=f"All {application.cores:,} core{'s'[: application.cores != 1]} from the start of "
        "the application to its end.",
        note=duration(application.cores * application.seconds) + " of cores",
    )


def _findings(application: Application) -> html.Section:
    return card(
        "What stands out",
        findings_list(application.findings),
        caption="Rules with thresholds, the worst first. Each says what was measured.",
    )


def _timeline(application: Application) -> html.Section:
    bars = application.timeline
    caption = (
        "Each row is a core, each bar a task in the colour and pattern of its stage. Shaded: no "
        "job runs."
    )
    if bars.merged:
        caption += " Neighbouring tasks of a stage are drawn as one bar, which says how many."
    if bars.left_out:
        caption += f" {bars.left_out:,} short tasks had no room."
    rows = table(
        ["Core", "Stage", "Tasks", "From (s)", "To (s)", "Outcome"],
        charts.timeline_rows(application),
        caption="Tasks by core",
        decimals=3,
        name="timeline",
    )
    return drawn_card(
        "Who ran what when",
        _styled(charts.timeline(application)),
        rows,
        caption=caption,
        height=charts.timeline_height(application),
        note=f"{application.totals.tasks:,} tasks",
    )


def _stages(application: Application) -> html.Section:
    rows = table(
        ["Stage", "Reads from", "Seconds", "Seconds in tasks", "Tasks"],
        charts.dag_rows(application),
        caption="Stages and what feeds them",
        decimals=3,
        name="stages-graph",
    )
    return drawn_card(
        "What feeds what",
        _styled(charts.dag(application)),
        rows,
        caption="Stages from top to bottom; a line leads to the stage that reads the output. The "
        "larger the mark, the more task time.",
        height=charts.dag_height(application),
    )


def _task_times(application: Application) -> html.Section:
    rows = table(
        ["Stage", "Tasks", "Minimum", "5 %", "25 %", "Median", "75 %", "95 %", "Maximum", "Skew"],
        charts.task_times_rows(application),
        caption="Seconds of the tasks by stage",
        decimals=3,
        name="task-times",
    )
    return drawn_card(
        "How even the tasks are",
        _styled(charts.task_times(application)),
        rows,
        caption="A narrow box is even work; a longest task far to the right keeps all others "
        "waiting. Seconds, on a logarithmic axis.",
        height=charts.task_times_height(application),
    )


def _scaling(application: Application) -> html.Section:
    rows = table(
        ["Cores", "About (s)", "Times as fast"],
        charts.scaling_rows(application),
        caption="Estimated seconds by cores",
        decimals=2,
        name="cores",
    )
    assumed = html.Div(
        [
            html.H3("What this takes for granted"),
            html.Ul(
                [html.Li(text) for text in application.scaling.assumptions], className="plain-list"
            ),
        ],
        className="assumptions",
    )
    return drawn_card(
        "With more cores, with fewer",
        _styled(charts.scaling(application)),
        rows,
        caption="The measured tasks, scheduled again on other numbers of cores.",
        height=320,
        note="an estimate",
        after=assumed,
    )


def _stage_table(application: Application) -> html.Section:
    sizes = {charts.STAGE_COLUMNS.index(name) for name in charts.IN_BYTES}
    rows = table(
        charts.STAGE_COLUMNS,
        [
            [
                Shown(size(v), v) if i in sizes and isinstance(v, int) else v
                for i, v in enumerate(row)
            ]
            for row in charts.stage_rows(application)
        ],
        caption="All figures of every stage",
        decimals=2,
        name="stages",
        sortable=True,
    )
    return card(
        "Stage by stage",
        [rows, csv_button()],
        caption="A heading sorts by its column; the CSV has every byte.",
        note=f"{application.stage_count:,} stages",
    )


def _plans(application: Application) -> html.Section:
    plans = [plan(query) for query in reversed(application.queries)]
    return card(
        "How Spark planned the queries",
        plans or empty("There is no SQL query.", "DataFrames and SQL have a plan; RDDs have none."),
        caption="The final plan of each query: an operator, the rows it gave, and below it what "
        "feeds it.",
        note=f"{application.query_count:,} queries",
    )


def _about(application: Application) -> html.Section:
    hosts = len({executor.host for executor in application.executors})
    gone = [one for one in application.executors if one.removed is not None]
    pairs: list[tuple[str, Any]] = [
        ("Application", f"{application.name}, {application.application_id}"),
        ("Started", f"{application.started:%d %B %Y %H:%M:%S} UTC"),
        ("Engine", f"Spark {application.spark_version}, Java {application.java_version or '?'}"),
        ("Master", application.master or "not stated"),
        (
            "Executors",
            f"{application.executor_count:,} on {hosts:,} host{'s'[: hosts != 1]}, "
            f"{application.cores:,} cores at most",
        ),
        ("Log", "whole" if application.complete else "ends before the application did"),
    ]
    pairs += [
        (f"Executor {e.id}", f"gone after {duration(e.removed or 0)}: {e.reason}")
        for e in gone[:10]
    ]
    return card("Where it ran", facts(pairs))


def _any_log() -> html.Section:
    packed, expanded = MAX_UPLOAD_BYTES // 2**20, MAX_EXPANDED_BYTES // 2**20
    return card(
        "Look at any Spark application's log",
        [
            html.Div(
                [
                    html.Button("Choose a log", id=CHOOSE, type="button", className="pill"),
                    html.Span("or drop it here: one file, or all files of a rolling log."),
                ],
                id=DROP,
                className="drop-zone",
            ),
            dcc.Store(id=LOG),
            html.Div(id=STATUS, role="status", className="upload-status"),
            html.Div(id=REFUSED, role="status"),  # assets/spark.js says here what it refuses
        ],
        caption=f"Plain or packed with zstd, at most {packed} MB ({expanded} MB unpacked). It is "
        "read on this server, shown to you alone, and kept nowhere. Spark writes it when "
        "spark.eventLog.enabled=true, into spark.eventLog.dir.",
    )


def _styled(figure: go.Figure) -> go.Figure:
    """The figure in the visitor's mode. Assigned: updating would keep Plotly's own template."""
    figure.layout.template = template(mode_of(request.cookies.get(COOKIE)))
    return figure
