"""What the Predict page shows, and what the API answers for the very same values."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.pages import open_page

PREDICT = re.compile("/models/[^/]+/predict$")
VALUES = """rows => Object.fromEntries(rows.map(row =>
  [row.dataset.feature, row.querySelector("input[type=number]").valueAsNumber]))"""
PROBABILITIES = """bars => Object.fromEntries(bars.map(bar =>
  [bar.dataset.class, Number(bar.dataset.probability)]))"""


def open_predict(page: Page) -> None:
    """Open the Predict page and wait for its first answer."""
    open_page(page, "/predict")
    expect(page.locator("#predict-result [data-probability]")).to_have_count(3)


def verified(page: Page) -> Locator:
    """The line that says whether the server confirms the answer."""
    return page.locator(".answer-verified")


def slider(page: Page, feature: str) -> Locator:
    """The slider of a feature, found by its name for who does not see it."""
    return page.get_by_label(f"{feature}, slider", exact=True)


def number(page: Page, feature: str) -> Locator:
    """The number field of a feature, found by its label."""
    return page.get_by_role("spinbutton", name=feature)


def values(page: Page) -> dict[str, float]:
    """The numbers in the fields by feature."""
    found: dict[str, float] = page.locator(".feature").evaluate_all(VALUES)
    return found


def probabilities(page: Page) -> dict[str, float]:
    """The exact probabilities behind the bars by class."""
    found: dict[str, float] = page.locator("#predict-result [data-class]").evaluate_all(
        PROBABILITIES
    )
    return found


def api_answer(page: Page) -> dict[str, Any]:
    """What ``POST /predict`` answers for the numbers in the fields."""
    answer = page.request.post("/predict", data=values(page))
    assert answer.ok, answer.text()
    found: dict[str, Any] = answer.json()
    return found


def expect_the_api_answer(page: Page) -> None:
    """The page comes to show, to the last bit, what the API answers for its numbers."""
    expect(page.locator(".feature").first).to_be_visible()
    answer = api_answer(page)

    expect(page.locator("#predict-result .answer-name")).to_have_text(answer["label"])
    for label, probability in answer["probabilities"].items():
        bar = page.locator(f"#predict-result [data-class='{label}']")
        expect(bar).to_have_attribute("data-probability", repr(probability))


def drag(page: Page, feature: str, *, to: float) -> None:
    """Take a slider's thumb with the mouse to a share of its track, in many small moves."""
    track = slider(page, feature)
    track.scroll_into_view_if_needed()
    area: Any = track.bounding_box()
    low, high = (float(track.get_attribute(end) or 0) for end in ("min", "max"))
    share = (float(track.input_value()) - low) / (high - low)
    thumb = 20  # pixels; its centre goes from half of it to half of it before the end

    def place(share: float) -> tuple[float, float]:
        x = area["x"] + thumb / 2 + share * (area["width"] - thumb)
        return x, area["y"] + area["height"] / 2

    page.mouse.move(*place(share))
    page.mouse.down()
    page.mouse.move(*place(to), steps=25)
    page.mouse.up()
