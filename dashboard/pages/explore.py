"""Explore: what did the Spark job find in the table, and what does it rest on?"""

import csv
import io
import shlex
import time
from typing import Any
from urllib.parse import urlencode

import dash
import dash_bootstrap_components as dbc
import plotly.graph_objects as go
from dash import (
    ALL,
    MATCH,
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    ctx,
    dcc,
    html,
)
from flask import request

from dashboard.columns import figure_of_bar, matching
from dashboard.columns import shown as shown_column
from dashboard.components import evidence as shown_evidence
from dashboard.components.answer import notice
from dashboard.components.charts import CONFIG, chart_card
from dashboard.components.drift import MAX_LISTED, drift_card
from dashboard.components.job import engine_of, job_card
from dashboard.components.page import attributes, card, command, empty, page
from dashboard.components.pickers import checks, column_picker, search, select, tables
from dashboard.components.tables import table
from dashboard.drift import drift
from dashboard.figures import drift as drifts
from dashboard.figures import profiles as charts
from dashboard.figures.labels import (
    ALL_ROWS,
    by_label,
    columns_of,
    decimals_of,
    label_of,
    part,
    parts,
    trend,
)
from dashboard.services import services
from dashboard.theme import COOKIE, mode_of, template
from dashboard.view import View, address, first_groups, grouped_by, view
from store.errors import Unreachable
from store.evidence import Question
from store.schema import Profile

HEADING = "What is in the data?"
LEAD = "One job condensed the table into these figures. Click a bar for its evidence."

dash.register_page(
    __name__,
    path="/explore",
    name="Explore",
    title="Explore - Cellar Lab",
    description="Distributions, group means and correlations that a Spark job found.",
    order=1,
    in_navigation=True,
    heading=HEADING,
    lead=LEAD,
)

PROFILE, TABLE, BY = "explore-profile", "explore-table", "explore-by"
COLUMN, GROUPS, COMPARE = "explore-column", "explore-groups", "explore-compare"
MEASURE, MEASURE_PICKER = "explore-measure", "explore-measure-picker"
DISTRIBUTION, DISTRIBUTION_TABLE = "explore-distribution", "explore-distribution-table"
CAPTION = "explore-distribution-caption"
SUBJECT, BAR, OPEN, EVIDENCE = (f"explore-{n}" for n in ("subject", "bar", "open", "evidence"))
CLOSE, RECOMPUTE, RECOMPUTED = "explore-close", "explore-recompute", "explore-recomputed"
MEANS, MEANS_TABLE = "explore-means", "explore-means-table"
DRIFT, OVERLAY = "explore-drift", "explore-overlay"
SECTION = "explore-section"
CORRELATION, CORRELATION_TABLE = "explore-correlation", "explore-correlation-table"
STATISTICS, SEARCH, SAVE, SAVED = (f"explore-{n}" for n in ("statistics", "search", "save", "csv"))
CHART_HEIGHT, ROW_HEIGHT = 400, 34
SPARK_PAGE = "/spark"
NOTHING = "-"  # no table can be called so
MANY_TABLES = 6  # more are a list, not pills
PAGE_ROWS = 50  # of the statistics; further ones are found by searching


def layout(
    profile: str = "", by: str = "", column: str = "", compare: str = "", **_query: str
) -> html.Main:
    door = services()
    profiles = door.live().profiles
    asked = {"profile": profile, "by": by, "column": column, "compare": compare}
    found = view(profiles, door.default(), **asked)
    if found is None:
        nothing = empty(
            "There is no profile to show.",
            command("python -m pipeline run"),
            why=door.problem(f"profile {door.default()}"),
        )
        return page(HEADING, LEAD, [card("No profile", nothing)], name="explore")
    shown = found.profile
    body = [
        _synthetic(shown),
        _tables(list(profiles), shown),
        dbc.Input(id=PROFILE, type="hidden", value=shown.name),
        _pickers(found, list(profiles)),
        html.Div([_distribution(found), _means(shown)], className="two-columns"),
        html.Div(id=EVIDENCE),
        _drift(found),
        _section_picker(shown),
        _correlation(shown),
        _statistics(shown),
        job_card(shown, details=_details(shown)),
    ]
    return page(HEADING, LEAD, body, name=f"explore{' is-synthetic' * _is_synthetic(shown)}")


# The link holds the view: assets/explore.js writes it as pickers change, and reads it on "back".
clientside_callback(
    ClientsideFunction("explore", "address"),
    Input(TABLE, "value"),
    Input(BY, "value"),
    Input(COLUMN, "value"),
    Input(COMPARE, "value"),
    State(PROFILE, "value"),
    prevent_initial_call=True,
)


@callback(
    Output(DISTRIBUTION, "figure"),
    Output(DISTRIBUTION_TABLE, "children"),
    Output(CAPTION, "children"),
    Output(MEASURE_PICKER, "hidden"),
    Input(COLUMN, "value"),
    Input(GROUPS, "value"),
    Input(MEASURE, "value"),
    Input(BY, "value"),
    Input(PROFILE, "value"),
)
def show_column(
    column: str, groups: list[str], measure: str, by: str, name: str
) -> tuple[Any, Any, Any, Any]:
    profile = _profile(name, by)
    drawn = shown_column(profile, column, groups, measure)
    is_date = columns_of(profile).get(column) == "date"
    return _styled(drawn.figure), drawn.table, drawn.caption, not is_date


@callback(
    Output(MEANS, "figure"),
    Output(MEANS_TABLE, "children"),
    Input(GROUPS, "value"),
    Input(BY, "value"),
    Input(PROFILE, "value"),
)
def show_means(groups: list[str], by: str, name: str) -> tuple[Any, Any]:
    profile = _profile(name, by)
    labels = [g.label for g in parts(profile) if g.value in groups and profile.groups]
    rows = charts.group_means_rows(profile, groups)
    shown = table(
        ["Column", *(f"{label} {what}" for label in labels for what in ("mean", "sd"))],
        rows,
        caption="Mean and standard deviation of each column by group",
        decimals=3,
        name=f"{name}-group-means",
    )
    return _styled(charts.group_means(profile, groups)), shown


@callback(
    Output(SUBJECT, "value"),
    Output(BAR, "data"),
    Input(DISTRIBUTION, "clickData"),
    State(COLUMN, "value"),
    State(BY, "value"),
    State(PROFILE, "value"),
    prevent_initial_call=True,
)
def pick_bar(clicked: dict[str, Any] | None, column: str, by: str, name: str) -> tuple[Any, Any]:
    """The tallest of the bars that were clicked: which group, and which place in its chart."""
    profile = _profile(name, by)
    groups = parts(profile)
    points = [p for p in (clicked or {}).get("points", []) if p["curveNumber"] < len(groups)]
    if not points:
        raise dash.exceptions.PreventUpdate
    length = "x" if columns_of(profile).get(column) == "category" else "y"
    point = max(points, key=lambda one: one.get(length) or 0)
    place = {"column": column, "place": point["pointNumber"], "x": point["x"]}
    return groups[point["curveNumber"]].value, place


@callback(
    Output(EVIDENCE, "children"),
    Input(OPEN, "n_clicks"),
    Input(BAR, "data"),
    Input(SUBJECT, "value"),
    Input({"type": CLOSE, "index": ALL}, "n_clicks"),
    Input(COLUMN, "value"),
    State(EVIDENCE, "children"),
    State(BY, "value"),
    State(PROFILE, "value"),
    prevent_initial_call=True,
)
def show_evidence(
    _opened: int | None,
    bar: dict[str, Any] | None,
    value: str,
    closed: list[int | None],
    column: str,
    there: Any,
    by: str,
    name: str,
) -> Any:
    triggered = {key.rpartition(".")[0] for key in ctx.triggered_prop_ids}
    if COLUMN in triggered or any(closed):
        return None
    if not triggered & {OPEN, BAR} and not there:
        raise dash.exceptions.PreventUpdate
    profile = _profile(name, by)
    if column not in columns_of(profile):
        return None
    return _evidence(profile, column, value, bar if bar and bar["column"] == column else None)


@callback(
    Output({"type": RECOMPUTED, "index": MATCH}, "children"),
    Input({"type": RECOMPUTE, "index": MATCH}, "n_clicks"),
    State(COLUMN, "value"),
    State(SUBJECT, "value"),
    State(BY, "value"),
    State(PROFILE, "value"),
    prevent_initial_call=True,
)
def recompute(clicks: int | None, column: str, value: str, by: str, name: str) -> Any:
    profile = _profile(name, by)
    if not clicks or column not in columns_of(profile):
        raise dash.exceptions.PreventUpdate
    group = part(profile, value)
    grouped = None if group.value == ALL_ROWS else profile.group_by
    begin = time.perf_counter()
    try:
        question = Question(column, grouped, group.value if grouped else None)
        found = services().evidence.recompute(_profile(name, None), question)
    except Unreachable as error:
        return shown_evidence.unreachable(str(error), _verb(profile, column, value))
    is_number = columns_of(profile)[column] == "number"
    return shown_evidence.verdict(
        found.checks,
        decimals=decimals_of(profile, column) + 3 if is_number else 0,
        caption=f"{label_of(profile, column)}, {group.label}: in the profile and from the rows",
        name=f"{name}-{column}-{group.label}-evidence",
        seconds=time.perf_counter() - begin,
    )


@callback(
    Output(COLUMN, "value"),
    Input({"type": DRIFT, "index": ALL}, "clickData"),
    prevent_initial_call=True,
)
def pick_drifted(clicked: list[dict[str, Any] | None]) -> str:
    points = [point for one in clicked if one for point in one["points"] if point.get("customdata")]
    if not points:
        raise dash.exceptions.PreventUpdate
    return str(points[0]["customdata"][0])


@callback(
    Output(OVERLAY, "children"),
    Input(COLUMN, "value"),
    Input(COMPARE, "value"),
    State(PROFILE, "value"),
)
def show_overlay(column: str, compare: str, name: str) -> Any:
    other = services().live().profiles.get(compare)
    if other is None or other.name == name:
        return None
    profile = _profile(name, None)
    kind = columns_of(profile).get(column)
    if kind is None:
        return None
    if kind == "date":
        said = "Dates have no drift of their own: their rows by period are in the chart above."
        return html.P(said, className="card-caption")
    figure = _styled(drifts.overlay(profile, other, column, (name, other.name)))
    label = f"{label_of(profile, column)} in {name} and in {other.name}"
    return [
        html.H3(label),
        html.Div(
            dcc.Graph(figure=figure, config=CONFIG, style={"height": "360px"}),
            className="chart",
            role="img",
            style={"minHeight": "360px"},
            **attributes(aria_label=label),
        ),
    ]


@callback(
    Output(CORRELATION, "figure"),
    Output(CORRELATION_TABLE, "children"),
    Input(SECTION, "value"),
    Input(BY, "value"),
    Input(PROFILE, "value"),
)
def show_correlation(value: str, by: str, name: str) -> tuple[Any, Any]:
    profile = _profile(name, by)
    section = part(profile, value)
    columns = [section.columns[i].name for i in charts.most_correlated(section)]
    correlated = table(
        ["Column", *(label_of(profile, column, unit=False) for column in columns)],
        charts.correlation_rows(profile, section),
        caption=f"Correlation, {section.label}",
        name=f"{name}-correlation-{section.label}",
    )
    return _styled(charts.correlation(profile, section)), correlated


@callback(
    Output(STATISTICS, "children"),
    Input(SECTION, "value"),
    Input(SEARCH, "value"),
    Input(BY, "value"),
    Input(PROFILE, "value"),
)
def show_statistics(value: str, wanted: str | None, by: str, name: str) -> Any:
    profile = _profile(name, by)
    section = part(profile, value)
    found = matching(profile, section, wanted or "")
    columns = found[:PAGE_ROWS]
    described = table(
        ["Column", *charts.STATISTICS],
        charts.statistics_rows(profile, section, columns),
        caption=f"Statistics, {section.label}",
        decimals=[decimals_of(profile, column.name) + 1 for column in columns],
    )
    if len(columns) == len(section.columns):
        return described
    said = f"{len(columns):,} of {len(found):,} columns found, of {len(section.columns):,} in all."
    return [described, html.P(said, className="card-caption", role="status")]


@callback(
    Output(SAVED, "data"),
    Input(SAVE, "n_clicks"),
    State(SECTION, "value"),
    State(BY, "value"),
    State(PROFILE, "value"),
    prevent_initial_call=True,
)
def save_statistics(clicks: int | None, value: str, by: str, name: str) -> dict[str, Any]:
    """All columns, however many of them are shown."""
    if not clicks:
        raise dash.exceptions.PreventUpdate
    profile = _profile(name, by)
    section = part(profile, value)
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["Column", *charts.STATISTICS])
    writer.writerows(charts.statistics_rows(profile, section))
    return {
        "content": lines.getvalue(),
        "filename": f"{name}-statistics-{section.label}.csv",
        "type": "text/csv",
    }


def _profile(name: str, by: str | None) -> Profile:
    """The profile a page was drawn from. Nothing is updated when a release took it away."""
    found = services().profile(name)
    if found is None:
        raise dash.exceptions.PreventUpdate
    return grouped_by(found, by)


def _styled(figure: go.Figure) -> go.Figure:
    """The figure in the visitor's mode. Assigned: updating would keep Plotly's own template."""
    figure.layout.template = template(mode_of(request.cookies.get(COOKIE)))
    return figure


def _details(profile: Profile) -> str:
    """Where what Spark did is shown, "" where that was not kept."""
    has_page = any(entry["path"] == SPARK_PAGE for entry in dash.page_registry.values())
    has_log = profile.name in services().live().applications
    return (
        f"{SPARK_PAGE}?{urlencode({'application': profile.name})}" if has_page and has_log else ""
    )


def _is_synthetic(profile: Profile) -> bool:
    return profile.descriptor.synthetic


def _synthetic(profile: Profile) -> html.Div | None:
    if not _is_synthetic(profile):
        return None
    return notice("Synthetic rows.", "They were drawn to look like a table; none was observed.")


def _tables(names: list[str], shown: Profile) -> html.Nav | None:
    if len(names) > MANY_TABLES:
        return None
    return tables(names, {name: address(profile=name) for name in names}, shown.name)


def _pickers(found: View, names: list[str]) -> html.Section:
    shown = found.profile
    kinds: dict[str, list[tuple[str, str]]] = {"number": [], "category": [], "date": []}
    for column, kind in columns_of(shown).items():
        kinds[kind].append((column, label_of(shown, column)))
    bys = [(column, by_label(shown, column)) for column in found.groupings]
    others = [(name, name) for name in names if name != shown.name]
    chosen = first_groups(shown)
    groups = by_label(shown)
    if len(chosen) < len(shown.groups):
        groups += f": the {len(chosen)} largest of {len(shown.groups)} at first"
    return html.Section(
        [
            select(
                TABLE,
                "Table",
                [(name, name) for name in names],
                shown.name,
                hidden=len(names) <= MANY_TABLES,
            ),
            column_picker(COLUMN, kinds, found.column),
            select(BY, "Group by", bys, shown.group_by or "", hidden=len(bys) < 2),
            select(
                COMPARE,
                "Compare with",
                [(NOTHING, "no other table"), *others],
                found.compare.name if found.compare else NOTHING,
                hidden=not others,
            ),
            checks(GROUPS, groups, [(g.value, g.label) for g in shown.groups], chosen),
        ],
        className="card-box pickers",
        **attributes(aria_label="What to show", data_column=found.column),
    )


def _distribution(found: View) -> html.Section:
    shown = found.profile
    measured = trend(shown.overall, next((t.name for t in shown.overall.trends), ""))
    measures = [(name, label_of(shown, name)) for name in (measured.means if measured else {})]
    subjects = [(group.value, group.label) for group in parts(shown)]
    return chart_card(
        "Distribution",
        chart=DISTRIBUTION,
        table=DISTRIBUTION_TABLE,
        caption=html.Span(id=CAPTION),
        height=_height(shown),
        note=f"{shown.rows:,} {shown.descriptor.rows}",
        above=html.Div(
            select(MEASURE, "Mean of", measures, measures[0][0] if measures else ""),
            id=MEASURE_PICKER,
            hidden=True,
            className="chart-picker",
        ),
        below=html.Div(
            [
                select(SUBJECT, "A bar's evidence", subjects, subjects[0][0]),
                html.Button("Show the evidence", id=OPEN, type="button", className="pill"),
                dcc.Store(id=BAR),
            ],
            className="evidence-picker",
        ),
    )


def _means(profile: Profile) -> html.Section:
    varied = sum(1 for column in profile.overall.columns if column.sd)
    limited = (
        f" The {charts.MAX_MEANS} of {varied:,} columns whose groups differ most: by eta squared, "
        "the share of the variance that lies between the groups."
    )
    return chart_card(
        "Group means",
        chart=MEANS,
        table=MEANS_TABLE,
        caption="How far each group's mean lies from the overall mean; bars span one standard "
        "deviation of the group each way." + limited * (varied > charts.MAX_MEANS),
        height=_height(profile) + 60,
        hidden=not profile.groups,
    )


def _evidence(profile: Profile, column: str, value: str, bar: dict[str, Any] | None) -> Any:
    group = part(profile, value)
    run, read = profile.run, profile.input
    pairs: list[tuple[str, Any]] = [
        ("Figure", figure_of_bar(profile, group, column, bar)),
        ("Rows", f"{group.rows:,} of {profile.rows:,} {profile.descriptor.rows}"),
        ("Kept out", f"{profile.rejected.rows:,} rows of the table"),
        ("Run", f"{profile.run_id}, {run.started:%d %B %Y %H:%M} UTC"),
        ("Engine", engine_of(run)),
        ("Input", f"{read.uri}, {read.bytes:,} bytes"),
        ("Input sha256", html.Code(read.sha256, className="hash")),
    ]
    if columns_of(profile)[column] == "number":
        pairs.insert(2, ("Quantiles", charts.exactness([group.column(column)])))
    try:
        services().evidence.files(profile)
    except Unreachable as error:
        action = shown_evidence.unreachable(str(error), _verb(profile, column, value))
    else:
        ids = {"type": RECOMPUTE, "index": 0}
        action = [
            html.Button("Recompute from the input", id=ids, type="button", className="pill"),
            html.Div(id={"type": RECOMPUTED, "index": 0}, **attributes(aria_live="polite")),
        ]
    close = html.Button(
        "Close", id={"type": CLOSE, "index": 0}, type="button", className="quiet-button"
    )
    title = f"Evidence: {label_of(profile, column, unit=False)}, {group.label}"
    return shown_evidence.panel(title, pairs, action, close=close)


def _verb(profile: Profile, column: str, value: str) -> str:
    """The command that recomputes where the rows are."""
    release = services().live().release
    released = release.profiles if release else ()
    key = next((p.file.key for p in released if p.name == profile.name), profile.name)
    said = ["python", "-m", "pipeline", "evidence", key, "--column", column]
    if profile.group_by is not None and part(profile, value).value != ALL_ROWS:
        said += ["--by", profile.group_by, "--group", value]
    return shlex.join(said)


def _drift(found: View) -> html.Section:
    if found.compare is None:
        return html.Section(html.Div(id=OVERLAY), hidden=True)
    first, second = found.profile, found.compare
    moved = drift(first, second)
    return drift_card(
        (first.name, second.name),
        (first.rows, second.rows),
        _styled(drifts.drift_ranking(first, moved)),
        {"type": DRIFT, "index": 0},
        html.Div(id=OVERLAY),
        heads=drifts.DRIFT_HEADS,
        rows=drifts.drift_rows(first, moved[:MAX_LISTED]),
        drawn=min(len(moved), drifts.MAX_DRIFTS),
        total=len(moved),
    )


def _section_picker(profile: Profile) -> html.Section:
    options = [(ALL_ROWS, f"All {profile.descriptor.rows}")]
    options += [(group.value, group.label) for group in profile.groups]
    return html.Section(
        select(SECTION, "Rows for the correlations and statistics", options, ALL_ROWS),
        className="card-box pickers",
        hidden=not profile.groups,
        **attributes(aria_label="Which rows"),
    )


def _correlation(profile: Profile) -> html.Section:
    total = len(profile.overall.correlation)
    limited = (
        f" The {charts.MAX_CORRELATIONS} of {total:,} columns with the strongest correlations."
    )
    return chart_card(
        "Correlation",
        chart=CORRELATION,
        table=CORRELATION_TABLE,
        caption="Pearson's r: +1 where two columns rise together, −1 where one falls as the other "
        "rises, 0 where they share no line." + limited * (total > charts.MAX_CORRELATIONS),
        height=max(CHART_HEIGHT, 150 + 30 * min(total, charts.MAX_CORRELATIONS)),
    )


def _statistics(profile: Profile) -> html.Section:
    columns = profile.overall.columns
    sections = (profile.overall, *profile.groups)
    exact = charts.exactness([column for section in sections for column in section.columns])
    is_wide = len(columns) > PAGE_ROWS
    field = html.Div(
        [
            html.Label("Find columns", htmlFor=SEARCH),
            search(SEARCH, hint="part of a name"),
        ],
        className="picker chart-picker",
        hidden=not is_wide,
    )
    return card(
        "Statistics",
        [
            field,
            html.Div(id=STATISTICS),
            html.Button("Download CSV", id=SAVE, type="button", className="quiet-button"),
            dcc.Download(id=SAVED),
        ],
        caption=f"Every numeric column, over the rows chosen above. {exact}.",
    )


def _height(profile: Profile) -> int:
    """Room for a row a column, so that charts beside each other end together."""
    columns = min(len(profile.overall.columns), charts.MAX_MEANS)
    return max(CHART_HEIGHT, 70 + ROW_HEIGHT * columns)
