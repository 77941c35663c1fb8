"""What the what-if page's cards show of a frame: answer, waterfall, curves, map and comparison.

The cards stand on an empty page here, over small hand-made models whose explanation and curves are
known: an answer is a base plus weights times values, so its parts are plain to compute.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from dashboard.what_if.bundle import bundle
from tests.browser.pages import LAPTOP, PHONE

Scripts = Callable[..., Page]
Axe = Callable[[Page], list[str]]

NAMES = {
    "answer": ("mountAnswer", "showVerification"),
    "compare_card": ("mountCompare",),
    "curve_cards": ("mountCurves",),
    "frame": ("frameOf",),
    "map_card": ("mountMap",),
    "waterfall": ("mountWaterfall",),
}
# Draws the cards of a document over a model that is linear in what the row is above the medians.
DRAW = """({ page, weights, base, scale, exported }) => {
  document.documentElement.lang = "en";
  document.title = "Cards";
  document.body.innerHTML = "<main class='site-main'><h1>Cards</h1></main>";
  const main = document.querySelector("main");
  const medians = page.features.map((feature) => feature.median);
  const parts = (row, output) => weights[output].map((w, i) => w * (row[i] - medians[i]));
  const predict = (row) =>
    base.map((start, output) => parts(row, output).reduce((sum, part) => sum + part, start));
  window.drawn = 0;
  const curve = (row, output, feature, i) => {
    const xs = feature.categories
      ? feature.categories.map((_, place) => place)
      : Array.from({ length: 9 }, (_, k) => feature.low + (k * (feature.high - feature.low)) / 8);
    const at = (x) => predict(row.map((value, j) => (j === i ? x : value)))[output];
    return { x: xs, y: xs.map(at) };
  };
  const at = (row, output) => {
    window.drawn += 1;
    return page.features.map((feature, i) => curve(row, output, feature, i));
  };
  const engine = {
    page: page,
    options: { exported: exported },
    model: { predict: predict },
    explainer: scale && { scale: scale, base: base, parts: parts },
    curves: scale && { steps: false, at: at },
    trust: null,
  };
  const state = createState(page, "");
  state.engine = engine;
  const mounts = [mountAnswer, mountWaterfall, mountMap, mountCompare, mountCurves];
  const paints = mounts.map((mount) => mount(main, page, state));
  const show = () => {
    const frame = frameOf(engine, state, state.row);
    frame.pinned = state.pinned ? frameOf(engine, state, state.pinned) : null;
    frame.other = state.other ? window.other : null;
    for (const paint of paints) paint(frame);
  };
  state.subscribe(show);
  show();
  window.state = state;
}"""


def feature(name: str, **changes: Any) -> dict[str, Any]:
    """A number from 0 to 10 in steps of 0.5; training rows had 1 to 9."""
    said = {
        "name": name,
        "label": name.capitalize(),
        "unit": "g/L",
        "group": "All",
        "decimals": 1,
        "minimum": 1.0,
        "maximum": 9.0,
        "median": 5.0,
        "step": 0.5,
        "categories": None,
        "low": 0.0,
        "high": 10.0,
        "importance": None,
        "quantiles": None,
        "density": None,
        "shares": None,
    }
    return said | changes


def document(*features: dict[str, Any], classes: int = 3, **changes: Any) -> dict[str, Any]:
    """The document of a classifier with classes "Kind 0" and so on; or what `changes` make it."""
    said: dict[str, Any] = {
        "target": "Kind",
        "row": "drink",
        "rows": "drinks",
        "features": list(features),
        "classes": [{"value": i, "label": f"Kind {i}"} for i in range(classes)],
        "number": None,
        "flat": {},
        "background": [[]],
        "sample": {"rows": [], "groups": []},
        "presets": [],
        "map": None,
        "trust": None,
    }
    return said | changes


def classifier(**changes: Any) -> dict[str, Any]:
    """Three numbers and three classes, whose first has 80 % at the medians."""
    page = document(feature("acid"), feature("sugar"), feature("tannin"), **changes)
    weights = [[0.02, -0.01, 0.001], [-0.02, 0.0, 0.0], [0.0, 0.01, -0.001]]
    return {"page": page, "weights": weights, "base": [0.8, 0.15, 0.05], "scale": "probability"}


def regressor() -> dict[str, Any]:
    """A price from an acidity and a shop."""
    histogram = {"edges": [0.0, 5.0, 10.0, 15.0, 20.0], "counts": [10, 20, 40, 30]}
    number = {
        "unit": "euros",
        "decimals": 2,
        "values": {"minimum": 0.0, "maximum": 20.0, "histogram": histogram},
    }
    shop = feature("shop", unit="", decimals=0, minimum=0, maximum=2, median=0, step=1)
    shop |= {"categories": ["North", "South", "West"], "low": 0, "high": 2}
    page = document(feature("acid"), shop, classes=0, target="Price", number=number)
    return {"page": page, "weights": [[1.0, -2.0]], "base": [12.5], "scale": "prediction"}


@pytest.fixture
def cards(scripts: Scripts, root: Path) -> Callable[..., Page]:
    """Draws the cards of a model, on a laptop or where `viewport` says."""
    sheets = sorted((root / "assets").glob("[0-4]?-*.css"))
    styles = [sheet.read_text(encoding="utf-8") for sheet in sheets]

    def draw(model: dict[str, Any], *, viewport: ViewportSize | None = None) -> Page:
        page = scripts("state", "createState")
        for module, names in NAMES.items():
            shared = "".join(f"\nwindow.{name} = {name};" for name in names)
            page.add_script_tag(content=bundle(module) + shared, type="module")
            page.wait_for_function("names => names.every(name => name in window)", arg=list(names))
        page.emulate_media(reduced_motion="reduce")  # what is scrolled to is there at once
        page.set_viewport_size(viewport or LAPTOP["viewport"])
        page.add_style_tag(content="\n".join(styles))
        page.evaluate(DRAW, {"exported": True} | model)
        return page

    return draw


def say(page: Page, feature: int, value: float | None, *, live: bool = False) -> None:
    """Set a value as a slider does."""
    page.evaluate(
        "([i, value, live]) => state.set(i, value === null ? NaN : value, live)",
        [feature, value, live],
    )


def exact(page: Page, rows: str) -> list[float]:
    """The exact numbers behind rows of the waterfall."""
    numbers = page.locator(f".waterfall {rows} .waterfall-number")
    found: list[str] = numbers.evaluate_all("all => all.map(one => one.dataset.exact)")
    return [float(text) for text in found]


def shown(page: Page, rows: str) -> list[float]:
    """The numbers as rows of the waterfall show them."""
    texts = page.locator(f".waterfall {rows} .waterfall-number").all_inner_texts()
    return [float(re.sub(r"[^\d.-]", "", text.replace("−", "-"))) for text in texts]


def order(page: Page) -> list[str]:
    """The features in the order of the bars."""
    return page.locator(".waterfall-part .waterfall-label").all_inner_texts()


def test_the_answer_names_the_class_how_clear_it_is_and_every_exact_probability(cards):
    page = cards(classifier())

    say(page, 0, 9)

    answer = page.locator("#predict-result")
    expect(answer.locator(".eyebrow")).to_have_text("Predicted kind")
    expect(answer.locator(".answer-name")).to_have_text("Kind 0")
    expect(answer.locator(".chip")).to_have_text("Clear call")
    expect(answer.locator(".answer-probability")).to_have_text("88.0 % probability")
    first = answer.locator("[data-class='Kind 0']")
    expect(first).to_have_attribute("data-probability", str(0.8 + 0.02 * 4))


@pytest.mark.parametrize(
    ("probability", "call"), [(0.86, "Clear call"), (0.7, "Likely"), (0.5, "Borderline")]
)
def test_a_chip_says_how_clear_the_call_is(cards, probability, call):
    page = cards(classifier() | {"base": [probability, 1 - probability, 0.0]})

    expect(page.locator("#predict-result .chip")).to_have_text(call)


def test_a_missing_value_is_named_and_no_answer_is_shown(cards):
    page = cards(classifier())

    say(page, 1, None)

    answer = page.locator("#predict-result")
    expect(answer.locator(".answer-name")).to_have_text("A value is missing")
    expect(answer.locator(".notice")).to_contain_text("needs a value for: Sugar.")
    expect(answer.locator(".bar-row").first).to_be_hidden()
    expect(page.locator(".waterfall")).to_be_hidden()
    expect(page.locator(".curve-grid")).to_be_hidden()


def test_the_answer_comes_back_with_the_value(cards):
    page = cards(classifier())
    say(page, 1, None)

    say(page, 1, 5)

    expect(page.locator("#predict-result .answer-name")).to_have_text("Kind 0")
    expect(page.locator("#predict-result .notice")).to_be_hidden()
    expect(page.locator(".waterfall")).to_be_visible()


def test_values_that_no_training_row_had_are_named(cards):
    page = cards(classifier())

    say(page, 0, 9.5)
    say(page, 2, 0.5)

    notice = page.locator("#predict-result .notice")
    expect(notice).to_contain_text("Outside the training range: Acid and Tannin.")


def test_of_many_classes_six_are_shown_and_how_much_the_others_have(cards):
    base = [0.02, 0.05, 0.4, 0.1, 0.2, 0.08, 0.06, 0.05, 0.04]
    model = {"page": document(feature("acid"), classes=9), "base": base, "scale": None}
    page = cards(model | {"weights": [[0.0]] * 9})

    labels = page.locator(".answer-row:visible .bar-label").all_inner_texts()

    assert labels == ["Kind 2", "Kind 4", "Kind 3", "Kind 5", "Kind 6", "Kind 1"]
    more = page.get_by_role("button", name="3 more, together 11.0 %")
    more.click()
    expect(page.locator(".answer-row:visible")).to_have_count(9)


def test_the_rows_of_many_classes_keep_their_places_during_a_drag(cards):
    weights = [[0.0]] * 7 + [[0.05]]
    base = [0.2, 0.15, 0.14, 0.13, 0.12, 0.11, 0.1, 0.05]
    model = {"page": document(feature("acid"), classes=8), "base": base, "scale": None}
    page = cards(model | {"weights": weights})
    labels = page.locator(".answer-row:visible .bar-label")
    before = labels.all_inner_texts()

    say(page, 0, 9, live=True)
    during = labels.all_inner_texts()
    say(page, 0, 9)

    assert during == before
    assert labels.first.inner_text() == "Kind 7"


def test_a_number_is_shown_with_its_unit_and_where_it_lies_in_the_table(cards):
    page = cards(regressor())

    answer = page.locator("#predict-result")
    expect(answer.locator(".answer-name")).to_have_text("12.50")
    expect(answer.locator(".answer-unit")).to_have_text("euros")
    expect(answer.locator(".answer-probability")).to_have_text(
        "Higher than 50 % of the rows in the table"
    )
    mark = page.locator(".place-moves:not(.place-pinned)")
    assert mark.evaluate("mark => mark.style.transform") == "translateX(62.5%)"


def test_a_category_is_drawn_as_bars_and_a_click_chooses_one(cards):
    page = cards(regressor())
    plot = page.locator(".curve[data-feature='shop'] .curve-plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()

    plot.click(position={"x": box["width"] * 0.9, "y": 20})

    assert page.evaluate("state.row[1]") == 2
    expect(page.locator(".curve[data-feature='shop'] .curve-value")).to_have_text("West")
    expect(page.locator("#predict-result .answer-name")).to_have_text("8.50")


def test_base_and_parts_are_the_answer_exactly_and_as_they_are_shown(cards):
    page = cards(classifier())

    say(page, 0, 6.7)
    say(page, 1, 3.3)
    say(page, 2, 8.1)

    base, answer = exact(page, ".waterfall-base")[0], exact(page, ".waterfall-answer")[0]
    assert base + sum(exact(page, ".waterfall-part")) == pytest.approx(answer, abs=1e-12)
    numbers = [*shown(page, ".waterfall-base"), *shown(page, ".waterfall-part")]
    assert sum(numbers) == pytest.approx(shown(page, ".waterfall-answer")[0], abs=1e-9)
    assert f"{shown(page, '.waterfall-answer')[0]} %" in page.inner_text(".answer-probability")


@pytest.mark.parametrize(
    ("values", "total", "shown"),
    [
        ([0.14, 0.14, 0.14, -0.04], 0.4, [0.2, 0.1, 0.1, 0.0]),
        ([0.25, 0.5], 0.7, [0.2, 0.5]),
        ([0.5, 0.25], 0.9, [0.6, 0.3]),
        ([0.5], 0.4, [0.4]),
        ([], 0.0, []),
    ],
)
def test_rounded_numbers_add_up_to_the_rounded_total(scripts, values, total, shown):
    page = scripts("words", "roundedToSum")

    found = page.evaluate("([v, total]) => roundedToSum(v, total, 1)", [values, total])

    assert found == shown


def test_many_features_fold_into_the_eight_largest_and_the_sum_of_the_others(cards):
    page_of = document(*(feature(f"f{i}") for i in range(12)), classes=2)
    up = [0.001 * (i + 1) for i in range(12)]
    model = {"page": page_of, "base": [0.5, 0.5], "scale": "probability"}
    page = cards(model | {"weights": [up, [-w for w in up]]})

    page.evaluate("state.replace(state.row.map(() => 6))")

    assert order(page) == ["F11", "F10", "F9", "F8", "F7", "F6", "F5", "F4", "4 others"]
    assert exact(page, ".waterfall-others")[0] == pytest.approx(0.001 + 0.002 + 0.003 + 0.004)


def test_bars_keep_their_order_during_a_drag_and_take_the_new_one_at_its_end(cards):
    page = cards(classifier())
    say(page, 0, 6)
    before = order(page)

    say(page, 1, 9, live=True)
    during = order(page)
    say(page, 1, 9)

    assert before == during == ["Acid", "Sugar", "Tannin"]
    assert order(page) == ["Sugar", "Acid", "Tannin"]


def test_bars_take_their_order_where_nobody_says_that_a_drag_ended(cards):
    page = cards(classifier())

    say(page, 1, 9, live=True)

    expect(page.locator(".waterfall-part .waterfall-label").first).to_have_text("Sugar")


def test_the_name_of_a_bar_leads_to_the_input_of_its_feature(cards):
    page = cards(classifier())
    page.evaluate("""() => document.querySelector("main").insertAdjacentHTML("beforeend",
      "<p class=feature data-feature=sugar><input type=range aria-label=Sugar></p>")""")

    page.get_by_role("button", name="Sugar", exact=True).click()

    expect(page.get_by_role("slider", name="Sugar")).to_be_focused()


def test_the_value_of_a_bar_shows_where_the_pointer_is(cards):
    page = cards(classifier())
    value = page.locator(".waterfall-part .waterfall-value").nth(1)
    expect(value).to_have_css("opacity", "0")

    page.locator(".waterfall-part").nth(1).hover()

    expect(value).to_have_css("opacity", "1")
    expect(value).to_have_text("5.0 g/L")


def test_what_pushes_towards_is_filled_and_what_pushes_against_is_outlined(cards):
    page = cards(classifier())

    say(page, 0, 9)
    say(page, 1, 9)

    bars = page.locator(".waterfall-part .waterfall-bar")
    expect(bars.nth(0)).to_have_class("waterfall-bar for")
    expect(bars.nth(1)).to_have_class("waterfall-bar against")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            [9, 9, 5],
            "The model gives Kind 0 84.0 %, 4.0 points above its average. "
            "Acid (9.0 g/L) pushes towards Kind 0; sugar (9.0 g/L) pushes against it.",
        ),
        (
            [1, 8, 5],
            "The model gives Kind 0 69.0 %, 11.0 points below its average. "
            "Acid (1.0 g/L) and sugar (8.0 g/L) push against Kind 0 most.",
        ),
        (
            [1, 1, 5],
            "The model gives Kind 0 76.0 %, 4.0 points below its average. "
            "Acid (1.0 g/L) pushes against Kind 0; sugar (1.0 g/L) pushes towards it.",
        ),
        (
            [5, 5, 5],
            "The model gives Kind 0 80.0 %, which is its average. No single value moves it much.",
        ),
    ],
)
def test_a_sentence_says_in_plain_words_what_pushes_the_answer(cards, row, sentence):
    page = cards(classifier())

    page.evaluate("row => state.replace(row)", row)

    expect(page.locator(".waterfall-sentence")).to_have_text(sentence)


def test_the_sentence_of_a_number_speaks_of_up_and_down(cards):
    page = cards(regressor())

    page.evaluate("state.replace([8, 2])")

    expect(page.locator(".waterfall-sentence")).to_have_text(
        "The model says 11.50 euros, 1.00 below its average. "
        "Shop (West) pushes it down; acid (8.0 g/L) pushes it up."
    )


def test_the_sentence_of_log_odds_gives_the_probability_too(scripts):
    page = scripts("words", "sentenceOf")
    frame = {
        "row": [6.0],
        "shown": 1,
        "outputs": [0.2, 0.8],
        "explanation": {"scale": "log-odds", "base": -0.5, "parts": [1.886]},
    }

    found = page.evaluate(
        "([page, frame]) => sentenceOf(page, frame)", [document(feature("pH")), frame]
    )

    assert found == (
        "The model gives Kind 1 80.0 %: log-odds of 1.39, 1.89 above its average. "
        "Ph (6.0 g/L) pushes towards Kind 1."
    )


def test_a_class_is_explained_when_it_is_chosen_and_the_answer_again_at_a_second_click(cards):
    page = cards(classifier())
    button = page.get_by_role("group", name="Explain the probability of").get_by_text("Kind 1")

    button.click()
    expect(page.locator(".waterfall-answer .waterfall-number")).to_have_text("15.0 %")
    expect(page.locator(".curves-card .card-caption").first).to_contain_text("Kind 1")
    expect(page.locator("#predict-result .answer-name")).to_have_text("Kind 0")
    button.click()

    expect(page.locator(".waterfall-answer .waterfall-number")).to_have_text("80.0 %")


def test_a_click_on_a_row_of_the_answer_has_its_class_explained(cards):
    page = cards(classifier())

    page.get_by_role("button", name="Kind 2 5.0 %").click()

    expect(page.locator(".waterfall-answer .waterfall-number")).to_have_text("5.0 %")


def test_without_an_explanation_the_cards_say_that_there_is_none(cards):
    page = cards(classifier() | {"scale": None})

    expect(page.locator(".waterfall-none")).to_contain_text("no exact explanation")
    expect(page.locator(".waterfall")).to_be_hidden()
    expect(page.locator(".curves-card")).to_contain_text("no exact curves")


def test_without_training_rows_the_waterfall_says_so(cards):
    page = cards(classifier(background=None) | {"scale": None})

    expect(page.locator(".waterfall-none")).to_contain_text("no training rows")


def test_a_curve_has_a_text_that_says_its_range_and_its_point(cards):
    page = cards(classifier())

    plot = page.get_by_role("img", name="Acid: probability of Kind 0 from 70.0 % to 90.0 %")

    expect(plot).to_have_attribute("aria-label", re.compile("; now 80.0 %$"))


def test_a_click_on_a_curve_sets_the_value_on_a_step_of_its_slider(cards):
    page = cards(classifier())
    plot = page.locator(".curve[data-feature='acid'] .curve-plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()

    plot.click(position={"x": box["width"] * 0.81, "y": 30})

    assert page.evaluate("state.row") == [8, 5, 5]
    expect(page.locator("#predict-result .answer-probability b")).to_have_text("86.0 %")


def test_a_drag_on_a_curve_is_live_until_the_button_is_released(cards):
    page = cards(classifier())
    plot = page.locator(".curve[data-feature='acid'] .curve-plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    page.evaluate("window.told = []; void state.subscribe((_, what) => told.push(what.live))")

    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 20)
    page.mouse.up()

    assert page.evaluate("told") == [True, True, False]
    assert page.evaluate("state.row[0]") == 6


def test_a_finger_that_scrolls_over_a_curve_changes_nothing(cards):
    page = cards(classifier())
    plot = page.locator(".curve[data-feature='acid'] .curve-plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    finger = {"pointerId": 5, "pointerType": "touch", "button": 0, "clientY": box["y"] + 20}
    plot.evaluate("plot => { plot.setPointerCapture = () => {}; }")

    plot.dispatch_event("pointerdown", finger | {"clientX": box["x"] + 10})
    plot.dispatch_event("pointermove", finger | {"clientX": box["x"] + 60})
    moved = page.evaluate("state.row[0]")
    plot.dispatch_event("pointercancel", finger)

    assert moved != 5
    assert page.evaluate("state.row[0]") == 5


def test_only_curves_that_changed_are_drawn_anew(cards):
    page = cards(classifier())
    page.evaluate("""() => {
      window.redrawn = [];
      for (const curve of document.querySelectorAll(".curve")) {
        const line = curve.querySelector(".curve-line");
        const note = () => redrawn.push(curve.dataset.feature);
        new MutationObserver(note).observe(line, { attributes: true });
      }
    }""")

    say(page, 0, 6)
    page.evaluate("new Promise(requestAnimationFrame)")

    assert page.evaluate("redrawn") == ["sugar", "tannin"]


def test_curves_out_of_sight_wait_for_the_end_of_a_drag(cards):
    page = cards(classifier(), viewport={"width": 390, "height": 500})
    expect(page.locator(".curve").first).not_to_be_in_viewport()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    value = page.locator(".curve[data-feature='acid'] .curve-value")
    before = page.evaluate("drawn")

    page.evaluate("state.set(0, 7, true)")
    during, drawn = value.inner_text(), page.evaluate("drawn")
    page.evaluate("state.set(0, 7, false)")

    assert (during, drawn) == ("5.0 g/L", before)
    assert value.inner_text() == "7.0 g/L"


def test_curves_beyond_a_dozen_wait_behind_a_button(cards):
    page_of = document(*(feature(f"f{i}", importance=i) for i in range(20)), classes=2)
    model = {"page": page_of, "base": [0.5, 0.5], "scale": "probability"}
    page = cards(model | {"weights": [[0.001] * 20, [-0.001] * 20]})
    curves = page.locator(".curve:visible")
    expect(curves).to_have_count(12)
    expect(curves.first).to_have_attribute("data-feature", "f8")

    page.get_by_role("button", name="Show all 20").click()

    expect(curves).to_have_count(20)
    expect(curves.first.locator(".curve-value")).to_have_text("5.0 g/L")


def test_the_star_moves_on_the_map_and_that_of_a_stays(cards):
    plan = {"origin": [0.0, 0.0], "weights": [[10.0, 0.0], [0.0, 10.0], [0.0, 0.0]]}
    sample = {"rows": [[2, 2, 5], [8, 8, 5]], "groups": [0, 1]}
    found = plan | {"rows": 2, "explained": 0.75}
    page = cards(classifier(map=found, sample=sample))
    star, pinned = page.locator(".map-star:not(.map-pinned)"), page.locator(".map-pinned")
    expect(pinned).to_have_attribute("visibility", "hidden")

    page.get_by_role("button", name="Pin as A").click()
    say(page, 0, 8)

    expect(star).to_have_attribute("transform", "translate(320 150)")
    expect(pinned).to_have_attribute("transform", "translate(200 150)")
    expect(pinned).not_to_have_attribute("visibility", "hidden")
    expect(page.locator(".map-card")).to_contain_text("2 drinks: the two keep 75 %")


def test_without_a_map_the_card_says_what_is_missing(cards):
    page = cards(classifier())

    expect(page.locator(".map-card")).to_contain_text("There is no map")


def test_what_changed_since_a_was_pinned_is_listed_with_the_difference(cards):
    page = cards(classifier())
    expect(page.locator(".compare-card")).to_be_hidden()

    page.get_by_role("button", name="Pin as A").click()
    say(page, 0, 9)

    rows = page.locator(".compare-card tbody tr:visible")
    expect(rows).to_have_text(
        [
            "Kind 0 80.0 %88.0 %+8.0 pp",
            "Kind 1 15.0 %7.0 %−8.0 pp",
            "Kind 2 5.0 %5.0 %0.0 pp",
            "Acid g/L5.09.0+4.0",
        ]
    )
    expect(page.locator(".compare-card")).to_contain_text("The other 2 values are the same.")


def test_a_stands_beside_b_in_bars_and_curves(cards):
    page = cards(classifier())

    page.get_by_role("button", name="Pin as A").click()
    say(page, 0, 9)

    tick = page.locator(".answer-row .bar-tick").first
    assert tick.evaluate("tick => tick.style.transform") == "translateX(80%)"
    marks = page.locator(".curve[data-feature='acid'] g:not([visibility])")
    transforms = marks.evaluate_all("all => all.map(one => one.getAttribute('transform'))")
    assert transforms == ["translate(500 200)", "translate(900 120)"]


def test_a_and_b_change_places(cards):
    page = cards(classifier())
    page.get_by_role("button", name="Pin as A").click()
    say(page, 0, 9)

    page.get_by_role("button", name="Swap A and B").click()

    assert page.evaluate("[state.row[0], state.pinned[0]]") == [5, 9]


def test_another_model_whose_answer_is_on_its_way_is_waited_for(cards):
    page = cards(classifier())
    page.evaluate("""() => {
      state.engine.others = [{ name: "second", title: "Second model" }];
      window.other = null;
      state.choose({ other: "second" });
    }""")

    expect(page.locator(".compare-models")).to_contain_text("Its answer is not here yet.")


def test_without_a_pinned_row_there_is_no_comparison(cards):
    page = cards(classifier())
    page.get_by_role("button", name="Pin as A").click()

    page.locator(".compare-card").get_by_role("button", name="Unpin").click()

    expect(page.locator(".compare-card")).to_be_hidden()
    expect(page.locator(".answer-row .bar-tick").first).to_be_hidden()


def test_another_model_answers_for_the_same_row(cards):
    page = cards(classifier())
    page.evaluate(
        """page => {
      const frame = { row: [5, 5, 5], missing: [], outputs: [0.1, 0.9, 0], index: 1, shown: 1 };
      state.engine.others = [{ name: "second", title: "Second model" }];
      window.other = { name: "second", title: "Second model", page: page, frame: frame };
      state.choose({});
    }""",
        classifier()["page"],
    )

    page.get_by_label("Compare with another model").select_option("second")

    sides = page.locator(".compare-models .compare-side")
    expect(sides.nth(0)).to_contain_text("Kind 0 80.0 %")
    expect(sides.nth(1)).to_contain_text("Second model")
    expect(sides.nth(1)).to_contain_text("Kind 1 90.0 %")


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("checking", "Checking with the server"),
        ("verified", "Verified by the server"),
        ("otherwise", "The server answers otherwise: Kind 1 51.0 %"),
        ("offline", "Not verified: offline"),
        (None, ""),
    ],
)
def test_a_line_says_what_the_server_says_of_the_answer(cards, what, text):
    page = cards(classifier() | {"exported": False})
    line = page.locator(".answer-verified")
    expect(line).to_be_empty()

    detail = "Kind 1 51.0 %" if what == "otherwise" else None
    line.evaluate("(line, [what, detail]) => showVerification(line, what, detail)", [what, detail])

    expect(line).to_have_text(text)


def test_a_page_without_a_server_says_where_the_answer_is_computed(cards):
    page = cards(classifier())

    expect(page.locator(".answer-verified")).to_have_text("Computed in this file")


def test_the_answer_is_said_once_it_rests(cards):
    page = cards(classifier())
    said = page.get_by_role("status")

    page.evaluate("for (let i = 0; i < 9; i++) state.set(0, i, true)")
    expect(said).to_be_empty()

    expect(said).to_have_text("Kind 0, 86.0 % probability")


def test_on_a_phone_a_bar_at_the_foot_repeats_the_answer(cards):
    page = cards(classifier(), viewport=PHONE["viewport"])

    say(page, 0, 9)

    bar = page.locator(".answer-bar")
    expect(bar).to_be_in_viewport()
    expect(bar).to_have_text("Kind 088.0 %")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]


@pytest.mark.parametrize("width", [1440, 768, 360])
@pytest.mark.parametrize("kind", [classifier, regressor])
def test_the_cards_are_accessible(cards, axe_violations, kind, width):
    page = cards(kind(), viewport={"width": width, "height": 800})
    found = {}

    page.get_by_role("button", name="Pin as A").click()
    say(page, 0, 9.5)
    for mode in ("light", "dark"):
        page.evaluate("mode => document.documentElement.dataset.bsTheme = mode", mode)
        found[mode] = axe_violations(page)
    overflow = page.evaluate("document.documentElement.scrollWidth") - width
    say(page, 0, None)
    found["missing"] = axe_violations(page)

    assert found == {"light": [], "dark": [], "missing": []}
    assert overflow <= 0
