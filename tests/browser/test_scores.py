"""A CSV file is scored in the browser as scikit-learn does; a wrong row says what is wrong."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from dashboard.model.flatten import flatten
from tests.browser.pages import PHONE

Score = Callable[..., dict[str, Any]]

NAMES = ("scoreTable", "answersHere", "answersOfServer", "openModel", "ScoresProblem")
# Scores in the page; counts the frames meanwhile and the longest time between two.
RUN = """async ({ page, text, explained, patience }) => {
  const model = page.flat && openModel(page.flat);
  const explainer = explained && {
    base: [0.5, 0.25, 0.25],
    parts: (row, output) => row.map((value, i) => value + output),
  };
  const control = new AbortController();
  let [begun, frames, longest] = [performance.now(), 0, 0];
  let going = true;
  requestAnimationFrame(function frame(now) {
    longest = Math.max(longest, performance.now() - begun);
    begun = performance.now();
    frames++;
    if (going) requestAnimationFrame(frame);
  });
  const reports = [];
  const report = function (progress) {
    reports.push(progress);
    if (reports.length === patience) control.abort();
  };
  try {
    const answer = answersHere(model, explainer);
    const job = { text, page, answer, explained: Boolean(explained), signal: control.signal };
    const result = await scoreTable({ ...job, report });
    return { ...result, parts: null, text: result.parts.join(""), reports, frames, longest };
  } catch (error) {
    return { problem: error instanceof ScoresProblem ? error.message : error.name };
  } finally {
    going = false;
  }
}"""
# Scores with a server that answers from a list of [status, headers, body]; "twice" doubles a value.
ASK = """async ({ page, text, replies }) => {
  const [requests, waits] = [[], []];
  async function ask(address, { body }) {
    const { instances } = JSON.parse(body);
    requests.push([address, instances.length]);
    const [status, headers, body_] = replies.shift() || [200, {}, null];
    const pairs = page.classes.map(({ label }, k) => [label, 0.25 + k / 2]);
    const probabilities = Object.fromEntries(pairs);
    const predictions = instances.map((row) => ({ prediction: 2 * row[0], probabilities }));
    return new Response(JSON.stringify(body_ || { predictions }), { status, headers });
  }
  const { signal } = new AbortController();
  const answer = answersOfServer(page, { signal, ask, waiting: (seconds) => waits.push(seconds) });
  try {
    const job = { text, page, answer, explained: false, signal, report: () => {} };
    const result = await scoreTable(job);
    return { ...result, parts: null, text: result.parts.join(""), requests, waits };
  } catch (error) {
    return { problem: error.message, requests, waits };
  }
}"""


@pytest.fixture
def score(scripts: Callable[..., Page]) -> Score:
    """Scores a text with a what-if document: what scoreTable gives, the new text, or a problem."""
    page = scripts("app", *NAMES)

    def scored(
        found: dict[str, Any], text: str, *, explained: bool = False, patience: int = 0
    ) -> dict[str, Any]:
        said = {"page": found, "text": text, "explained": explained, "patience": patience}
        result: dict[str, Any] = page.evaluate(RUN, said)
        return result

    return scored


@pytest.fixture
def ask(scripts: Callable[..., Page]) -> Score:
    """The same with a server that gives these replies first, and then twice the first value."""
    page = scripts("app", *NAMES)

    def asked(found: dict[str, Any], text: str, *replies: list[Any]) -> dict[str, Any]:
        said = {"page": found, "text": text, "replies": list(replies)}
        result: dict[str, Any] = page.evaluate(ASK, said)
        return result

    return asked


def test_a_hundred_thousand_rows_are_scored_as_scikit_learn_does_while_the_page_lives(
    score: Score,
) -> None:
    x, y = load_wine(return_X_y=True)
    forest = RandomForestClassifier(25, max_depth=3, random_state=0).fit(x, y)
    rng = np.random.default_rng(0)
    rows = np.round(rng.uniform(x.min(axis=0), x.max(axis=0), (100_000, x.shape[1])), 2)
    names = load_wine().feature_names
    found = document(forest, names, classes=("Barolo", "Grignolino", "Barbera"))
    lines = [",".join(names), *(",".join(map(repr, row)) for row in rows.tolist())]

    result = score(found, "\n".join(lines))

    expected = forest.predict_proba(rows)
    table = read(result["text"])
    wanted = [f"probability_{label}" for label in ("Barolo", "Grignolino", "Barbera")]
    answers = np.array([[float(row[name]) for name in wanted] for row in table])
    assert np.array_equal(answers, expected)
    assert [int(row["prediction"]) for row in table] == expected.argmax(axis=1).tolist()
    assert result["counts"] == np.bincount(expected.argmax(axis=1)).tolist()
    assert np.allclose(result["sums"], expected.sum(axis=0))
    assert (result["rows"], result["wrong"], result["cut"]) == (100_000, 0, False)
    assert result["frames"] > 10
    assert result["longest"] < 1000  # milliseconds, on a busy machine
    assert len(result["reports"]) > 10


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_line_ends_and_quotes_are_understood(
    score: Score, separator: str, end: str
) -> None:
    lines = [
        ["note", "SUGAR", '"Acidity"', "x"],
        ['"a ""good"" one"', "1", "3.5", "=1+1"],
        [f'"two{end}lines{separator} one cell"', '"2"', " .5 ", "-3"],
        ["", "", "", ""],
        ["é", "1e0", "+2", ""],
    ]
    text = end.join(separator.join(line) for line in lines).replace(separator * 3, "")

    result = score(drinks(), "\ufeff" + text + end + end)

    table = read(result["text"], separator)
    assert [row["note"] for row in table] == [
        'a "good" one',
        f"two{end}lines{separator} one cell",
        "é",
    ]
    assert [row["x"] for row in table] == ["=1+1", "-3", ""]
    assert [row["Acidity"] for row in table] == ["3.5", " .5 ", "+2"]
    assert [row["label"] for row in table] == ["Sweet", "Dry", "Dry"]
    assert list(table[0]) == [
        *("note", "SUGAR", "Acidity", "x", "prediction", "label"),
        *("probability_Dry", "probability_Sweet", "error"),
    ]
    assert result["wrong"] == 0


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("1,5", "a decimal comma: write 12.5, not 12,5"),
        ("1.234,5", "a decimal comma: write 12.5, not 12,5"),
        ("abc", "not a number"),
        ("0x10", "not a number"),
        ("NaN", "not a number"),
        ("Infinity", "not a number"),
        ("1 2", "not a number"),
        ("1e31", "too large"),
    ],
)
def test_a_wrong_cell_is_named_with_its_row_column_and_reason(
    score: Score, cell: str, reason: str
) -> None:
    text = f"Acidity;sugar\n1;1\n\n{cell};2\n3;3\n"

    result = score(drinks(), text)

    assert result["errors"] == [{"row": 2, "column": "Acidity", "reason": reason}]
    assert (result["rows"], result["wrong"]) == (3, 1)
    good, wrong, last = read(result["text"], ";")
    assert (good["error"], last["error"]) == ("", "")
    assert wrong["error"] == f"Acidity: {reason}"
    assert (wrong["Acidity"], wrong["prediction"], wrong["label"]) == (cell, "", "")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1", "1 values where the header has 2 columns"),
        ("1,2,3", "3 values where the header has 2 columns"),
        ('"1"x,2', "there is text behind a closing quote"),
        ('1,"2', "a quote is opened and never closed"),
    ],
)
def test_a_malformed_line_is_an_error_of_its_row(score: Score, line: str, reason: str) -> None:
    result = score(drinks(), f"acidity,sugar\n1,1\n{line}")

    assert result["errors"] == [{"row": 2, "column": "", "reason": reason}]
    assert [row["error"] for row in read(result["text"])] == ["", reason]


def test_only_the_first_hundred_errors_are_listed_but_all_are_in_the_file(score: Score) -> None:
    text = "acidity,sugar\n" + "x,1\n" * 250

    result = score(drinks(), text)

    assert [error["row"] for error in result["errors"]] == list(range(1, 101))
    assert result["wrong"] == 250
    assert {row["error"] for row in read(result["text"])} == {"acidity: not a number"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "The file is empty. Its first line names the columns."),
        ("acidity,sugar\n", "The file has a header, but no rows below it."),
        (
            "acidity\n1\n",
            "The column sugar is missing. The first line of the file names the columns.",
        ),
        (
            "1,2\n3,4\n",
            "2 of 2 columns are missing: acidity, sugar. "
            "The first line of the file names the columns.",
        ),
        ("acidity,sugar,SUGAR\n1,2,3\n", "There are two columns of sugar."),
    ],
)
def test_a_header_that_cannot_be_used_says_why(score: Score, text: str, problem: str) -> None:
    assert score(drinks(), text) == {"problem": problem}


def test_rows_beyond_the_limit_are_left_out_and_the_result_says_so(score: Score) -> None:
    result = score(drinks(), "acidity,sugar\n" + "1,1\n" * 100_001)

    assert (result["rows"], result["cut"]) == (100_000, True)
    assert len(read(result["text"])) == 100_000


def test_scoring_ends_where_it_is_cancelled(score: Score) -> None:
    result = score(drinks(), "acidity,sugar\n" + "1,1\n" * 100_000, patience=2)

    assert result == {"problem": "AbortError"}


def test_contributions_have_a_column_a_feature(score: Score) -> None:
    result = score(drinks(), "acidity,sugar\n1,5\n9,x\n", explained=True)

    good, wrong = read(result["text"])
    columns = ("base_value", "contribution_acidity", "contribution_sugar")
    assert [good[name] for name in columns] == ["0.5", "1", "5"]  # of the predicted class, 0
    assert [wrong[name] for name in columns] == ["", "", ""]
    assert wrong["error"] == "sugar: not a number"


def test_new_columns_take_names_that_are_free(score: Score) -> None:
    result = score(drinks(), "acidity,sugar,label,error\n1,5,mine,mine too\n")

    row = read(result["text"])[0]
    assert (row["label"], row["error"]) == ("mine", "mine too")
    assert (row["label_2"], row["error_2"]) == ("Dry", "")


def test_texts_of_ours_are_no_formulas_and_the_file_s_own_cells_stay_as_they_are(
    score: Score,
) -> None:
    found = drinks(labels=("=Dry", "@Sweet"))

    result = score(found, "acidity,sugar,note\n1,1,=A1\n3,1,-5\n")

    assert [row["label"] for row in read(result["text"])] == ["'=Dry", "'@Sweet"]
    assert [row["note"] for row in read(result["text"])] == ["=A1", "-5"]


def test_categories_are_read_by_their_texts(score: Score) -> None:
    found = drinks()
    found["features"][1]["categories"] = ["low", "high"]

    result = score(found, "acidity,sugar\n1,high\n3,low\n1,High\n")

    assert [row["label"] for row in read(result["text"])] == ["Dry", "Sweet", ""]
    assert result["errors"] == [{"row": 3, "column": "sugar", "reason": "none of low, high"}]


def test_a_predicted_number_has_its_mean_and_its_ends(score: Score) -> None:
    x = np.arange(20.0)[:, None]
    forest = RandomForestRegressor(5, random_state=0).fit(x, x[:, 0] * 2)
    expected = forest.predict(x)

    result = score(document(forest, ["size"]), "size\n" + "\n".join(map(str, x[:, 0])))

    assert [float(row["prediction"]) for row in read(result["text"])] == expected.tolist()
    assert list(read(result["text"])[0]) == ["size", "prediction", "error"]
    assert (result["lowest"], result["highest"]) == (expected.min(), expected.max())
    assert result["sums"][0] / result["rows"] == pytest.approx(expected.mean())


def test_the_server_gets_at_most_five_hundred_rows_at_a_time(ask: Score) -> None:
    result = ask(asked_of_server(), "size\n" + "1\n" * 1200)

    assert result["requests"] == [["/models/a%20b/predict", n] for n in (500, 500, 200)]
    assert [row["prediction"] for row in read(result["text"])] == ["2"] * 1200


def test_the_probabilities_of_the_server_stand_under_their_classes(ask: Score) -> None:
    classes = [{"value": "d", "label": "Dry"}, {"value": "s", "label": "Sweet"}]

    result = ask({**asked_of_server(), "classes": classes}, "size\n1\n")

    row = read(result["text"])[0]
    assert (row["prediction"], row["label"]) == ("s", "Sweet")
    assert (row["probability_Dry"], row["probability_Sweet"]) == ("0.25", "0.75")


def test_a_busy_server_is_asked_again_after_as_long_as_it_says(ask: Score) -> None:
    busy = [429, {"Retry-After": "0"}, {"title": "Too many requests"}]

    result = ask(asked_of_server(), "size\n4\n", busy, busy)

    assert result["waits"] == [0, 0]
    assert [row["prediction"] for row in read(result["text"])] == ["8"]


def test_rows_that_the_server_refuses_are_errors_and_the_others_are_sent_again(
    ask: Score,
) -> None:
    wrong = [{"row": 2, "field": "size", "reason": "too large"}]

    result = ask(asked_of_server(), "size\n1\n2\n3\n", [422, {}, {"errors": wrong}])

    assert result["errors"] == [{"row": 2, "column": "size", "reason": "too large"}]
    assert [row["prediction"] for row in read(result["text"])] == ["2", "", "6"]
    assert [rows for _, rows in result["requests"]] == [3, 2]


def test_a_server_that_fails_ends_it(ask: Score) -> None:
    result = ask(asked_of_server(), "size\n1\n", [500, {}, {"title": "Failed"}])

    assert result["problem"] == "The server answered with the status 500."


@pytest.mark.parametrize("size", [{}, PHONE], ids=["laptop", "phone"])
def test_a_chosen_file_is_scored_and_the_answers_are_downloaded(
    visitor: Callable[..., Page],
    exported: str,
    wine: dict[str, Any],
    tmp_path: Path,
    axe_violations: Callable[[Page], list[str]],
    size: dict[str, Any],
) -> None:
    rows = wine["sample"]["rows"][:50]
    lines = [[feature["label"] for feature in wine["features"]], *rows, ["?"] * 13]
    path = tmp_path / "my wines.csv"
    path.write_text("\n".join(",".join(map(str, line)) for line in lines), encoding="utf-8")
    page = visitor(**size, expected="ERR_FILE_NOT_FOUND")
    page.goto(exported)

    page.get_by_label("Choose a CSV file").set_input_files(path)

    card = page.locator(".scores")
    expect(card.get_by_text("50 wines scored, 1 row with errors")).to_be_visible()
    expect(card.get_by_role("row")).to_have_count(1 + 13)
    with page.expect_download() as download:
        card.get_by_role("button", name="Download the scores").click()
    assert download.value.suggested_filename == "my wines-scored.csv"
    table = read(Path(download.value.path()).read_text(encoding="utf-8"))
    assert [row["error"] for row in table[:50]] == [""] * 50
    assert table[50]["error"].startswith("Alcohol: not a number; ")
    assert [found for found in axe_violations(page) if "scores" in found] == []


def test_a_file_that_is_too_large_is_not_read(
    visitor: Callable[..., Page], exported: str, tmp_path: Path
) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(60 * 1024 * 1024)
    page = visitor(expected="ERR_FILE_NOT_FOUND")
    page.goto(exported)

    page.get_by_label("Choose a CSV file").set_input_files(path)

    text = "The file has 60 MB. Files of up to 50 MB can be scored."
    expect(page.locator(".scores .notice")).to_have_text(text)


def document(model: Any, names: Any, *, classes: tuple[str, ...] = ()) -> dict[str, Any]:
    """What scoring reads of a what-if document."""
    golden = np.ones((1, len(names)))
    ask = None if classes else lambda rows: model.predict(rows)[:, None]
    flat = flatten(model, golden, np.array([[0.0, 10.0]] * len(names)), ask=ask)
    return {
        "name": "a b",
        "features": [{"name": name, "label": name, "categories": None} for name in names],
        "classes": [{"value": place, "label": label} for place, label in enumerate(classes)],
        "flat": flat.to_data(),
    }


def drinks(labels: tuple[str, str] = ("Dry", "Sweet")) -> dict[str, Any]:
    """A document whose model says that at most 2 g/l of acid is dry."""
    x = np.array([[1.0, 0], [3, 0], [1, 1], [3, 1]])
    stump = RandomForestClassifier(1, bootstrap=False, random_state=0, max_features=None)
    return document(stump.fit(x, x[:, 0] > 2), ["acidity", "sugar"], classes=labels)


def asked_of_server() -> dict[str, Any]:
    """A document of a model that only the server can ask."""
    feature = {"name": "size", "label": "Size", "categories": None}
    return {"name": "a b", "features": [feature], "classes": [], "flat": None}


def read(text: str, separator: str = ",") -> list[dict[str, str]]:
    """The rows of a CSV, as Python's own reader sees them."""
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator))
