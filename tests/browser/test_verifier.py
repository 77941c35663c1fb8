"""When the server confirms an answer of the page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

VERDICT = """([predictor, ours, theirs]) => new Promise(function (resolve) {
  const page = { hash: "a", flat: { predictor: predictor } };
  const tell = (status) => status.kind !== "open" && resolve(status);
  const ask = async () => ({ outputs: [theirs], version: "1", hash: "a" });
  createVerifier(page, tell, ask).moved({ row: [1], missing: [], outputs: ours });
})"""
TREES, LINEAR = {"kind": "trees"}, {"kind": "linear"}
BOOSTED, MANY = ({"kind": "boosting", "link": link} for link in ("logistic", "softmax"))
NEXT = 0.30000000000000004  # the number after 0.3


@pytest.mark.parametrize("predictor", [TREES, BOOSTED])
def test_an_answer_that_can_be_equal_must_be_to_the_last_bit(
    scripts: Callable[..., Page], predictor: dict[str, str]
) -> None:
    page = scripts("server", "createVerifier")

    same = page.evaluate(VERDICT, [predictor, [0.7, 0.3], [0.7, 0.3]])
    other = page.evaluate(VERDICT, [predictor, [0.7, 0.3], [0.7, NEXT]])

    assert same == {"kind": "same", "rounded": False}
    assert other == {"kind": "differs", "outputs": [0.7, NEXT]}


@pytest.mark.parametrize("predictor", [LINEAR, MANY])
def test_where_sums_are_made_in_another_order_nine_digits_must_be_equal(
    scripts: Callable[..., Page], predictor: dict[str, str]
) -> None:
    page = scripts("server", "createVerifier")

    same = page.evaluate(VERDICT, [predictor, [0.7, 0.3], [0.7, NEXT]])
    other = page.evaluate(VERDICT, [predictor, [0.7, 0.3], [0.7, 0.300000001]])

    assert same == {"kind": "same", "rounded": True}
    assert other["kind"] == "differs"
