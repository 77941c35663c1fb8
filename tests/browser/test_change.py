"""The smallest change is the smallest, flips the real answer, and moves no locked value."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect
from scipy.optimize import linprog  # type: ignore[import-untyped]
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from dashboard.model.asking import Asking
from dashboard.model.flatten import flatten
from tests.browser.pages import PHONE

Floats = NDArray[np.float64]
Search = Callable[..., list[dict[str, Any] | None]]

FORESTS = 200
LOW, HIGH = 0, 6  # all features of the made tables, which have one decimal
LONGEST = 7  # decimals: one, and six more
SEARCH = """questions => questions.map(function (question) {
  const { predict } = openModel(question.flat);
  const locked = new Set(question.locked);
  const search = smallestChange({ ...question, predict: predict, locked: locked });
  let step = search.next();
  while (!step.done) step = search.next();
  return step.value;
})"""


@pytest.fixture
def searched(scripts: Callable[..., Page]) -> Search:
    """Runs the shipped search for questions, each a dictionary of its JSON."""
    page = scripts("app", "smallestChange", "openModel")

    def changes(questions: list[dict[str, Any]]) -> list[dict[str, Any] | None]:
        found: list[dict[str, Any] | None] = page.evaluate(SEARCH, questions)
        return found

    return changes


@pytest.fixture
def mounted(scripts: Callable[..., Page]) -> Callable[[dict[str, Any]], Page]:
    """Shows a what-if document in an empty page, where ``state`` is the page's state."""

    def shown(document: dict[str, Any]) -> Page:
        page = scripts("app", "mount")
        page.evaluate(
            "found => { window.state = mount(document.body, found, { exported: true }); }",
            document,
        )
        return page

    return shown


@pytest.mark.parametrize("effort", [1, 0])
def test_on_small_forests_no_change_is_smaller(searched: Search, effort: int) -> None:
    made = [small_forest(seed) for seed in range(FORESTS)]
    questions = [question(forest, row, want, effort=effort) for forest, row, want, _ in made]

    answers = searched(questions)

    for (forest, row, want, choices), answer in zip(made, answers, strict=True):
        smallest = brute_force(forest, row, want, choices)
        if answer is None:
            assert smallest["any"] == np.inf
            continue
        assert reaches(forest, answer, row, want)
        best = smallest["any" if answer["proof"] == "smallest" else "two"]
        if answer["proof"] == "found by search":
            assert len(answer["moves"]) > 2
            assert smallest["any"] - 1e-12 <= answer["distance"] < smallest["two"]
        else:
            assert answer["distance"] == pytest.approx(best, abs=1e-12)
    proofs = {answer["proof"] for answer in answers if answer}
    if effort:
        assert proofs == {"smallest"}
    else:
        assert proofs >= {"smallest of one or two moves"}


def test_locked_features_are_never_moved(searched: Search) -> None:
    made = [small_forest(seed) for seed in range(60)]
    locks = [seed % len(row) for seed, (_, row, _, _) in enumerate(made)]
    questions = [
        question(forest, row, want, locked=[lock])
        for (forest, row, want, _), lock in zip(made, locks, strict=True)
    ]

    answers = searched(questions)

    for (forest, row, want, choices), lock, answer in zip(made, locks, answers, strict=True):
        held = [[row[i]] if i == lock else found for i, found in enumerate(choices)]
        smallest = brute_force(forest, row, want, held)["any"]
        if answer is None:
            assert smallest == np.inf
            continue
        assert answer["row"][lock] == row[lock]
        assert lock not in {move["feature"] for move in answer["moves"]}
        assert answer["distance"] == pytest.approx(smallest, abs=1e-12)


@pytest.mark.parametrize(
    "estimator",
    [
        ExtraTreesClassifier(5, max_depth=3, random_state=0),
        GradientBoostingClassifier(n_estimators=4, max_depth=2, random_state=0),
        HistGradientBoostingClassifier(max_iter=4, max_leaf_nodes=4, min_samples_leaf=5),
        make_pipeline(StandardScaler(), RandomForestClassifier(5, max_depth=3, random_state=0)),
        make_pipeline(MinMaxScaler((-1, 1)), HistGradientBoostingClassifier(max_iter=4)),
    ],
    ids=["extra trees", "boosting", "histogram boosting", "scaled forest", "scaled boosting"],
)
@pytest.mark.parametrize("classes", [2, 3])
def test_no_row_of_numbers_with_one_decimal_is_nearer(
    searched: Search, estimator: Any, classes: int
) -> None:
    x, y = table(5, features=2, classes=classes)
    model = estimator.fit(x, y)
    axis = np.round(np.arange(LOW, HIGH + 0.05, 0.1), 1)
    grid = np.array(list(itertools.product(axis, axis)))
    grid_answers = model.predict_proba(grid).argmax(axis=1)
    rows = x[::8]
    wants = [(int(p.argmax()) + 1) % classes for p in model.predict_proba(rows)]

    answers = searched(questions(model, rows, wants))

    for row, want, answer in zip(rows, wants, answers, strict=True):
        reached = np.abs(grid[grid_answers == want] - row).sum(axis=1) / (HIGH - LOW)
        if answer is None:
            assert not len(reached)
            continue
        assert reaches(model, answer, row, want)
        assert answer["proof"] == "smallest"
        assert answer["distance"] <= reached.min(initial=np.inf) + 1e-12


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("scaled", [False, True])
def test_of_linear_models_no_real_numbers_are_nearer_but_for_rounding(
    searched: Search, classes: int, scaled: bool
) -> None:
    x, y = table(3, features=5, classes=classes)
    steps = [StandardScaler()] if scaled else []
    model = make_pipeline(*steps, LogisticRegression(C=3, max_iter=2000)).fit(x, y)
    rows = x[::6]
    wants = [(int(p.argmax()) + 1) % classes for p in model.predict_proba(rows)]

    answers = searched(questions(model, rows, wants))

    for row, want, answer in zip(rows, wants, answers, strict=True):
        bound = linear_bound(model, row, want)
        assert answer is not None
        assert reaches(model, answer, row, want)
        assert answer["proof"] == "smallest"
        rounding = 0.1 / (HIGH - LOW) * len(answer["moves"])
        assert bound - 1e-9 <= answer["distance"] <= bound + rounding + 1e-8


def test_a_change_out_of_reach_of_the_sliders_is_none(searched: Search) -> None:
    x, y = table(3, features=2, classes=2)
    y = (x.sum(axis=1) > 20).astype(int)  # never, in the table
    y[0] = 1
    model = LogisticRegression(C=1e-6).fit(x, y)

    answers = searched([question(model, x[1], 1)])

    assert answers == [None]


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestRegressor(5, max_depth=3, random_state=0),
        HistGradientBoostingRegressor(max_iter=5, max_leaf_nodes=4, min_samples_leaf=5),
        Ridge(),
    ],
    ids=["forest", "histogram boosting", "ridge"],
)
@pytest.mark.parametrize("side", ["atLeast", "atMost"])
def test_a_number_comes_to_where_it_is_wanted(searched: Search, estimator: Any, side: str) -> None:
    x, _ = table(1, features=2, classes=2)
    model = estimator.fit(x, x[:, 0] * 3 - x[:, 1])
    axis = np.round(np.arange(LOW, HIGH + 0.05, 0.1), 1)
    grid = np.array(list(itertools.product(axis, axis)))
    limit = float(np.quantile(model.predict(x), 0.8 if side == "atLeast" else 0.2))

    def holds(rows: Floats) -> NDArray[np.bool_]:
        found = model.predict(rows)
        return np.asarray(found >= limit if side == "atLeast" else found <= limit)

    rows = x[~holds(x)][::8]
    answers = searched(questions(model, rows, [{side: limit}] * len(rows)))

    for row, answer in zip(rows, answers, strict=True):
        reached = np.abs(grid[holds(grid)] - row).sum(axis=1) / (HIGH - LOW)
        assert answer is not None
        assert holds(np.array([answer["row"]])).all()
        assert answer["proof"] == "smallest"
        rounding = 0.1 / (HIGH - LOW) * 2 if isinstance(model, Ridge) else 0
        assert answer["distance"] <= reached.min() + rounding + 1e-9


@pytest.mark.parametrize("linear", [False, True], ids=["forest", "logistic"])
def test_a_category_is_changed_where_that_is_the_shorter_way(
    searched: Search, linear: bool
) -> None:
    rng = np.random.default_rng(4)
    texts = ["red", "white", "rose"]
    places = np.column_stack([rng.integers(0, 3, 120), rng.integers(0, 61, 120) / 10])
    kind = ((places[:, 0] == 1) ^ (rng.random(120) < 0.05)).astype(int)
    last = LogisticRegression() if linear else RandomForestClassifier(5, random_state=0)
    encoder = ColumnTransformer([("c", OneHotEncoder(), ["colour"])], remainder="passthrough")
    colours = [texts[int(place)] for place in places[:, 0]]
    model = make_pipeline(encoder, last)
    model.fit(pd.DataFrame({"colour": colours, "acid": places[:, 1]}), kind)
    known = [{"name": "colour", "categories": texts}, {"name": "acid"}]
    ask = Asking(model, {"kind": "classifier", "features": known})
    ranges = np.array([[0, 2], [LOW, HIGH]])
    flat = flatten(model, places[:5], ranges, ask=ask, categories=[texts, None])
    choice = {"minimum": 0, "maximum": 2, "low": 0, "high": 2, "decimals": 0, "step": 1}
    features = [choice | {"categories": texts}, feature()]
    asked = {"flat": flat.to_data(), "features": features, "row": [0.0, 3.0], "want": 1}

    answers = searched([{**asked, "locked": [], "rows": []}])

    assert answers[0] is not None
    assert answers[0]["proof"] == "smallest"
    assert ask(np.array([answers[0]["row"]]))[0].argmax() == 1
    every = np.array(list(itertools.product(range(3), np.round(np.arange(0, 6.05, 0.1), 1))))
    lengths = (every[:, 0] != 0) + np.abs(every[:, 1] - 3) / (HIGH - LOW)
    shortest = lengths[ask(every).argmax(axis=1) == 1].min()
    assert answers[0]["distance"] <= shortest + (0.1 / 6 + 1e-9 if linear else 1e-12)


def test_a_search_gives_way_every_few_milliseconds(scripts: Callable[..., Page]) -> None:
    x, y = table(0, features=12, classes=3, rows=300)
    forest = RandomForestClassifier(60, random_state=0).fit(x, y)
    row = x[0]
    want = (int(forest.predict_proba(x[:1]).argmax()) + 1) % 3
    page = scripts("app", "smallestChange", "openModel")

    waits = page.evaluate(
        """question => {
          const { predict } = openModel(question.flat);
          const search = smallestChange({ ...question, predict: predict, locked: new Set() });
          const waits = [];
          for (let done = false; !done; ) {
            const begun = performance.now();
            done = search.next().done;
            waits.push(performance.now() - begun);
          }
          return waits;
        }""",
        question(forest, row, want),
    )

    assert len(waits) > 5
    assert np.median(waits) < 10


def test_a_click_applies_the_change_and_the_answer_is_the_wanted_one(
    mounted: Callable[[dict[str, Any]], Page], wine: dict[str, Any]
) -> None:
    page = mounted(wine)
    card = page.get_by_role("region", name="What would change the answer")

    card.get_by_role("button", name="Barbera").click()
    expect(card).to_contain_text("The answer becomes Barbera")
    card.get_by_role("button", name="Apply").click()

    expect(card.get_by_role("button", name="Barbera")).to_be_hidden()  # it is the answer now
    outputs = page.evaluate("state.engine.model.predict(state.row)")
    assert outputs.index(max(outputs)) == 2


def test_what_is_shown_of_other_values_cannot_be_applied(
    mounted: Callable[[dict[str, Any]], Page], wine: dict[str, Any]
) -> None:
    page = mounted(wine)
    apply = page.get_by_role("button", name="Apply")
    expect(apply).to_be_enabled()

    disabled = page.evaluate(
        """() => {
          state.set(0, state.row[0] + 0.1, true);
          return document.querySelector(".change-apply").disabled;
        }"""
    )

    assert disabled
    expect(apply).to_be_enabled()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            "state.row.forEach((_, i) => state.locked.add(i)); state.choose({})",
            "Every value is locked. Unlock one to see what it could change.",
        ),
        ("state.set(0, NaN)", "A change can be looked for when every field has a value."),
        (
            "state.row.forEach((_, i) => i && state.locked.add(i)); state.choose({})",
            "No change was found: within their sliders, the values that are not locked do not "
            "lead to Grignolino.",
        ),
    ],
    ids=["locked", "missing", "none"],
)
def test_the_card_says_why_there_is_no_change(
    mounted: Callable[[dict[str, Any]], Page], wine: dict[str, Any], change: str, text: str
) -> None:
    page = mounted(wine)

    page.evaluate(f"() => {{ {change} }}")

    expect(page.locator(".change-outcome")).to_have_text(text)


def test_a_number_is_brought_to_at_least_what_is_typed(
    mounted: Callable[[dict[str, Any]], Page], wine: dict[str, Any]
) -> None:
    x = np.array(wine["sample"]["rows"])
    forest = RandomForestRegressor(20, random_state=0).fit(x, x[:, 0] + x[:, 5])
    ranges = np.array([[f["minimum"], f["maximum"]] for f in wine["features"]])
    flat = flatten(forest, x[:3], ranges, ask=lambda rows: forest.predict(rows)[:, None])
    number = {"unit": "units", "decimals": 1, "values": {"minimum": 11.0, "maximum": 18.0}}
    told = {"classes": [], "number": number, "target": "Sum", "flat": flat.to_data()}
    page = mounted({**wine, **told, "presets": []})

    page.get_by_label("Sum to come to").fill("17")

    expect(page.locator(".change-outcome")).to_contain_text("Sum becomes at least 17 units when")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".change-outcome")).to_have_text("The prediction is that already.")
    assert forest.predict([page.evaluate("state.row")])[0] >= 17


@pytest.mark.parametrize("options", [{}, PHONE], ids=["laptop", "phone"])
def test_the_card_is_accessible(
    visitor: Callable[..., Page],
    exported: str,
    axe_violations: Callable[[Page], list[str]],
    options: dict[str, Any],
) -> None:
    page = visitor(**options, expected="ERR_FILE_NOT_FOUND")
    page.goto(exported)
    expect(page.get_by_role("button", name="Apply")).to_be_visible()

    found = axe_violations(page)

    assert [line for line in found if "change" in line] == []


def small_forest(seed: int) -> tuple[Any, Floats, int, list[list[float]]]:
    """A forest, a row of its table, a class that it does not answer, and what to try a feature."""
    rng = np.random.default_rng(seed)
    features, classes = int(rng.integers(2, 5)), int(rng.integers(2, 4))
    x, y = table(seed, features=features, classes=classes)
    forest = RandomForestClassifier(
        int(rng.integers(3, 6)), max_depth=int(rng.integers(1, 4)), random_state=seed
    ).fit(x, y)
    row = x[rng.integers(len(x))]
    if seed % 2:  # numbers as nobody types them
        row = row + rng.uniform(-0.05, 0.05, features).clip(-row, HIGH - row)
    answer = int(forest.predict_proba([row]).argmax())
    want = (answer + int(rng.integers(1, classes))) % classes
    return forest, row, want, [tried(forest, i, float(row[i])) for i in range(features)]


def table(
    seed: int, *, features: int, classes: int, rows: int = 80
) -> tuple[Floats, NDArray[np.int_]]:
    """Random numbers with one decimal, and classes that depend on them."""
    rng = np.random.default_rng(seed)
    x = rng.integers(LOW * 10, HIGH * 10 + 1, (rows, features)) / 10
    score = x @ rng.normal(size=features) + rng.normal(size=rows)
    y = np.searchsorted(np.quantile(score, np.arange(1, classes) / classes), score)
    return x, y


def feature() -> dict[str, Any]:
    """What the page's document says about each feature of a made table."""
    sizes = {"minimum": LOW, "maximum": HIGH, "low": LOW, "high": HIGH}
    return {**sizes, "decimals": 1, "step": 0.1, "categories": None}


def questions(model: Any, rows: Floats, wants: list[Any], **more: Any) -> list[dict[str, Any]]:
    """What the search is asked of rows of one model, without what JSON cannot hold."""
    ranges = np.array([[LOW, HIGH]] * rows.shape[1])
    classifier = hasattr(model, "predict_proba")
    ask = None if classifier else lambda rows: model.predict(rows)[:, None]
    flat = flatten(model, rows, ranges, ask=ask).to_data()
    features = [feature()] * rows.shape[1]
    asked = {"flat": flat, "features": features, "locked": [], "rows": []}
    return [
        {**asked, "row": row.tolist(), "want": want, **more}
        for row, want in zip(rows, wants, strict=True)
    ]


def question(model: Any, row: Floats, want: Any, **more: Any) -> dict[str, Any]:
    """What it is asked of one row."""
    return questions(model, np.array([row]), [want], **more)[0]


def tried(forest: Any, i: int, value: float) -> list[float]:
    """The value itself, and for each bin between thresholds its nearest number to the value."""
    trees = [tree.tree_ for tree in forest.estimators_]
    found = {float(t) for tree in trees for t in tree.threshold[tree.feature == i]}
    limits = [-np.inf, *sorted(found), np.inf]
    others: list[float] = []
    for below, above in itertools.pairwise(limits):
        if below < float(np.float32(value)) <= above:
            continue
        others.extend(itertools.islice(nearest_in(below, above, value), 1))
    return [value, *others]


def nearest_in(below: float, above: float, value: float) -> Iterator[float]:
    """Of the shortest numbers that round to a float32 in (below, above], the nearest to a value."""
    for decimals in range(1, LONGEST + 1):
        unit = 10**decimals
        low, high = max(below, LOW), min(above, HIGH)
        ends = [round(end * unit) + k for end in (low, high) for k in range(-3, 4)]
        numbers = [end / unit for end in ends if LOW * unit <= end <= HIGH * unit]
        inside = [x for x in numbers if below < float(np.float32(x)) <= above]
        if inside:
            yield min(inside, key=lambda x: abs(x - value))
            return


def brute_force(
    forest: Any, row: Floats, want: int, choices: list[list[float]]
) -> dict[str, float]:
    """The smallest distance to the wanted class among all choices, and with one or two moves."""
    rows = np.array(list(itertools.product(*choices)))
    reached = rows[forest.predict_proba(rows).argmax(axis=1) == want]
    distances = np.abs(reached - row).sum(axis=1) / (HIGH - LOW)
    few = (reached != row).sum(axis=1) <= 2
    return {"any": distances.min(initial=np.inf), "two": distances[few].min(initial=np.inf)}


def reaches(model: Any, answer: dict[str, Any], row: Floats, want: int) -> bool:
    """Whether scikit-learn answers as wanted where the moves lead, and they are told right."""
    moved = row.copy()
    for move in answer["moves"]:
        assert move["from"] == row[move["feature"]]
        moved[move["feature"]] = move["to"]
    assert moved.tolist() == answer["row"]
    assert answer["distance"] == pytest.approx(np.abs(moved - row).sum() / (HIGH - LOW))
    return bool(model.predict_proba([moved]).argmax() == want)


def linear_bound(model: Any, row: Floats, want: int) -> float:
    """The distance of the nearest row of real numbers that a linear model answers as wanted."""
    n = len(row)
    start = decisions(model, row[None, :])[0]
    slopes = np.array([decisions(model, row[None, :] + step)[0] - start for step in np.eye(n)])
    others = [k for k in range(len(start)) if k != want]
    gains = np.array([slopes[:, want] - slopes[:, k] for k in others]) * (HIGH - LOW)
    gaps = [start[want] - start[k] for k in others]
    bounds = [((HIGH - x) / (HIGH - LOW), (x - LOW) / (HIGH - LOW)) for x in row]
    room = [(0, up) for up, _ in bounds] + [(0, down) for _, down in bounds]
    found = linprog(np.ones(2 * n), A_ub=np.hstack([-gains, gains]), b_ub=gaps, bounds=room)
    return float(found.fun)


def decisions(model: Any, rows: Floats) -> Floats:
    """Scores, one a class."""
    scores = np.asarray(model.decision_function(rows))
    return np.column_stack([np.zeros(len(scores)), scores]) if scores.ndim == 1 else scores
