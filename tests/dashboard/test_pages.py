"""Every page answers, in every state of the release; callbacks are called as plain functions."""

import base64
import csv
import io
import json
import sys
from typing import Any

import dash
import pytest
from flask.testing import FlaskClient

from dashboard import create_app
from dashboard.api.prediction import FieldNames
from dashboard.live.snapshot import LiveModel
from dashboard.services import services
from dashboard.settings import Settings
from store.descriptor import Feature
from store.schema import Adopted, Profile, Rejected, RejectedRow, decode
from tests import builders
from tests.charts import checked
from tests.dashboard.conftest import FakePredictor
from tests.store import event_logs

PAGES = (
    "home",
    "explore",
    "spark",
    "predict",
    "model",
    "monitor",
    "api",
    "hardware",
    "receipt",
    "not_found_404",
)


def page(name: str) -> Any:
    """The page module that Dash loaded."""
    return sys.modules[f"dashboard.pages.{name}"]


def text(component: Any) -> str:
    """All of a component as JSON, to look for words in it."""
    return json.dumps(component, cls=_Encoder)


class _Encoder(json.JSONEncoder):
    def default(self, o: Any) -> Any:
        return o.to_plotly_json()


def ids(component: Any) -> set[str]:
    """Every plain id in a component."""
    own = {component.id} if isinstance(getattr(component, "id", None), str) else set()
    return own | {
        i
        for child in component._traverse()
        if hasattr(child, "_traverse")
        for i in ({child.id} if isinstance(getattr(child, "id", None), str) else set())
    }


def find(component: Any, name: str) -> Any:
    """The component of this id."""
    return next(child for child in component._traverse() if getattr(child, "id", None) == name)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_a_main_with_one_h1_and_ignores_unknown_parameters(app, name):
    with app.server.test_request_context():
        layout = page(name).layout(utm_source="x", nothing="1")

    assert type(layout).__name__ == "Main"
    assert text(layout).count('"type": "H1"') == 1


def test_every_chart_of_every_page_is_as_plotly_takes_it(app):
    with app.server.test_request_context():
        layouts = [page(name).layout() for name in PAGES]

    figures = [getattr(part, "figure", None) for main in layouts for part in main._traverse()]
    assert len([checked(figure) for figure in figures if figure]) >= 8


@pytest.mark.parametrize(
    "missing",
    [
        {"release": None, "profiles": {}, "cards": {}, "models": {}},
        {"profiles": {}},
        {"applications": {}},
        {"models": {}},
        {"cards": {}, "models": {}},
    ],
)
@pytest.mark.parametrize("name", PAGES)
def test_a_missing_artifact_gives_an_empty_state_and_no_page_fails(app, shown, name, missing):
    shown.change(**missing, problems={"release": "the reason"})

    with app.server.test_request_context():
        layout = page(name).layout()

    assert text(layout).count('"type": "H1"') == 1


def test_an_empty_release_says_why_and_which_command_fills_it(app, shown):
    nothing: dict[str, Any] = {"profiles": {}, "cards": {}, "models": {}, "applications": {}}
    shown.change(release=None, **nothing, problems={"release": "no bucket"})
    names = ("home", "explore", "spark", "predict", "model", "api")

    with app.server.test_request_context():
        said = [text(page(name).layout()) for name in names]

    assert all("no bucket" in words and "python -m pipeline run" in words for words in said)


def test_every_id_that_a_callback_names_is_on_a_page(app, client, shown):
    named = {
        item["id"]
        for callback in client.get("/_dash-dependencies").json
        for item in callback["inputs"] + callback["state"]
        if not item["id"].startswith(("{", "_pages"))
    }
    with app.server.test_request_context():
        there = set().union(*(ids(page(name).layout()) for name in PAGES))
        shown.change(models={})  # while it is being opened
        there |= ids(page("predict").layout())
        there |= {"receipt-replay", "receipt-id"}  # tests/dashboard/receipts/test_page.py

    assert named
    assert named <= there


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/explore",
        "/spark",
        "/predict",
        "/model",
        "/monitor",
        "/api",
        "/hardware",
        "/explore?profile=no&utm=1",
    ],
)
def test_a_page_draws_its_heading_and_skeleton_before_any_script(client: FlaskClient, path):
    answer = client.get(path)

    assert answer.status_code == 200
    assert "skeleton-title" in answer.text
    assert f'<a href="{path.split("?")[0]}" aria-current="page">' in answer.text


def test_an_unknown_address_is_a_404_with_the_same_shell(client):
    answer = client.get("/no/such/page")

    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_the_footer_names_release_profile_and_model(client):
    html = client.get("/").text

    assert "000001-abcdef" in html
    assert "20261101T120000Z-000001" in html
    assert "20261101T120000Z-000002" in html


def test_the_predict_page_names_the_script_and_the_document_that_draw_it(app, client):
    with app.server.test_request_context():
        place = find(page("predict").layout(), "what-if").to_plotly_json()["props"]

    assert place["children"] is None  # React leaves alone what is drawn into it
    assert client.get(place["data-script"]).mimetype == "text/javascript"
    assert client.get(place["data-document"]).json["name"] == "drinks"


def test_the_shell_starts_the_same_script_and_document_before_dash(app, client):
    with app.server.test_request_context():
        place = find(page("predict").layout(), "what-if").to_plotly_json()["props"]

    shells = {path: client.get(path).text for path in ("/predict", "/model")}

    assert f'<script type="module" src="{place["data-start"]}"></script>' in shells["/predict"]
    assert f'<link rel="modulepreload" href="{place["data-script"]}">' in shells["/predict"]
    assert f'id="what-if-early" data-document="{place["data-document"]}"' in shells["/predict"]
    assert "what-if/" not in shells["/model"]


def test_the_application_comes_as_soon_as_the_model_is_open(app, shown):
    models = shown.live.models
    shown.change(models={})
    with app.server.test_request_context():
        before = page("predict").layout()
        shown.change(models=models)
        after = page("predict").open_model(True)

    assert "Opening the model" in text(before)
    assert "what-if" not in ids(before)
    assert "what-if" in ids(after)


def test_a_model_that_cannot_be_opened_is_told_in_place_of_the_application(app, shown):
    shown.change(models={}, problems={"model drinks": "it is a bomb"})

    with app.server.test_request_context():
        said = text(page("predict").open_model(True))

    assert "There is no model to ask." in said
    assert "it is a bomb" in said


def test_a_refused_release_is_told_on_the_model_page_while_the_old_model_serves(app, shown):
    shown.change(problems={"model drinks": "Version 2 is refused: it is a bomb."})

    with app.server.test_request_context():
        assert "it is a bomb" in text(page("model").layout())


def test_explore_draws_what_is_chosen_and_says_it_as_a_table(app):
    explore = page("explore")
    with app.server.test_request_context():
        figure, table, *_ = explore.show_column("sugar", ["1"], "", "kind", "drinks")

    assert [trace.name for trace in checked(figure).data if len(trace.x)] == ["Sweet"]
    assert "Sweet" in text(table)
    assert "Dry" not in text(table)


def test_explore_follows_the_visitors_mode(app):
    explore = page("explore")
    fonts = set()
    for mode in ("light", "dark"):
        cookie = {"Cookie": f"shown-theme={mode}"}
        with app.server.test_request_context(headers=cookie):
            figure, _ = explore.show_means(["0", "1"], "kind", "drinks")
        fonts.add(checked(figure).layout.template.layout.font.color)

    assert fonts == {"#2A171D", "#F4EBE6"}


def test_explore_shows_one_group_or_all_rows(app):
    explore = page("explore")
    with app.server.test_request_context():
        _, whole = explore.show_correlation(explore.ALL_ROWS, "kind", "drinks")
        _, sweet = explore.show_correlation("1", "kind", "drinks")

    assert "Correlation, All rows" in text(whole)
    assert "Correlation, Sweet" in text(sweet)


def test_a_profile_that_went_away_changes_nothing_on_an_open_page(app):
    with app.server.test_request_context(), pytest.raises(dash.exceptions.PreventUpdate):
        page("explore").show_means(["0"], "kind", "gone")


def test_rows_kept_out_are_shown_with_their_reason(app, shown):
    rejected = Rejected(
        rows=3,
        reasons={"not a number": 3},
        examples=(RejectedRow(text="1;x", reason="not a number"),),
    )
    shown.change(profiles={"drinks": builders.profile(rejected=rejected)})

    with app.server.test_request_context():
        said = text(page("explore").layout())

    assert "3 \\u00d7 not a number" in said
    assert "1;x" in said


def test_the_conditions_of_a_profile_are_told(app, shown):
    shown.change(profiles={"drinks": builders.profile(where=("sugar > 2", "kind == 1"))})

    with app.server.test_request_context():
        assert "4, those with sugar > 2 and kind == 1" in text(page("explore").layout())


def test_explore_names_the_table_and_where_it_comes_from(app, shown):
    described = builders.descriptor(title="Drinks (synthetic)", credit="Made up from drinks.csv")
    shown.change(profiles={"drinks": builders.profile(descriptor=described)})

    with app.server.test_request_context():
        said = text(page("explore").layout())

    assert "Drinks (synthetic)" in said
    assert "Made up from drinks.csv" in said


def test_several_profiles_can_be_picked(app, shown):
    other = builders.profile(name="other")
    shown.change(profiles={"drinks": builders.profile(), "other": other})

    with app.server.test_request_context():
        layout = page("explore").layout(profile="other")

    assert "/explore?profile=drinks" in text(layout)
    assert '"value": "other"' in text(layout)


def test_spark_shows_what_the_job_did_and_what_stands_out(app, shown):
    skewed = builders.finding(title="Stage 7 waits for one task", level="bad")
    shown.change(applications={"drinks": builders.application(findings=(skewed,))})

    with app.server.test_request_context():
        said = text(page("spark").layout())

    assert "Stage 7 waits for one task" in said
    assert '"className": "chip chip-bad"' in said
    assert "Problem" in said  # in words, not by its colour alone
    assert "Tasks take as long as they did." in said  # what the estimate assumes
    assert "Scan parquet" in said


def test_several_applications_can_be_picked_and_an_unknown_one_does_no_harm(app, shown):
    other = builders.application(name="other-job")
    shown.change(applications={"drinks": builders.application(), "other": other})

    with app.server.test_request_context():
        default, picked, unknown = (
            text(page("spark").layout(**query))
            for query in ({}, {"application": "other"}, {"application": "no"})
        )

    assert "/spark?application=other" in default
    assert "other-job" in picked
    assert "other-job" not in default
    assert "other-job" not in unknown


def test_what_is_missing_of_an_application_is_named(app, shown):
    partial = builders.application(complete=False, stage_count=900, notes=("3 events left out.",))
    shown.change(applications={"drinks": partial})

    with app.server.test_request_context():
        said = text(page("spark").layout())

    assert "The log ends before the application did." in said
    assert "Of 900 stages the 1 with the most work are here." in said
    assert "3 events left out." in said


def test_a_visitors_log_is_shown_and_a_broken_one_is_explained(app):
    content = base64.b64encode(event_logs.log_of(*event_logs.small())).decode()
    with app.server.test_request_context():
        shown, status = page("spark").show_upload(
            {"names": ["app-1"], "contents": [f"data:;base64,{content}"]}
        )
        kept, refused = page("spark").show_upload(
            {"names": ["a.txt"], "contents": ["data:;base64,YQ=="]}
        )

    assert "shown to you alone" in text(shown)
    assert "drinks" in status
    assert kept is dash.no_update
    assert "not a Spark event log" in text(refused)


def test_synthetic_rows_are_called_so_on_the_whole_page(app, shown):
    described = builders.descriptor(synthetic=True)
    shown.change(profiles={"drinks": builders.profile(descriptor=described)})

    with app.server.test_request_context():
        layout = page("explore").layout()

    assert "is-synthetic" in layout.className
    assert "Synthetic rows." in text(layout)


def test_twenty_tables_are_a_list_and_not_pills(app, shown):
    names = ["drinks", *(f"table-{i}" for i in range(19))]
    shown.change(profiles={name: builders.profile(name=name) for name in names})

    with app.server.test_request_context():
        layout = page("explore").layout(profile="table-7")

    assert '"className": "pills"' not in text(layout)
    assert '"value": "table-18"' in text(layout)


def test_explore_compares_two_tables(app, shown):
    other = builders.profile(name="other")
    shown.change(profiles={"drinks": builders.profile(), "other": other})

    with app.server.test_request_context():
        layout = page("explore").layout(compare="other")
        overlay = page("explore").show_overlay("sugar", "other", "drinks")

    assert "Drift from drinks to other" in text(layout)
    assert "within sampling noise" in text(layout)
    assert "Sugar (g/l) in drinks and in other" in text(overlay)


def test_explore_shows_what_a_model_was_asked_beside_what_it_was_trained_on(app, shown):
    asked = builders.profile(name="drinks-asked")
    shown.change(profiles={"drinks": builders.profile(), "drinks-asked": asked})

    with app.server.test_request_context():
        layout = page("explore").layout(compare="drinks-asked")
        overlay = page("explore").show_overlay("sugar", "drinks-asked", "drinks")

    assert "drinks-asked: asked about" in text(layout)
    assert "Drift from what drinks was trained on to what it was asked about" in text(layout)
    assert '"name": "trained on"' in text(overlay)
    assert '"name": "asked about"' in text(overlay)


def test_a_column_that_is_not_there_is_told_of(app):
    with app.server.test_request_context():
        figure, rows, said, _ = page("explore").show_column("<b>", ["1"], "", "kind", "drinks")

    assert rows is None
    assert "There is no column" in said
    assert not figure.data


def test_a_clicked_bar_is_the_tallest_at_its_place(app):
    points = [
        {"curveNumber": 0, "pointNumber": 3, "x": 1.5, "y": 10},
        {"curveNumber": 1, "pointNumber": 3, "x": 1.5, "y": 40},
    ]
    with app.server.test_request_context():
        value, bar = page("explore").pick_bar({"points": points}, "sugar", "kind", "drinks")

    assert value == "1"
    assert bar == {"column": "sugar", "place": 3, "x": 1.5}


def test_the_evidence_names_run_rows_input_and_the_command(app):
    explore = page("explore")
    with app.server.test_request_context():
        bar = {"column": "sugar", "place": 0, "x": 1.0}
        said = text(explore._evidence(services().profile(), "sugar", "1", bar))

    assert "4 of 4 values of Sugar (g/l) from 1 to 4" in said
    assert "20261101T120000Z-000001" in said
    assert builders.SHA256 in said
    assert "drinks.csv is not on this server" in said
    assert "pipeline evidence drinks --column sugar --by kind --group 1" in said


def test_figures_are_recomputed_where_the_rows_are(app, shown, root):
    [file] = (root / "data" / "artifacts" / "profiles" / "wine").glob("*/profile.json")
    shown.change(profiles={"wine": decode(Profile, file.read_bytes(), name=file.name)})

    with app.server.test_request_context():
        said = text(page("explore").recompute(1, "hue", "2", "cultivar", "wine"))

    assert "All 15 figures agree," in said
    assert "Hue (ratio), Barbera" in said


def test_the_saved_statistics_have_every_column_and_every_digit(app):
    with app.server.test_request_context():
        saved = page("explore").save_statistics(1, "1", "kind", "drinks")

    lines = list(csv.reader(io.StringIO(saved["content"])))
    assert [line[0] for line in lines] == ["Column", "Acidity (g/l)", "Sugar (g/l)"]
    assert float(lines[1][4]) == builders.column("x").sd
    assert saved["filename"] == "drinks-statistics-Sweet.csv"


def test_columns_are_found_by_a_part_of_their_names(app, shown):
    features = tuple(Feature(column=f"c{i}", label=f"Sensor {i}") for i in range(300))
    columns = tuple(builders.column(f"c{i}") for i in range(300))
    section = builders.section(columns=columns)
    wide = builders.profile(
        descriptor=builders.descriptor(features=features), overall=section, groups=()
    )
    shown.change(profiles={"drinks": wide})

    with app.server.test_request_context():
        explore = page("explore")
        layout = explore.layout()
        first = text(explore.show_statistics(explore.ALL_ROWS, "", "", "drinks"))
        found = text(explore.show_statistics(explore.ALL_ROWS, "sensor 29", "", "drinks"))

    assert "Datalist" in text(layout)
    assert "50 of 300 columns found, of 300 in all." in first
    assert "11 of 11 columns found, of 300 in all." in found


def test_explore_leads_to_what_spark_did_where_that_was_kept(app, shown):
    with app.server.test_request_context():
        shown.change(applications={})
        without = text(page("explore").layout())
        shown.change(applications={"drinks": builders.application()})
        kept = text(page("explore").layout())

    assert "/spark?application=drinks" not in without
    assert "/spark?application=drinks" in kept


def test_the_api_page_shows_the_values_of_its_link_and_what_the_model_answers_to_them(app):
    with app.server.test_request_context("/api", base_url="https://cellar.example"):
        words = text(page("api").layout(sugar="4", acidity="2", utm_source="x"))

    assert "curl https://cellar.example/predict" in words
    assert '\\"sugar\\": 4.0' in words
    assert '\\"Sweet\\": 0.8' in words
    assert "The values of the sliders on " in words


@pytest.mark.parametrize("value", ["", "much", "nan", "1e999"])
def test_the_api_page_takes_the_median_where_its_link_has_no_number(app, value):
    with app.server.test_request_context():
        words = text(page("api").layout(sugar=value))

    assert '\\"sugar\\": 2.5' in words


def test_the_api_page_offers_no_explanation_where_the_model_has_none(app):
    with app.server.test_request_context():
        words = text(page("api").layout())

    assert "A table as CSV" in words
    assert "With contributions" not in words


class Priced(FakePredictor):
    """A price of twice the acidity."""

    def predict_proba(self, row):
        return [2 * row[0]]


@pytest.fixture
def priced(app, shown):
    """The app while a regressor with a choice among its inputs serves."""
    card = builders.regressor_card(name="drinks")
    model = LiveModel(card, FieldNames(card), Priced(), microseconds=9.0)
    shown.change(cards={"drinks": card}, models={"drinks": model})
    return card


def test_pages_of_a_regressor_speak_of_numbers(app, priced):
    with app.server.test_request_context():
        model, home = (text(page(p).layout()) for p in ("model", "home"))

    assert "R\\u00b2 on held-out rows" in model
    assert "Predicted against true" in model
    assert "Confusion" not in model
    assert "Model R\\u00b2" in home


def test_the_page_of_a_model_from_elsewhere_says_what_its_figures_are_worth(app, shown):
    card = builders.model_card(
        name="drinks",
        held_out=None,
        cross_validation=None,
        seed=None,
        on_given=builders.held_out(),
        adopted=Adopted(source="clf.joblib", format="joblib", protocol=4, written_with={}),
    )
    shown.change(cards={"drinks": card}, models={})

    with app.server.test_request_context():
        model = text(page("model").layout())

    assert "Accuracy on the rows given" in model
    assert "may have seen these rows" in model
    assert "clf.joblib" in model


def test_home_counts_the_machines_that_were_measured() -> None:
    server = create_app(Settings(log_predictions=False)).server
    with server.test_request_context("/"):
        shown = text(sys.modules["dashboard.pages.home"].layout())

    assert "none with a GPU" in shown
    assert "none yet" not in shown
