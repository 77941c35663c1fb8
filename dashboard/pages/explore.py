"""Explore: what did the Spark job find in the table?"""

from typing import Any

import dash
import dash_bootstrap_components as dbc
import plotly.graph_objects as go
from dash import Input, Output, callback, html
from flask import request

from dashboard.components.charts import chart_card
from dashboard.components.page import attributes, card, command, empty, facts, page
from dashboard.components.tables import csv_button, table
from dashboard.figures import profiles as charts
from dashboard.services import services
from dashboard.theme import COOKIE, mode_of, template
from store.schema import Profile, Section

HEADING = "What is in the data?"
LEAD = "One Spark job condensed the table into these results. Nothing is computed from rows here."

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

PROFILE = "explore-profile"
FEATURE = "explore-feature"
GROUPS = "explore-groups"
SECTION = "explore-section"
DISTRIBUTION, DISTRIBUTION_TABLE = "explore-distribution", "explore-distribution-table"
MEANS, MEANS_TABLE = "explore-means", "explore-means-table"
CORRELATION, CORRELATION_TABLE = "explore-correlation", "explore-correlation-table"
STATISTICS = "explore-statistics"
ALL_ROWS = "*"
CHART_HEIGHT, ROW_HEIGHT = 400, 34


def layout(profile: str = "", **_query: str) -> html.Main:
    door = services()
    names = list(door.live().profiles)
    shown = door.profile(profile if profile in names else None)
    if shown is None:
        nothing = empty(
            "There is no profile to show.",
            command("python -m pipeline run"),
            why=door.problem(f"profile {door.default()}"),
        )
        return page(HEADING, LEAD, [card("No profile", nothing)], name="explore")
    return page(
        HEADING,
        LEAD,
        [
            _other_profiles(names, shown.name),
            dbc.Input(id=PROFILE, type="hidden", value=shown.name),
            _pickers(shown),
            html.Div([_distribution(shown), _means(shown)], className="two-columns"),
            _section_picker(shown),
            _correlation(shown),
            card(
                "Statistics",
                [html.Div(id=STATISTICS), csv_button()],
                caption="Exact figures of every numeric column, over the rows chosen above.",
            ),
            _job(shown),
        ],
        name="explore",
    )


@callback(
    Output(DISTRIBUTION, "figure"),
    Output(DISTRIBUTION_TABLE, "children"),
    Input(FEATURE, "value"),
    Input(GROUPS, "value"),
    Input(PROFILE, "value"),
)
def show_distribution(column: str, groups: list[str], name: str) -> tuple[Any, Any]:
    profile = _profile(name)
    rows = charts.distribution_rows(profile, column, groups)
    shown = table(
        [_group_label(profile), *charts.STATISTICS],
        rows,
        caption=f"{charts.label_of(profile, column)} by group",
        decimals=charts.decimals_of(profile, column) + 1,
        name=f"{name}-{column}",
    )
    return _styled(charts.distribution(profile, column, groups)), shown


@callback(
    Output(MEANS, "figure"),
    Output(MEANS_TABLE, "children"),
    Input(GROUPS, "value"),
    Input(PROFILE, "value"),
)
def show_means(groups: list[str], name: str) -> tuple[Any, Any]:
    profile = _profile(name)
    labels = [group.label for group in profile.groups if group.value in groups]
    shown = table(
        ["Column", *(f"{label} {what}" for label in labels for what in ("mean", "sd"))],
        charts.group_means_rows(profile, groups),
        caption="Mean and standard deviation of each column by group",
        decimals=[charts.decimals_of(profile, c.name) + 1 for c in profile.overall.columns],
        name=f"{name}-group-means",
    )
    return _styled(charts.group_means(profile, groups)), shown


@callback(
    Output(CORRELATION, "figure"),
    Output(CORRELATION_TABLE, "children"),
    Output(STATISTICS, "children"),
    Input(SECTION, "value"),
    Input(PROFILE, "value"),
)
def show_section(value: str, name: str) -> tuple[Any, Any, Any]:
    profile = _profile(name)
    section, label = _section(profile, value)
    correlated = table(
        ["Column", *(charts.label_of(profile, c.name, unit=False) for c in section.columns)],
        charts.correlation_rows(profile, section),
        caption=f"Correlation, {label}",
        name=f"{name}-correlation-{label}",
    )
    described = table(
        ["Column", *charts.STATISTICS],
        charts.statistics_rows(profile, section),
        caption=f"Statistics, {label}",
        decimals=[charts.decimals_of(profile, c.name) + 1 for c in section.columns],
        name=f"{name}-statistics-{label}",
    )
    return _styled(charts.correlation(profile, section)), correlated, described


def _profile(name: str) -> Profile:
    """The profile a page was drawn from. Nothing is updated when a release took it away."""
    found = services().profile(name)
    if found is None:
        raise dash.exceptions.PreventUpdate
    return found


def _section(profile: Profile, value: str) -> tuple[Section, str]:
    group = next((group for group in profile.groups if group.value == value), None)
    return (group, group.label) if group else (profile.overall, "all rows")


def _styled(figure: go.Figure) -> go.Figure:
    """The figure in the visitor's mode. Assigned: updating would keep Plotly's own template."""
    figure.layout.template = template(mode_of(request.cookies.get(COOKIE)))
    return figure


def _group_label(profile: Profile) -> str:
    target = profile.descriptor.target
    named = target is not None and target.column == profile.group_by
    return target.title if named and target else (profile.group_by or "Group")


def _other_profiles(names: list[str], shown: str) -> html.Nav | None:
    if len(names) < 2:
        return None
    links = [
        html.A(
            name,
            href=f"/explore?profile={name}",
            className="pill",
            **(attributes(aria_current="true") if name == shown else {}),
        )
        for name in names
    ]
    return html.Nav(links, className="pills", **attributes(aria_label="Profiles"))


def _pickers(profile: Profile) -> html.Section:
    columns = [column.name for column in profile.overall.columns]
    options = [{"label": charts.label_of(profile, c), "value": c} for c in columns]
    groups = [{"label": group.label, "value": group.value} for group in profile.groups]
    return html.Section(
        [
            html.Div(
                [
                    html.Label("Column", htmlFor=FEATURE),
                    dbc.Select(id=FEATURE, options=options, value=columns[0]),
                ],
                className="picker",
            ),
            html.Fieldset(
                [
                    html.Legend(_group_label(profile)),
                    dbc.Checklist(
                        id=GROUPS,
                        options=groups,
                        value=[group.value for group in profile.groups],
                        inline=True,
                    ),
                ],
                className="picker",
            ),
        ],
        className="card-box pickers",
        **attributes(aria_label="What to show"),
    )


def _section_picker(profile: Profile) -> html.Section:
    options = [{"label": f"All {profile.descriptor.rows}", "value": ALL_ROWS}] + [
        {"label": group.label, "value": group.value} for group in profile.groups
    ]
    return html.Section(
        html.Div(
            [
                html.Label("Rows for the correlations and statistics", htmlFor=SECTION),
                dbc.Select(id=SECTION, options=options, value=ALL_ROWS),
            ],
            className="picker",
        ),
        className="card-box pickers",
        **attributes(aria_label="Which rows"),
    )


def _distribution(profile: Profile) -> html.Section:
    return chart_card(
        "Distribution",
        chart=DISTRIBUTION,
        table=DISTRIBUTION_TABLE,
        caption="Share of each group's values, bin by bin; every group has the same bins.",
        height=_height(profile),
        note=f"{profile.rows:,} {profile.descriptor.rows}",
    )


def _means(profile: Profile) -> html.Section:
    return chart_card(
        "Group means",
        chart=MEANS,
        table=MEANS_TABLE,
        caption="How far each group's mean lies from the overall mean; bars span one standard "
        "deviation of the group each way.",
        height=_height(profile),
    )


def _correlation(profile: Profile) -> html.Section:
    return chart_card(
        "Correlation",
        chart=CORRELATION,
        table=CORRELATION_TABLE,
        caption="Pearson's r: +1 where two columns rise together, −1 where one falls as the other "
        "rises, 0 where they share no line.",
        height=_height(profile) + 40,
    )


def _height(profile: Profile) -> int:
    """Room for a row a column, so that charts beside each other end together."""
    return max(CHART_HEIGHT, 70 + ROW_HEIGHT * len(profile.overall.columns))


def _job(profile: Profile) -> html.Section:
    run, read = profile.run, profile.input
    reasons = "; ".join(f"{count:,} × {why}" for why, count in profile.rejected.reasons.items())
    described = profile.descriptor
    pairs: list[tuple[str, Any]] = [
        ("Table", described.title or described.name),
        ("Source", described.credit or "not stated"),
        (
            "Input",
            f"{read.uri} ({read.format}, {read.file_count} file{'s'[: read.file_count > 1]})",
        ),
        ("Size", f"{read.bytes:,} bytes"),
        ("Rows used", f"{profile.rows:,}"),
        ("Rows kept out", f"{profile.rejected.rows:,}" + (f": {reasons}" if reasons else "")),
        ("Engine", f"Spark {run.engine_version} on Java {run.java_version}, {run.master}"),
        ("Work", f"{run.jobs} jobs, {run.stages} stages, {run.tasks} tasks in all"),
        (
            "Duration",
            f"{run.total_seconds:.1f} s: start {run.start_seconds:.1f}, read "
            f"{run.read_seconds:.1f}, aggregate {run.aggregate_seconds:.1f}",
        ),
        ("Run", f"{profile.run_id}, {run.started:%d %B %Y %H:%M} UTC"),
        ("Input sha256", html.Code(read.sha256, className="hash")),
    ]
    return card("What the job did", [facts(pairs), _rejected(profile)])


def _rejected(profile: Profile) -> html.Details | None:
    if not profile.rejected.examples:
        return None
    rows = [[item.reason, item.text] for item in profile.rejected.examples]
    shown = table(["Reason", "Row as read"], rows, caption="Rows kept out", name="rejected")
    return html.Details(
        [html.Summary(f"The first {len(rows)} rows kept out"), shown], className="as-table"
    )
