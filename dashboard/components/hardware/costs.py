"""The course's chart: what a training costs over how long it takes, at prices one can edit."""

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import html

from dashboard.components.charts import chart_card, drawn_card, styled
from dashboard.components.pickers import select
from dashboard.components.tables import Cell, Linked, csv_button, table
from dashboard.figures.hardware.costs import (
    COST_COLUMNS,
    Priced,
    cost_against_time,
    cost_rows,
    published_costs,
)
from dashboard.theme import Mode
from store.published import Published, PublishedPrice

OWN = "own"
UNDATED = "undated"
MINIMUMS = (("0", "none"), ("60", "one minute"), ("3600", "one hour"))
HEIGHT = 420
CPU_EXAMPLE, GPU_EXAMPLE = "n1-standard-16", "g5.4xlarge"


class Ids:
    """Of the card's elements."""

    GRAPH, TABLE, SAID = "hardware-cost", "hardware-cost-table", "hardware-cost-said"
    MINIMUM = "hardware-minimum"
    CPU_FROM, GPU_FROM = "hardware-cpu-from", "hardware-gpu-from"
    CPU_PRICE, GPU_PRICE = "hardware-cpu-price", "hardware-gpu-price"


def cost_card(published: Published, instance: str | None) -> html.Section:
    """The card with its prices; callbacks fill chart and table.

    Args:
        published: The prices that can be chosen.
        instance: The type of the machine that was measured: its price is chosen where one is
            published, and else an example for each device.
    """
    own = [price.instance for price in published.prices if price.instance == instance][:1]
    cpu, gpu = own * 2 or (CPU_EXAMPLE, GPU_EXAMPLE)
    return chart_card(
        "Cost against time",
        chart=Ids.GRAPH,
        table=Ids.TABLE,
        caption="One training on the most rows measured on each device, as if the machine were "
        "rented at the price you set. On a dotted line an hour costs the same; a thin line joins "
        "the same work. Down and to the left is better.",
        height=HEIGHT,
        note="USD per training",
        above=html.Div(
            [
                _price("CPU", Ids.CPU_FROM, Ids.CPU_PRICE, published, cpu),
                _price("GPU", Ids.GPU_FROM, Ids.GPU_PRICE, published, gpu),
                select(Ids.MINIMUM, "Billed at least", MINIMUMS, "0"),
            ],
            className="prices prices-of-three",
        ),
        below=html.Div(
            [
                html.Div(id=Ids.SAID, role="status", className="prices-said"),
                html.Details(
                    [html.Summary("Where prices come from"), _prices(published), csv_button()],
                    className="as-table",
                ),
            ]
        ),
    )


def published_cost_card(published: Published, mode: Mode) -> html.Section:
    """Published times at published prices of the same date; apart from what was measured."""
    found = published_costs(published)
    pairs = list(zip(found[::2], found[1::2], strict=True))
    better = sum(gpu.seconds < cpu.seconds and gpu.usd < cpu.usd for cpu, gpu in pairs)
    return drawn_card(
        "Cost against time, as published",
        styled(cost_against_time(found), mode),
        cost_table(found, "published-costs", sources=True),
        caption="Published times whose machines have a published price of the same day; the CPU "
        f"and the GPU are two machines. In {better} of {len(pairs)} pairs the GPU is both faster "
        "and cheaper.",
        height=HEIGHT,
        note="USD per training",
    )


def cost_table(trainings: Sequence[Priced], name: str, *, sources: bool = False) -> html.Div:
    """The same as a table, with where each time is published if asked."""
    rows: list[list[Cell]] = [list(row) for row in cost_rows(trainings)]
    if sources:
        rows = [
            [*row, Linked("as published", training.source)]
            for row, training in zip(rows, trainings, strict=True)
        ]
    header = [*COST_COLUMNS, "Source"] if sources else COST_COLUMNS
    return table(header, rows, caption="Cost of a training", decimals=7, name=name)


def priced_by(published: Published, chosen: str | None) -> PublishedPrice | None:
    """The price that a choice of the list means; None for one of the visitor's own."""
    if chosen and chosen.isdecimal() and int(chosen) < len(published.prices):
        return published.prices[int(chosen)]
    return None


def price_said(where: str, usd_per_hour: float | None, price: PublishedPrice | None) -> html.P:
    """What a device is priced at, and from where and when that is."""
    if usd_per_hour is None:
        return html.P(f"{where}: no price, so it is not drawn.")
    if price is None or price.usd_per_hour != usd_per_hour:
        return html.P(f"{where}: ${usd_per_hour:g} an hour, a price of your own.")
    return html.P(
        [
            f"{where}: ${usd_per_hour:g} an hour, {price.provider} {price.instance}, ",
            html.A(
                f"{_as_of(price)} ({price.source_title})",
                href=price.source_url,
                rel="noreferrer",
                target="_blank",
            ),
            ". Prices change: set today's.",
        ]
    )


def _price(where: str, list_: str, field: str, published: Published, example: str) -> html.Div:
    dated_first = sorted(enumerate(published.prices), key=lambda one: one[1].as_of is None)
    chosen, at = next(one for one in dated_first if one[1].instance == example)
    options = [
        *((str(place), _label(price)) for place, price in dated_first),
        (OWN, "a price of your own"),
    ]
    return html.Div(
        [
            select(list_, f"{where}: price of", options, str(chosen)),
            html.Div(
                [
                    html.Label(f"{where}: $ an hour", htmlFor=field),
                    dbc.Input(
                        id=field,
                        type="number",
                        min=0,
                        step="any",
                        value=at.usd_per_hour,
                        debounce=True,
                    ),
                ],
                className="picker",
            ),
        ],
        className="price",
    )


def _label(price: PublishedPrice) -> str:
    of = f", {price.billing}" if price.billing else ""
    return f"{price.instance} ({price.provider}{of}, {price.as_of or UNDATED})"


def _as_of(price: PublishedPrice) -> str:
    return f"as of {price.as_of}" if price.as_of else UNDATED


def _prices(published: Published) -> html.Div:
    return table(
        ["Instance", "Provider", "Device", "Cores", "USD an hour", "Billing", "As of", "Source"],
        [
            [
                price.instance,
                price.provider,
                price.device,
                price.vcpus,
                price.usd_per_hour,
                price.billing,
                price.as_of or UNDATED,
                Linked(price.source_title, price.source_url),
            ]
            for price in published.prices
        ],
        caption="Published prices",
        decimals=3,
        name="prices",
    )
