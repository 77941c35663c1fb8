"""The inputs of the what-if page: they agree with one another, and do what they say."""

import copy
import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard.what_if.exported import styles
from tests.browser.pages import PHONE, SMALL_PHONE, with_globals
from tests.browser.sliders import drag

MOUNT = """
window.page = JSON.parse(document.getElementById("document").textContent);
window.state = createState(page, location.search);
state.engine = { page, model: page.flat && openModel(page.flat) };
const paint = mountControls(document.getElementById("inputs"), page, state);
state.subscribe(() => paint({ row: state.row, missing: [] }));
paint({ row: state.row, missing: [] });
"""
TARGETS = "button, input, select, .segments label"
TOO_SMALL = """targets => targets.filter(function (target) {
  const { width, height } = target.getBoundingClientRect();
  return target.checkVisibility({ visibilityProperty: true }) && (width < 44 || height < 44);
}).map(target => target.outerHTML.slice(0, 120))"""


@pytest.fixture
def inputs(visitor, tmp_path: Path) -> Callable[..., Page]:
    """Opens a page of the inputs alone, with ``state`` and ``page`` as globals.

    ``inputs(document, "alcohol=13")``; keyword arguments are those of ``visitor``.
    """
    numbers = itertools.count(1)

    def open_inputs(found: dict[str, Any], query: str = "", **options: Any) -> Page:
        path = tmp_path / f"{next(numbers)}.html"
        data = json.dumps(found).replace("<", "\\u003c")
        scripts = with_globals("app", "createState", "mountControls", "openModel")
        path.write_text(
            '<!DOCTYPE html><html lang="en" data-bs-theme="light"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>Inputs</title><style>{styles()}</style>"
            '<main class="site-main"><h1>Inputs</h1><div class="feature-groups" id="inputs"></div>'
            f'<script type="application/json" id="document">{data}</script>'
            f'<script type="module">{scripts}{MOUNT}</script></main></html>'
        )
        page: Page = visitor(**options)
        page.goto(path.as_uri() + (query and f"?{query}"))
        expect(page.locator(".feature").first).to_be_attached()
        return page

    return open_inputs


@pytest.fixture
def page(inputs, wine: dict[str, Any]) -> Page:
    """The inputs of the committed release, on a laptop."""
    opened: Page = inputs(wine)
    return opened


def field(page: Page, feature: str) -> Locator:
    return page.get_by_role("spinbutton", name=re.compile(rf"^{feature}\b"))


def slider(page: Page, feature: str) -> Locator:
    return page.get_by_role("slider", name=f"{feature}, slider", exact=True)


def box(page: Page, feature: str) -> Locator:
    return page.locator(f"[data-feature='{feature}']")


def row(page: Page) -> list[float]:
    """The numbers that the page would ask about."""
    found: list[float] = page.evaluate("state.row")
    return found


def with_region(found: dict[str, Any]) -> dict[str, Any]:
    """A document whose third feature is a text, and whose answer is a number."""
    changed = copy.deepcopy(found)
    changed["features"][2] |= {
        "name": "region",
        "label": "Region",
        "unit": "",
        "categories": ["North", "South", "East"],
        "minimum": 0,
        "maximum": 2,
        "low": 0,
        "high": 2,
        "median": 0,
        "step": 1,
        "decimals": 0,
        "density": None,
        "quantiles": None,
        "shares": [0.5, 0.3, None],
    }
    for place, values in enumerate(changed["sample"]["rows"]):
        values[2] = place % 3
    for preset in changed["presets"]:
        if preset["row"]:
            preset["row"][2] = 1
    return changed


def as_regression(found: dict[str, Any]) -> dict[str, Any]:
    """A document without classes: one curve a feature, and rows of no class."""
    changed = copy.deepcopy(found) | {"kind": "regressor", "classes": [], "flat": None}
    changed["sample"]["groups"] = [None] * len(changed["sample"]["rows"])
    for feature in changed["features"]:
        counts = feature["density"]["counts"]
        feature["density"]["counts"] = [[sum(bin) for bin in zip(*counts, strict=True)]]
    return changed


def with_many_features(found: dict[str, Any], count: int) -> dict[str, Any]:
    """A document of so many features, each as important as its place says: the last one most."""
    changed = copy.deepcopy(found) | {"presets": [], "flat": None}
    changed["features"] = [
        changed["features"][i % 13]
        | {"name": f"f{i}", "label": f"Feature {i}", "importance": i / count}
        for i in range(count)
    ]
    changed["sample"] = {"rows": [], "groups": []}
    return changed


# Fields and sliders


def test_a_typed_number_is_kept_exactly_and_moves_its_slider(page: Page) -> None:
    field(page, "Alcohol").fill("12.5170001")

    assert row(page)[0] == 12.5170001
    expect(field(page, "Alcohol")).to_have_value("12.5170001")
    expect(slider(page, "Alcohol")).to_have_value("12.52")
    expect(slider(page, "Alcohol")).to_have_attribute("aria-valuetext", "12.5170001 % vol")


def test_a_number_from_elsewhere_is_shown_short_and_kept_exactly(page: Page) -> None:
    page.evaluate("state.replace(page.features.map(() => 1.8650000000000002))")

    expect(field(page, "Malic acid")).to_have_value("1.865")
    assert row(page)[1] == 1.8650000000000002


def test_a_slider_writes_its_number(page: Page) -> None:
    slider(page, "Alcohol").fill("12.2")

    expect(field(page, "Alcohol")).to_have_value("12.2")
    assert row(page)[0] == 12.2


def test_what_is_being_typed_is_not_rewritten(page: Page) -> None:
    field(page, "Alcohol").fill("")

    field(page, "Alcohol").press_sequentially("-1.30e1")  # none yet at "-" and at "e"

    expect(field(page, "Alcohol")).to_have_value("-1.30e1")
    assert row(page)[0] == -13


@pytest.mark.parametrize(
    ("typed", "warning"),
    [
        ("15", "above training maximum"),
        ("40", "above training maximum"),
        ("-3", "below training minimum"),
        ("14.83", ""),
        ("", "a number, please"),
        ("1e39", "a number, please"),
    ],
)
def test_a_value_that_no_training_row_had_is_taken_and_named(page, typed, warning) -> None:
    field(page, "Alcohol").fill(typed)

    feature = box(page, "alcohol")
    expect(feature.locator(".feature-warning")).to_have_text(warning)
    expect(field(page, "Alcohol")).to_have_value(typed)
    expect(field(page, "Alcohol")).to_have_accessible_description(warning)
    assert page.evaluate("String(state.row[0])") == ("NaN" if "please" in warning else typed)


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (["ArrowRight"], 13.76),
        (["ArrowUp", "ArrowUp"], 13.78),
        (["ArrowLeft"], 13.74),
        (["ArrowDown", "ArrowDown"], 13.72),
        (["PageUp"], 13.94),
        (["PageDown", "PageDown"], 13.36),
        (["Home"], 11.03),
        (["Home", "ArrowRight"], 11.04),
        (["End"], 14.83),
        (["End", *["PageUp"] * 5], 15.3),
        (["Home", *["PageDown"] * 5], 10.56),
    ],
)
def test_keys_move_a_slider_over_the_training_range_and_on_to_its_ends(page, keys, value) -> None:
    slider(page, "Alcohol").focus()

    for key in keys:
        page.keyboard.press(key)

    assert row(page)[0] == value
    expect(field(page, "Alcohol")).to_have_value(str(value))


@pytest.mark.parametrize(("key", "value"), [("ArrowUp", 13.76), ("PageDown", 13.56)])
def test_keys_step_in_a_field_too(page, key, value) -> None:
    field(page, "Alcohol").focus()

    page.keyboard.press(key)

    assert row(page)[0] == value


def test_a_value_beyond_the_ends_stays_when_a_key_would_lead_on(page: Page) -> None:
    field(page, "Alcohol").fill("20")

    field(page, "Alcohol").press("ArrowUp")

    assert row(page)[0] == 20


def test_a_missing_value_comes_back_with_a_key(page: Page) -> None:
    field(page, "Alcohol").fill("")

    slider(page, "Alcohol").press("ArrowRight")

    assert row(page)[0] == 13.06  # a step from the median


def test_densities_enclose_the_same_area_and_a_class_without_rows_has_none(scripts) -> None:
    page = scripts("densities", "smoothDensities")
    density = {"edges": [4, 5, 6, 7], "counts": [[1, 2, 1], [0, 0, 0], [0, 50, 0]]}

    curves = page.evaluate("density => smoothDensities(density, -10, 20).curves", density)

    step = 30 / (len(curves[0]) - 1)
    areas = [None if curve is None else sum(curve) * step for curve in curves]
    assert areas == [pytest.approx(1, abs=1e-3), None, pytest.approx(1, abs=1e-3)]
    assert curves[2].index(max(curves[2])) == round(15.5 / step)


def test_each_class_has_its_curve_and_its_mark(page: Page) -> None:
    alcohol = box(page, "alcohol")

    for i in range(3):
        expect(alcohol.locator(f"path.class-{i}")).to_have_count(1)
        expect(alcohol.locator(f".density-peak.class-{i}")).to_have_count(1)
    expect(alcohol.locator(".quantile")).to_have_count(3)
    expect(page.locator(".feature-legend")).to_contain_text("Barolo")


def test_row_a_is_marked_where_it_differs(page: Page) -> None:
    page.evaluate("state.choose({ pinned: state.row })")
    expect(page.locator(".feature-pin:visible")).to_have_count(0)

    field(page, "Alcohol").fill("12")

    expect(page.locator(".feature-pin:visible")).to_have_count(1)
    expect(box(page, "alcohol").locator(".feature-pin")).to_be_visible()


def test_moving_one_slider_touches_no_other_feature(page: Page) -> None:
    page.evaluate(
        """window.touched = new Set();
        new MutationObserver(function (changes) {
          for (const { target } of changes) {
            const element = target.nodeType === 1 ? target : target.parentElement;
            touched.add(element.closest("[data-feature]")?.dataset.feature || element.className);
          }
        }).observe(document.getElementById("inputs"),
          { subtree: true, childList: true, attributes: true, characterData: true })"""
    )

    slider(page, "Alcohol").evaluate(
        """slider => { slider.value = 13.9;
          slider.dispatchEvent(new Event("input", { bubbles: true })); }"""
    )

    # Beside it, the preset that is no longer the row, and the undo that is possible now.
    expect(field(page, "Alcohol")).to_have_value("13.9")
    assert set(page.evaluate("Array.from(touched)")) == {
        "alcohol",
        "pill marked class-0",
        "icon-button",
    }


# Locks, resets, undo


def test_a_starting_point_leaves_a_locked_feature_alone(page: Page) -> None:
    box(page, "alcohol").hover()
    page.get_by_role("button", name="Lock Alcohol").click()

    page.get_by_role("button", name="Typical Barbera").click()

    assert row(page)[0] == 13.75
    assert row(page)[1:] == page.evaluate("page.presets[2].row.slice(1)")
    lock = page.get_by_role("button", name="Lock Alcohol")
    expect(lock).to_have_attribute("aria-pressed", "true")


def test_a_feature_goes_back_to_its_start_and_its_field_has_the_focus(page: Page) -> None:
    reset = page.get_by_role("button", name="Reset Alcohol")
    expect(reset).to_be_hidden()
    field(page, "Alcohol").fill("12")

    reset.click()

    expect(field(page, "Alcohol")).to_have_value("13.75")
    expect(field(page, "Alcohol")).to_be_focused()
    expect(reset).to_be_hidden()


def test_a_drag_is_undone_at_once_and_redone(page: Page) -> None:
    drag(page, "Alcohol", to=0.2)
    dragged = row(page)[0]
    assert dragged < 12

    page.keyboard.press("Control+z")
    expect(field(page, "Alcohol")).to_have_value("13.75")
    page.keyboard.press("Control+Shift+z")

    expect(field(page, "Alcohol")).to_have_value(str(dragged))


def test_a_key_that_is_held_down_is_one_step(page: Page) -> None:
    slider(page, "Alcohol").focus()
    for _ in range(5):
        page.keyboard.down("ArrowRight")
    page.keyboard.up("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert row(page)[0] == 13.86
    undo = page.get_by_role("button", name="Undo")

    undo.click()
    assert row(page)[0] == 13.84
    undo.click()

    assert row(page)[0] == 13.75
    expect(page.get_by_role("button", name="Undo")).to_have_attribute("aria-disabled", "true")


def test_typing_has_an_undo_of_its_own(page: Page) -> None:
    page.get_by_role("button", name="Typical Barbera").click()

    field(page, "Alcohol").press("Control+z")

    expect(page.locator(".pill[aria-current]")).to_have_text("Typical Barbera")


def test_a_page_that_was_drawn_anew_is_the_one_that_keys_undo(page: Page) -> None:
    field(page, "Alcohol").fill("12")
    page.evaluate(
        """() => {
          window.newer = createState(page, "");
          mountControls(document.getElementById("inputs"), page, newer);
          newer.set(0, 14, false);
          document.activeElement.blur();
        }"""
    )

    page.keyboard.press("Control+z")

    assert page.evaluate("[state.row[0], newer.row[0]]") == [12, 13.75]


# Starting points


def test_the_starting_point_that_the_row_is_at_is_marked(page: Page) -> None:
    expect(page.locator(".pill[aria-current]")).to_have_text("Typical Barolo")

    field(page, "Alcohol").fill("12")

    expect(page.locator(".pill[aria-current]")).to_have_count(0)


def test_a_random_real_row_is_never_the_same_twice(page: Page, wine: dict[str, Any]) -> None:
    button = page.get_by_role("button", name="Random real wine")
    seen = []

    for _ in range(12):
        button.click()
        seen.append(row(page))

    assert all(found in wine["sample"]["rows"] for found in seen)
    assert all(one != other for one, other in itertools.pairwise(seen))
    expect(page.locator(".start-line")).to_have_text(
        re.compile(r"^Started from real wine \d+ of 178, in truth \w+\.$")
    )


def test_borderline_cases_come_one_after_another_from_the_nearest_on(page: Page) -> None:
    button = page.get_by_role("button", name="Borderline case")
    seen = []

    for _ in range(18):
        button.click()
        seen.append(tuple(row(page)))

    answers = page.evaluate("page.sample.rows.map(row => state.engine.model.predict(row))")
    ranked = [sorted(answer) for answer in answers]
    leads = sorted(answer[-1] - answer[-2] for answer in ranked)
    own = [sorted(page.evaluate("row => state.engine.model.predict(row)", list(r))) for r in seen]
    assert len(set(seen)) == 18  # a tenth of 178
    assert all(answer[-1] - answer[-2] <= leads[17] for answer in own)


def test_the_first_borderline_case_is_the_nearest_of_them(page: Page) -> None:
    page.get_by_role("button", name="Typical Barbera").click()

    page.get_by_role("button", name="Borderline case").click()

    places = page.evaluate(
        """page.sample.rows.map((row, i) => [row, state.engine.model.predict(row)])
          .map(([row, p]) => [row, p.sort((a, b) => b - a)])
          .map(([row, p]) => [row, p[0] - p[1], page.features.reduce((sum, f, i) =>
            sum + Math.abs(row[i] - page.presets[2].row[i]) / (f.maximum - f.minimum), 0)])
          .sort((a, b) => a[1] - b[1]).slice(0, 18).sort((a, b) => a[2] - b[2])"""
    )
    assert row(page) == places[0][0]


def test_real_rows_are_counted_by_class_and_conditions_and_taken_in_turn(page, wine) -> None:
    page.get_by_role("button", name="Start from a real wine").click()
    panel = page.locator(".real-rows")
    expect(panel.get_by_role("status")).to_have_text("178 of 178 real wines match.")

    panel.get_by_label("Barbera").check()
    panel.get_by_role("button", name="Add a condition").click()
    panel.get_by_label("Value in % vol").fill("13.7")

    sample = wine["sample"]
    matching = [
        values
        for values, group in zip(sample["rows"], sample["groups"], strict=True)
        if group == 2 and values[0] >= 13.7
    ]
    count = len(matching)
    assert count > 1
    expect(panel.get_by_role("status")).to_have_text(f"{count} of 178 real wines match.")
    taken = []
    for _ in range(count + 1):
        panel.get_by_role("button", name="Take one").click()
        taken.append(row(page))
    assert taken == [*matching, matching[0]]
    expect(panel.get_by_role("status")).to_contain_text("this is number 1 of them")


def test_three_conditions_are_the_most_and_each_can_be_taken_away(page: Page) -> None:
    page.get_by_role("button", name="Start from a real wine").click()
    add = page.get_by_role("button", name=re.compile("Add .* condition"))
    for _ in range(3):
        add.click()
    expect(add).to_be_hidden()

    page.locator(".condition").nth(1).get_by_label("Value").fill("99")
    expect(page.locator(".real-rows-count")).to_have_text("0 of 178 real wines match.")
    page.get_by_role("button", name="Take this condition away").nth(1).click()

    expect(page.locator(".condition")).to_have_count(2)
    expect(add).to_be_focused()
    expect(page.locator(".real-rows-count")).not_to_have_text("0 of 178 real wines match.")


def test_conditions_compare_numbers_and_texts_in_ways_of_their_own(inputs, wine) -> None:
    page = inputs(with_region(wine))
    page.get_by_role("button", name="Start from a real wine").click()
    page.get_by_role("button", name="Add a condition").click()
    count = page.locator(".real-rows-count")

    page.locator(".condition").get_by_label("Feature").select_option("Region")
    expect(count).to_have_text("60 of 178 real wines match.")
    page.locator(".condition").get_by_label("Comparison").select_option("is not")
    expect(count).to_have_text("118 of 178 real wines match.")
    page.locator(".condition").get_by_label("Value").select_option("East")

    expect(count).to_have_text("119 of 178 real wines match.")


# Texts, many features, no classes


def test_a_text_is_chosen_from_a_list_and_its_bar_stands_out(inputs, wine) -> None:
    page = inputs(with_region(wine))
    choice = page.get_by_label("Region", exact=True)
    expect(choice).to_have_value("South")

    choice.select_option("East")

    assert row(page)[2] == 2
    bars = page.locator(".choice-bars span")
    expect(bars.nth(2)).to_have_class("chosen")
    expect(bars.nth(1)).not_to_have_class("chosen")
    expect(page.locator(".choice-note")).to_have_text("3 choices; North in 50 % of wines")
    page.get_by_role("button", name="Reset Region").click()
    expect(choice).to_have_value("South")


def test_a_table_without_classes_has_one_curve_and_asks_for_none(inputs, wine) -> None:
    page = inputs(as_regression(wine))

    expect(box(page, "alcohol").locator(".feature-density path")).to_have_count(1)
    expect(page.get_by_role("button", name="Borderline case")).to_have_count(0)
    page.get_by_role("button", name="Start from a real wine").click()
    expect(page.locator(".real-rows").get_by_role("radio")).to_have_count(0)


def test_without_a_model_at_hand_no_borderline_case_is_offered(inputs, wine) -> None:
    page = inputs(wine | {"flat": None})

    expect(page.get_by_role("button", name="Random real wine")).to_be_visible()
    expect(page.get_by_role("button", name="Borderline case")).to_have_count(0)


def test_the_minor_ones_of_many_features_fold(inputs, wine) -> None:
    page = inputs(with_many_features(wine, 60))
    shown = page.locator(".feature:visible")
    expect(shown).to_have_count(20)
    expect(box(page, "f40")).to_be_visible()
    expect(box(page, "f39")).to_be_hidden()
    expect(page.locator(".card-note").first).to_have_text("9 of 25 measurements")

    page.get_by_role("button", name="Show 40 more").click()

    expect(shown).to_have_count(60)
    page.get_by_role("button", name="Show fewer").click()
    expect(shown).to_have_count(20)


def test_a_folded_feature_is_found_by_its_name(inputs, wine) -> None:
    page = inputs(with_many_features(wine, 60))

    page.get_by_role("searchbox", name="Find a feature").fill("feature 7")

    expect(page.locator(".feature:visible")).to_have_count(1)
    expect(box(page, "f7")).to_be_visible()
    page.get_by_role("searchbox", name="Find a feature").fill("wood")
    expect(page.get_by_text("No feature is called so.")).to_be_visible()


@pytest.mark.parametrize(("count", "finders"), [(13, 0), (20, 0), (21, 1)])
def test_only_a_long_list_can_be_searched_and_a_middling_one_does_not_fold(
    inputs, wine, count, finders
) -> None:
    page = inputs(with_many_features(wine, count))

    expect(page.get_by_role("searchbox")).to_have_count(finders)
    expect(page.locator(".feature:visible")).to_have_count(count)


def test_features_stand_by_group_or_by_importance(page: Page, wine: dict[str, Any]) -> None:
    labels = page.locator(".feature:visible > label:first-child")
    by_group = labels.all_inner_texts()

    page.get_by_label("By importance").check()

    weights = {f["label"]: f["importance"] for f in wine["features"]}
    ranked = [re.sub(r" \S*( vol)?$", "", text) for text in labels.all_inner_texts()]
    assert len(ranked) == 13
    assert [weights[label] for label in ranked] == sorted(weights.values(), reverse=True)
    page.get_by_label("By group").check()
    assert labels.all_inner_texts() == by_group


def test_an_order_that_nobody_knows_is_not_offered(inputs, wine) -> None:
    found = copy.deepcopy(wine)
    for feature in found["features"]:
        feature["importance"] = None

    page = inputs(found)

    expect(page.get_by_label("By importance")).to_have_count(0)


# The address


def test_a_link_opens_as_it_was_copied(page: Page, visitor: Callable[..., Page]) -> None:
    page.get_by_role("button", name="Random real wine").click()
    field(page, "Alcohol").fill("13.21")
    field(page, "Ash").fill("")
    box(page, "hue").hover()
    page.get_by_role("button", name="Lock Hue").click()
    expect(page).to_have_url(re.compile(r"\?start=row-\d+&alcohol=13.21&ash=&lock=hue$"))

    other = visitor()
    other.goto(page.url)

    expect(field(other, "Alcohol")).to_have_value("13.21")
    assert str(row(other)) == str(row(page))  # as texts, for nan is like no other
    expect(other.get_by_role("button", name="Lock Hue")).to_have_attribute("aria-pressed", "true")


def test_back_goes_through_the_starting_points(page: Page) -> None:
    field(page, "Alcohol").fill("12")
    field(page, "Alcohol").blur()
    page.get_by_role("button", name="Typical Barbera").click()
    page.get_by_role("button", name="Reset to median").click()

    page.go_back()
    expect(page.locator(".pill[aria-current]")).to_have_text("Typical Barbera")
    page.go_back()
    expect(field(page, "Alcohol")).to_have_value("12")
    expect(page).to_have_url(re.compile(r"\?alcohol=12$"))

    page.go_forward()
    expect(page.locator(".pill[aria-current]")).to_have_text("Typical Barbera")


def test_a_page_that_has_gone_leaves_the_address_alone(page: Page) -> None:
    page.evaluate("document.getElementById('inputs').remove()")

    page.evaluate("state.begin('2')")

    assert "?" not in page.url


def test_where_the_address_may_not_have_a_query_it_has_a_fragment(inputs, wine) -> None:
    page = inputs(wine)
    page.evaluate(
        """() => {
          for (const way of ["pushState", "replaceState"]) {
            const real = history[way].bind(history);
            history[way] = function (state, unused, address) {
              if (address.includes("?")) throw new DOMException("not here", "SecurityError");
              real(state, unused, address);
            };
          }
        }"""
    )

    page.get_by_role("button", name="Typical Barbera").click()

    expect(page).to_have_url(re.compile("#start=2$"))
    page.reload()
    expect(page.locator(".pill[aria-current]")).to_have_text("Typical Barbera")


def test_what_an_address_cannot_say_is_named_until_it_is_dismissed(inputs, wine) -> None:
    page = inputs(wine, "alcohol=abc&lock=foo")
    notice = page.locator(".address-notices")
    expect(notice).to_contain_text("alcohol=abc is not a number; the start value is used.")
    expect(notice).to_contain_text("lock=foo is no feature here; it is ignored.")

    page.get_by_role("button", name="Dismiss").click()

    expect(notice).to_be_hidden()


# For everyone


def test_the_keyboard_alone_reaches_and_sets_every_feature(page: Page) -> None:
    reached: list[tuple[str | None, str]] = []

    while True:
        page.keyboard.press("Tab")
        kind, feature = page.evaluate(
            "[document.activeElement.type, "
            "document.activeElement.closest('[data-feature]')?.dataset.feature]"
        )
        if kind is None or len(reached) > 99:  # the end of the page
            break
        reached.append((feature, kind))
        if kind == "range":
            page.keyboard.press("Home")

    names = page.evaluate("page.features.map(f => f.name)")
    kinds = ("number", "range", "button", "button")  # reset, which is there by now, and lock
    assert [stop for stop in reached if stop[0]] == [(n, kind) for n in names for kind in kinds]
    assert row(page) == page.evaluate("page.features.map(f => f.minimum)")


def test_targets_are_large_enough_for_fingers(inputs, wine) -> None:
    page = inputs(with_region(wine), "alcohol=12&lock=hue&proline=x", **PHONE)
    page.get_by_role("button", name="Start from a real wine").click()
    page.get_by_role("button", name="Add a condition").click()
    expect(page.locator(".condition")).to_be_visible()

    assert page.locator("#inputs").locator(TARGETS).evaluate_all(TOO_SMALL) == []


def test_nothing_scrolls_sideways_on_a_small_phone(inputs, wine) -> None:
    page = inputs(with_region(wine), "alcohol=20&ash=&lock=hue&proline=x", **SMALL_PHONE)
    page.get_by_role("button", name="Start from a real wine").click()
    page.get_by_role("button", name="Add a condition").click()

    assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_inputs_are_accessible(inputs, wine, axe_violations, mode) -> None:
    page = inputs(with_region(wine), "alcohol=20&ash=&lock=hue&proline=x&pin=12")
    page.locator("html").evaluate("(html, mode) => (html.dataset.bsTheme = mode)", mode)
    page.get_by_role("button", name="Start from a real wine").click()
    page.get_by_role("button", name="Add a condition").click()
    box(page, "malic_acid").hover()

    assert axe_violations(page) == []


def test_the_exported_page_is_accessible(visitor, exported: str, axe_violations) -> None:
    page = visitor()
    page.goto(exported)
    expect(page.get_by_role("slider")).to_have_count(13)

    assert axe_violations(page) == []
