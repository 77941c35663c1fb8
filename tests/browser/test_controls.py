"""The inputs of the what-if page: they agree with one another, and with what the page says."""

from playwright.sync_api import Page, expect


def test_every_feature_has_a_slider(visitor, exported: str) -> None:
    page: Page = visitor()

    page.goto(exported)

    expect(page.get_by_role("slider")).to_have_count(13)
