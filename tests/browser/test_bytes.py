"""What the first visit of a page costs: bytes as they come over the wire, and requests."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

MOST_BYTES = 400 * 1024


def test_a_first_visit_of_predict_is_light(visit: Callable[..., Page]) -> None:
    page = visit()
    wire = page.context.new_cdp_session(page)
    addresses: dict[str, str] = {}
    sizes: dict[str, int] = {}
    wire.on(
        "Network.responseReceived",
        lambda event: addresses.update({event["requestId"]: event["response"]["url"]}),
    )
    wire.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: round(event["encodedDataLength"])}),
    )
    wire.send("Network.enable")

    page.goto("/predict")
    expect(page.locator("main .answer-verified")).to_have_text("Verified by the server")
    page.wait_for_load_state("networkidle")

    told = "\n".join(f"{size:8,} {addresses.get(one)}" for one, size in sorted(sizes.items()))
    assert len(sizes) > 10
    assert sum(sizes.values()) <= MOST_BYTES, told
