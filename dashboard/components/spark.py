"""The cards of one Spark application: what it did, drawn, said, and as tables."""

from typing import Any

from dash import html

from dashboard.components.answer import notice
from dashboard.components.application import (
    FEW,
    findings_list,
    key_figures,
    plan,
    spent_bar,
    verdict,
)
from dashboard.components.charts import drawn_card, styled
from dashboard.components.page import card, empty, facts
from dashboard.components.tables import Shown, csv_button, table
from dashboard.figures.application.dag import dag, dag_height, dag_rows
from dashboard.figures.application.scaling import scaling, scaling_rows
from dashboard.figures.application.stages import IN_BYTES, STAGE_COLUMNS, spent, stage_rows
from dashboard.figures.application.task_times import task_times, task_times_height, task_times_rows
from dashboard.figures.application.timeline import timeline, timeline_height, timeline_rows
from dashboard.theme import Mode
from store.application import Application
from store.quantities import counted, duration, size


def what_it_did(application: Application, mode: Mode) -> list[Any]:
    """The cards of one application, in a visitor's mode."""
    return [
        _partial(application),
        card("In short", verdict(application), note=f"Spark {application.spark_version}"),
        key_figures(application),
        _spent_and_found(application),
        _timeline(application, mode),
        html.Div(
            [_stages(application, mode), _task_times(application, mode)], className="two-columns"
        ),
        _scaling(application, mode),
        _stage_table(application),
        html.Div([_plans(application), _about(application)], className="two-columns"),
    ]


def _partial(application: Application) -> html.Div | None:
    said = [] if application.complete else ["The log ends before the application did."]
    if application.stage_count > len(application.stages):
        kept = len(application.stages)
        said.append(
            f"Of {application.stage_count:,} stages the {kept} with the most work are here."
        )
    said += application.notes
    return notice("Not all of it is here.", " ".join(said)) if said else None


def _spent_and_found(application: Application) -> html.Div:
    """The two side by side where the findings are few."""
    few = len(application.findings) <= FEW
    both = [_spent(application), _findings(application)]
    return html.Div(both, className="two-columns" if few else "cards")


def _spent(application: Application) -> html.Section:
    parts = spent(application)
    return card(
        "Where the cores' time went",
        spent_bar(parts) if parts else empty("No task ran.", "Nothing was asked of the cores."),
        caption=f"All of {counted(application.cores, 'core')} from the start of "
        "the application to its end.",
        note=duration(application.cores * application.seconds) + " of cores",
    )


def _findings(application: Application) -> html.Section:
    return card(
        "What stands out",
        findings_list(application.findings),
        caption="Rules with thresholds, the worst first. Each says what was measured.",
    )


def _timeline(application: Application, mode: Mode) -> html.Section:
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
        timeline_rows(application),
        caption="Tasks by core",
        decimals=3,
        name="timeline",
    )
    return drawn_card(
        "Who ran what when",
        styled(timeline(application), mode),
        rows,
        caption=caption,
        height=timeline_height(application),
        note=counted(application.totals.tasks, "task"),
    )


def _stages(application: Application, mode: Mode) -> html.Section:
    rows = table(
        ["Stage", "Reads from", "Seconds", "Seconds in tasks", "Tasks"],
        dag_rows(application),
        caption="Stages and what feeds them",
        decimals=3,
        name="stages-graph",
    )
    return drawn_card(
        "What feeds what",
        styled(dag(application), mode),
        rows,
        caption="Stages from top to bottom; a line leads to the stage that reads the output. The "
        "larger the mark, the more task time.",
        height=dag_height(application),
    )


def _task_times(application: Application, mode: Mode) -> html.Section:
    rows = table(
        ["Stage", "Tasks", "Minimum", "5 %", "25 %", "Median", "75 %", "95 %", "Maximum", "Skew"],
        task_times_rows(application),
        caption="Seconds of the tasks by stage",
        decimals=3,
        name="task-times",
    )
    return drawn_card(
        "How even the tasks are",
        styled(task_times(application), mode),
        rows,
        caption="A narrow box is even work; a longest task far to the right keeps all others "
        "waiting. Seconds, on a logarithmic axis.",
        height=task_times_height(application),
    )


def _scaling(application: Application, mode: Mode) -> html.Section:
    rows = table(
        ["Cores", "About (s)", "Times as fast"],
        scaling_rows(application),
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
        styled(scaling(application), mode),
        rows,
        caption="The measured tasks, scheduled again on other numbers of cores.",
        height=320,
        note="an estimate",
        after=assumed,
    )


def _stage_table(application: Application) -> html.Section:
    sizes = {STAGE_COLUMNS.index(name) for name in IN_BYTES}
    rows = table(
        STAGE_COLUMNS,
        [
            [
                Shown(size(v), v) if i in sizes and isinstance(v, int) else v
                for i, v in enumerate(row)
            ]
            for row in stage_rows(application)
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
        note=counted(application.stage_count, "stage"),
    )


def _plans(application: Application) -> html.Section:
    plans = [plan(query) for query in reversed(application.queries)]
    return card(
        "How Spark planned the queries",
        plans or empty("There is no SQL query.", "DataFrames and SQL have a plan; RDDs have none."),
        caption="The final plan of each query: an operator, the rows it gave, and below it what "
        "feeds it.",
        note=f"{application.query_count:,} in all",
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
            f"{application.executor_count:,} on {counted(hosts, 'host')}, "
            f"{counted(application.cores, 'core')} at most",
        ),
        ("Log", "whole" if application.complete else "ends before the application did"),
    ]
    pairs += [
        (f"Executor {e.id}", f"gone after {duration(e.removed or 0)}: {e.reason}")
        for e in gone[:10]
    ]
    return card("Where it ran", facts(pairs))
