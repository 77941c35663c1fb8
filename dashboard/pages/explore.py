"""Explore: what did the Spark job find in the table, and what does it rest on?"""

import time
from typing import Any
from urllib.parse import urlencode

import dash
import dash_bootstrap_components as dbc
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
    html,
)
from flask import request

from dashboard.columns import shown as shown_column
from dashboard.components import evidence as shown_evidence
from dashboard.components import profile_cards as cards
from dashboard.components import profile_pickers as pickers
from dashboard.components.answer import notice
from dashboard.components.charts import styled
from dashboard.components.drift import MAX_LISTED, drift_card, overlay_chart
from dashboard.components.evidence import CLOSE, RECOMPUTE, RECOMPUTED
from dashboard.components.job import job_card
from dashboard.components.page import card, command, empty, page
from dashboard.drift.profiles import drift
from dashboard.figures import drift as drifts
from dashboard.figures.chart import Chart
from dashboard.figures.correlation import correlation
from dashboard.figures.labels import ALL_ROWS, columns_of, label_of, part, parts
from dashboard.figures.means import group_means
from dashboard.services import services
from dashboard.theme import COOKIE, mode_of
from dashboard.view import View, grouped_by, view, words_for
from store.errors import Unreachable
from store.evidence import Question
from store.schema import Group, Profile

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

PROFILE, EVIDENCE = "explore-profile", "explore-evidence"
DRIFT, OVERLAY = "explore-drift", "explore-overlay"
SPARK_PAGE = "/spark"


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
        pickers.table_links(list(profiles), shown),
        dbc.Input(id=PROFILE, type="hidden", value=shown.name),
        pickers.pickers_card(found, list(profiles)),
        html.Div(
            [cards.distribution_card(found), cards.means_card(shown)], className="two-columns"
        ),
        html.Div(id=EVIDENCE),
        _drift(found),
        pickers.section_card(shown),
        cards.correlation_card(shown),
        cards.statistics_card(shown),
        job_card(shown, details=_details(shown)),
    ]
    return page(HEADING, LEAD, body, name=f"explore{' is-synthetic' * _is_synthetic(shown)}")


# The link holds the view: assets/explore.js writes it as pickers change, and reads it on "back".
clientside_callback(
    ClientsideFunction("explore", "address"),
    Input(pickers.TABLE, "value"),
    Input(pickers.BY, "value"),
    Input(pickers.COLUMN, "value"),
    Input(pickers.COMPARE, "value"),
    State(PROFILE, "value"),
    prevent_initial_call=True,
)


@callback(
    Output(cards.DISTRIBUTION, "figure"),
    Output(cards.DISTRIBUTION_TABLE, "children"),
    Output(cards.CAPTION, "children"),
    Output(cards.MEASURE_PICKER, "hidden"),
    Input(pickers.COLUMN, "value"),
    Input(pickers.GROUPS, "value"),
    Input(cards.MEASURE, "value"),
    Input(pickers.BY, "value"),
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
    Output(cards.MEANS, "figure"),
    Output(cards.MEANS_TABLE, "children"),
    Input(pickers.GROUPS, "value"),
    Input(pickers.BY, "value"),
    Input(PROFILE, "value"),
)
def show_means(groups: list[str], by: str, name: str) -> tuple[Any, Any]:
    profile = _profile(name, by)
    return _styled(group_means(profile, groups)), cards.means_table(profile, groups)


@callback(
    Output(cards.SUBJECT, "value"),
    Output(cards.BAR, "data"),
    Input(cards.DISTRIBUTION, "clickData"),
    State(pickers.COLUMN, "value"),
    State(pickers.BY, "value"),
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
    Input(cards.OPEN, "n_clicks"),
    Input(cards.BAR, "data"),
    Input(cards.SUBJECT, "value"),
    Input({"type": CLOSE, "index": ALL}, "n_clicks"),
    Input(pickers.COLUMN, "value"),
    State(EVIDENCE, "children"),
    State(pickers.BY, "value"),
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
    if pickers.COLUMN in triggered or any(closed):
        return None
    if not triggered & {cards.OPEN, cards.BAR} and not there:
        raise dash.exceptions.PreventUpdate
    profile = _profile(name, by)
    if column not in columns_of(profile):
        return None
    return _evidence(profile, column, value, bar if bar and bar["column"] == column else None)


@callback(
    Output({"type": RECOMPUTED, "index": MATCH}, "children"),
    Input({"type": RECOMPUTE, "index": MATCH}, "n_clicks"),
    State(pickers.COLUMN, "value"),
    State(cards.SUBJECT, "value"),
    State(pickers.BY, "value"),
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
        return _unreachable(error, profile, column, group)
    seconds = time.perf_counter() - begin
    return shown_evidence.verdict(profile, column, group, found.checks, seconds=seconds)


@callback(
    Output(pickers.COLUMN, "value"),
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
    Input(pickers.COLUMN, "value"),
    Input(pickers.COMPARE, "value"),
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
    words = words_for(name, other.name)
    figure = _styled(drifts.overlay(profile, other, column, words.legend))
    before, after = words.sentence
    return overlay_chart(figure, f"{label_of(profile, column)} in {before} and in {after}")


@callback(
    Output(cards.CORRELATION, "figure"),
    Output(cards.CORRELATION_TABLE, "children"),
    Input(pickers.SECTION, "value"),
    Input(pickers.BY, "value"),
    Input(PROFILE, "value"),
)
def show_correlation(value: str, by: str, name: str) -> tuple[Any, Any]:
    profile = _profile(name, by)
    section = part(profile, value)
    figure = _styled(correlation(profile, section))
    return figure, cards.correlation_table(profile, section)


@callback(
    Output(cards.FOUND, "children"),
    Input(pickers.SECTION, "value"),
    Input(cards.SEARCH, "value"),
    Input(pickers.BY, "value"),
    Input(PROFILE, "value"),
)
def show_statistics(value: str, wanted: str | None, by: str, name: str) -> Any:
    profile = _profile(name, by)
    return cards.statistics_table(profile, part(profile, value), wanted or "")


@callback(
    Output(cards.SAVED, "data"),
    Input(cards.SAVE, "n_clicks"),
    State(pickers.SECTION, "value"),
    State(pickers.BY, "value"),
    State(PROFILE, "value"),
    prevent_initial_call=True,
)
def save_statistics(clicks: int | None, value: str, by: str, name: str) -> dict[str, Any]:
    if not clicks:
        raise dash.exceptions.PreventUpdate
    profile = _profile(name, by)
    return cards.statistics_file(profile, part(profile, value))


def _profile(name: str, by: str | None) -> Profile:
    """The profile a page was drawn from. Nothing is updated when a release took it away."""
    found = services().profile(name)
    if found is None:
        raise dash.exceptions.PreventUpdate
    return grouped_by(found, by)


def _styled(figure: Chart) -> Chart:
    return styled(figure, mode_of(request.cookies.get(COOKIE)))


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


def _evidence(profile: Profile, column: str, value: str, bar: dict[str, Any] | None) -> Any:
    group = part(profile, value)
    try:
        services().evidence.files(profile)
        action = shown_evidence.recomputing()
    except Unreachable as error:
        action = _unreachable(error, profile, column, group)
    return shown_evidence.panel(profile, column, group, bar, action)


def _unreachable(error: Unreachable, profile: Profile, column: str, group: Group) -> list[Any]:
    """Why the rows are not here, and the command that recomputes where they are."""
    release = services().live().release
    released = release.profiles if release else ()
    key = next((p.file.key for p in released if p.name == profile.name), profile.name)
    verb = shown_evidence.verb(profile, key, column, group)
    return shown_evidence.unreachable(str(error), verb)


def _drift(found: View) -> html.Section:
    if found.compare is None:
        return html.Section(html.Div(id=OVERLAY), hidden=True)
    first, second = found.profile, found.compare
    moved = drift(first, second)
    return drift_card(
        (first.name, second.name),
        words_for(first.name, second.name).sentence,
        (first.rows, second.rows),
        _styled(drifts.drift_ranking(first, moved)),
        {"type": DRIFT, "index": 0},
        html.Div(id=OVERLAY),
        heads=drifts.DRIFT_HEADS,
        rows=drifts.drift_rows(first, moved[:MAX_LISTED]),
        drawn=min(len(moved), drifts.MAX_DRIFTS),
        total=len(moved),
    )
