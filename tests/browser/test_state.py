"""What a visitor has set: changes, locks, undo, and the address that says all of it."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

Scripts = Callable[..., Page]

NAMES = (
    "createState",
    "readAddress",
    "writeAddress",
    "createHistory",
    "matchingPlaces",
    "randomPlace",
    "undecidedPlaces",
)

# A page whose features have every name that an address could trip over.
AWKWARD_NAMES = ("alcohol", "lock", "value.lock", "a,b", "od280/od315 &=+%ü", "region")
REGIONS = ["North", "a,b", "", "x=1&y"]

# What a state is, with null in the place of NaN, which JSON does not know.
PLAIN = """found => ({
  row: found.row.map(x => Number.isNaN(x) ? null : x),
  start: found.start.name,
  locked: Array.from(found.locked),
  output: found.output,
  pinned: found.pinned && found.pinned.map(x => Number.isNaN(x) ? null : x),
  confidence: found.confidence,
  other: found.other,
  rest: found.rest,
})"""


def feature(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "label": name.title(),
        "unit": "g",
        "group": "All",
        "decimals": 1,
        "minimum": 0.0,
        "maximum": 10.0,
        "median": 5.0,
        "step": 0.1,
        "low": 0.0,
        "high": 12.0,
        "categories": None,
    } | changes


def table(**changes: Any) -> dict[str, Any]:
    """A document of three features; presets at 1, 2, 3 and at 4, 5, 6; three real rows."""
    return {
        "features": [feature("alcohol"), feature("ash"), feature("hue")],
        "classes": [{"value": 0, "label": "Red"}, {"value": 1, "label": "White"}],
        "presets": [
            {"label": "By chance", "kind": "random_row", "of": None, "row": None},
            {"label": "Red", "kind": "class_median", "of": 0, "row": [1.0, 2.0, 3.0]},
            {"label": "White", "kind": "class_median", "of": 1, "row": [4.0, 5.0, 6.0]},
        ],
        "sample": {
            "rows": [[1.5, 2.5, 3.5], [7.0, 8.0, 9.0], [7.5, 0.5, 9.5]],
            "groups": [0, 1, None],
        },
    } | changes


@pytest.fixture
def run(scripts: Scripts) -> Callable[..., Any]:
    """Runs a JavaScript function on a document, with the scripts' names at hand."""
    page = scripts("state", *NAMES)

    def evaluate(script: str, found: dict[str, Any] | None = None, **more: Any) -> Any:
        return page.evaluate(script, {"page": found or table(), **more})

    return evaluate


def test_a_page_begins_at_its_first_preset_with_a_row(run) -> None:
    row = run("({ page }) => createState(page, '').row")

    assert row == [1, 2, 3]


@pytest.mark.parametrize("presets", [None, [], [{"kind": "random_row", "row": None}]])
def test_a_page_without_such_a_preset_begins_at_the_medians(run, presets) -> None:
    row = run("({ page }) => createState(page, '').row", table(presets=presets))

    assert row == [5, 5, 5]


def test_who_listens_hears_what_changed_until_they_no_longer_want_to(run) -> None:
    heard = run(
        """({ page }) => {
          const state = createState(page, "");
          const heard = [];
          const leave = state.subscribe((same, what) => heard.push([same === state, what]));
          state.set(1, 9, true);
          state.set(1, 9, false);
          state.replace([7, 7, 7]);
          leave();
          state.set(1, 8, false);
          return heard;
        }"""
    )

    assert heard == [
        [True, {"feature": 1, "live": True}],
        [True, {"feature": 1, "live": False}],
        [True, {"feature": None, "live": False, "jump": True}],
    ]


def test_a_row_that_was_handed_out_never_changes(run) -> None:
    before, after = run(
        """({ page }) => {
          const state = createState(page, "");
          const row = state.row;
          state.set(0, 9, false);
          return [row, state.row];
        }"""
    )

    assert (before, after) == ([1, 2, 3], [9, 2, 3])


def test_a_whole_row_leaves_locked_features_alone_and_brings_no_missing_value(run) -> None:
    row = run(
        """({ page }) => {
          const state = createState(page, "");
          state.lock(0, true);
          state.replace([7, 8, NaN]);
          return state.row;
        }"""
    )

    assert row == [1, 8, 3]


def test_a_drag_is_one_step_to_undo_and_to_redo(run) -> None:
    rows = run(
        """({ page }) => {
          const state = createState(page, "");
          for (const value of [4, 5, 6]) state.set(0, value, true);
          state.set(0, 6, false);
          state.set(1, 9, false);
          const rows = [];
          for (const way of ["undo", "undo", "undo", "redo", "redo"]) {
            state[way]();
            rows.push(state.row);
          }
          return [...rows, state.canUndo, state.canRedo];
        }"""
    )

    assert rows == [[6, 2, 3], [1, 2, 3], [1, 2, 3], [6, 2, 3], [6, 9, 3], True, False]


def test_a_movement_that_comes_back_is_no_step(run) -> None:
    can_undo = run(
        """({ page }) => {
          const state = createState(page, "");
          state.set(0, 4, true);
          const moving = state.canUndo;
          state.set(0, 1, false);
          state.begin("1");
          state.replace([1, 2, 3]);
          return [moving, state.canUndo];
        }"""
    )

    assert can_undo == [True, False]


@pytest.mark.parametrize("next_step", ["set(1, 9, false)", "lock(2, true)", "begin('2')"])
def test_a_movement_that_nobody_ended_is_a_step_of_its_own(run, next_step) -> None:
    rows = run(
        f"""({{ page }}) => {{
          const state = createState(page, "");
          state.set(0, 4, true);
          state.{next_step};
          state.undo();
          const once = state.row;
          state.undo();
          return [once, state.row];
        }}"""
    )

    assert rows == [[4, 2, 3], [1, 2, 3]]


def test_a_hundred_steps_can_be_undone(run) -> None:
    row = run(
        """({ page }) => {
          const state = createState(page, "");
          for (let i = 1; i <= 100; i++) state.set(0, 100 + i, false);
          for (let i = 1; i <= 100; i++) state.undo();
          return state.row;
        }"""
    )

    assert row == [1, 2, 3]


def test_no_more_steps_are_kept_than_the_limit(run) -> None:
    found = run(
        """() => {
          const history = createHistory(2);
          for (const moment of ["a", "b", "c"]) history.record(moment);
          return [history.undo("d"), history.undo("c"), history.undo("b"), history.canUndo];
        }"""
    )

    assert found == ["c", "b", None, False]


def test_a_new_step_forgets_what_was_undone(run) -> None:
    can_redo = run(
        """({ page }) => {
          const state = createState(page, "");
          state.set(0, 9, false);
          state.undo();
          const before = state.canRedo;
          state.set(1, 9, false);
          return [before, state.canRedo];
        }"""
    )

    assert can_redo == [True, False]


def test_locks_and_pins_can_be_undone_and_looking_around_is_no_step(run) -> None:
    found = run(
        """({ page }) => {
          const state = createState(page, "");
          state.lock(2, true);
          state.choose({ pinned: state.row });
          state.choose({ output: 1, confidence: 0.8 });
          const found = [];
          for (let i = 0; i < 2; i++) {
            state.undo();
            found.push([state.pinned, Array.from(state.locked), state.output, state.canUndo]);
          }
          return found;
        }"""
    )

    assert found == [[None, [2], 1, True], [None, [], 1, False]]


def test_a_feature_goes_back_to_where_one_last_started(run) -> None:
    rows = run(
        """({ page }) => {
          const state = createState(page, "");
          state.begin("row-2");
          state.set(0, 3.3, false);
          state.reset(0);
          const rows = [state.row];
          state.undo();
          return [...rows, state.row, state.begin("row-9"), state.begin("0")];
        }"""
    )

    assert rows == [[7, 8, 9], [3.3, 8, 9], False, False]


def test_what_is_as_at_the_beginning_needs_no_address(run) -> None:
    text = run("({ page }) => writeAddress(page, createState(page, ''))")

    assert text == ""


def test_an_address_says_what_differs_in_words_that_people_read(run) -> None:
    text = run(
        """({ page }) => {
          const state = createState(page, "utm_source=mail");
          state.begin("2");
          state.set(0, 13.25, false);
          state.set(1, NaN, false);
          state.lock(2, true);
          state.lock(1, true);
          state.choose({ output: 1, pinned: [4, 5.5, 6], confidence: 0.8, other: "plain model" });
          return writeAddress(page, state);
        }"""
    )

    assert text == (
        "start=2&alcohol=13.25&ash=&lock=ash,hue&explain=1&pin=,5.5&confidence=0.8"
        "&other=plain%20model&utm_source=mail"
    )


@pytest.mark.parametrize(
    ("query", "notice", "read"),
    [
        ("alcohol=abc", "alcohol=abc is not a number; the start value is used.", {}),
        ("alcohol=0x10", "alcohol=0x10 is not a number; the start value is used.", {}),
        ("alcohol=1e39", "alcohol=1e39 is not a number; the start value is used.", {}),
        ("ash=Infinity", "ash=Infinity is not a number; the start value is used.", {}),
        ("start=0", "start=0 is no starting point; the usual one is used.", {}),
        ("start=row-4", "start=row-4 is no starting point; the usual one is used.", {}),
        ("lock=hue,foo", "lock=foo is no feature here; it is ignored.", {"locked": [2]}),
        ("explain=2", "explain=2 is no class here; the predicted one is explained.", {}),
        ("pin=1,2,3,4", "pin=1,2,3,4 is no row of numbers; nothing is pinned.", {}),
        ("pin=x", "pin=x is no row of numbers; nothing is pinned.", {}),
        (
            "confidence=2",
            "confidence=2 is not from 0.5 to 0.99; 0.99 is used.",
            {"confidence": 0.99},
        ),
        ("confidence=0", "confidence=0 is not from 0.5 to 0.99; 0.5 is used.", {"confidence": 0.5}),
        ("confidence=x", "confidence=x is not from 0.5 to 0.99; 0.9 is used.", {}),
        (
            "hue=" + "9z" * 40,
            "hue=" + "9z" * 20 + "… is not a number; the start value is used.",
            {},
        ),
    ],
)
def test_a_bad_value_is_left_out_or_clamped_and_said_to_be(run, query, notice, read) -> None:
    usual = run(f"({{ page }}) => ({PLAIN})(readAddress(page, ''))")

    found, notices = run(
        f"""({{ page, query }}) => {{
          const found = readAddress(page, query);
          return [({PLAIN})(found), found.notices];
        }}""",
        query=query,
    )

    assert notices == [notice]
    assert found == usual | read


def test_a_category_is_its_text_in_the_address_and_another_one_is_refused(run) -> None:
    features = [feature("alcohol"), feature("ash"), category("region")]
    found = table(features=features, presets=[])

    read = run(
        """({ page }) => ["region=a,b", "region=", "region=South"].map(function (query) {
          const { row, notices } = readAddress(page, query);
          return [row[2], notices];
        })""",
        found,
    )

    refused = "region=South is none of its choices; the start value is used."
    assert read == [[1, []], [2, []], [0, [refused]]]


def category(name: str) -> dict[str, Any]:
    return feature(name, categories=REGIONS, minimum=0, maximum=3, median=0, step=1)


numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: x + 0.0) | st.sampled_from(
    [None, 0.0, 0.1, 1e21, 3e38, -5e-324, 13.700000000000001]
)
rows = st.tuples(*[numbers] * 5, st.integers(0, len(REGIONS) - 1))
states = st.fixed_dictionaries(
    {
        "start": st.sampled_from(["1", "2", "row-1", "row-3"]),
        "row": rows.map(list),
        "locked": st.sets(st.integers(0, 5)).map(sorted),
        "output": st.none() | st.integers(0, 1),
        "pinned": st.none() | rows.map(list),
        "confidence": st.floats(0.5, 0.99),
        "other": st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
        "rest": st.lists(st.tuples(st.sampled_from(["utm", "x y"]), st.text("a&=+ %")).map(list)),
    }
)


# The page is as good for the next example: nothing that is called here keeps anything.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(state=states, commas=st.booleans())
def test_every_state_comes_back_from_its_address(run, state, commas) -> None:
    names = [name if commas else name.replace(",", ";") for name in AWKWARD_NAMES]
    features = [*map(feature, names[:5]), category(names[5])]
    ends = [[0.5, 1.0, 2.0, 3.0, 4.0, place] for place in (0, 1, 3)]
    found = table(
        features=features,
        presets=[{"row": None}, {"row": ends[0]}, {"row": ends[1]}],
        sample={"rows": ends, "groups": [0, 1, 0]},
    )

    read, notices, text = run(
        f"""({{ page, state }}) => {{
          const numbers = row => row && row.map(x => x === null ? NaN : x);
          const start = readAddress(page, "start=" + state.start).start;
          const given = {{ ...state, start, row: numbers(state.row), pinned: numbers(state.pinned),
            locked: new Set(state.locked) }};
          const text = writeAddress(page, given);
          const found = readAddress(page, "?" + text);
          return [({PLAIN})(found), found.notices, text];
        }}""",
        found,
        state=state,
    )

    assert notices == [], text
    assert read == state, text


def test_random_rows_are_never_the_same_twice_running(run) -> None:
    places = run(
        """() => {
          const places = [null];
          for (let i = 0; i < 200; i++) places.push(randomPlace(3, places[places.length - 1]));
          return places.slice(1);
        }"""
    )

    assert set(places) == {0, 1, 2}
    assert all(one != next_one for one, next_one in itertools.pairwise(places))
    assert run("() => [randomPlace(1, 0), randomPlace(1, null)]") == [0, 0]


@given(
    points=st.lists(st.tuples(st.floats(0, 10), st.floats(0, 1)), min_size=1, max_size=60),
    at=st.floats(0, 10),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_borderline_rows_are_the_least_decided_tenth_and_the_nearest_first(run, points, at) -> None:
    places = run(
        """({ page, points, at }) => undecidedPlaces(
          points, ([_, p]) => [p, 1 - p], page.features.slice(0, 1), [at])""",
        points=points,
        at=at,
    )

    leads = [abs(p - (1 - p)) for _, p in points]
    distances = [abs(points[place][0] - at) / 10 for place in places]
    assert len(places) == math.ceil(len(points) / 10)
    assert max(leads[place] for place in places) <= sorted(leads)[len(places) - 1] + 1e-12
    assert distances == sorted(distances)


@pytest.mark.parametrize(
    ("group", "conditions", "places"),
    [
        (None, [], [0, 1, 2]),
        (1, [], [1]),
        (None, [(0, "≥", 7.0)], [1, 2]),
        (None, [(0, "≥", 7.0), (1, "≤", 0.5)], [2]),
        (None, [(2, "=", 9.0)], [1]),
        (None, [(2, "≠", 9.0)], [0, 2]),
        (0, [(0, "≥", 7.0)], []),
        (None, [(0, "≥", None)], [0, 1, 2]),
    ],
)
def test_real_rows_are_found_by_class_and_conditions(run, group, conditions, places) -> None:
    asked = [{"feature": f, "operator": o, "value": v} for f, o, v in conditions]

    found = run(
        "({ page, question }) => matchingPlaces(page, question)",
        question={"group": group, "conditions": asked},
    )

    assert found == places


@pytest.mark.parametrize("sample", [None, {"rows": [], "groups": []}])
def test_a_page_without_real_rows_has_none_to_find(run, sample) -> None:
    found = run(
        "({ page }) => matchingPlaces(page, { group: null, conditions: [] })", table(sample=sample)
    )

    assert found == []
