"""What others published: its own chart, filters, and a table in which every row has its source."""

from collections.abc import Sequence

from dash import dcc, html

from dashboard.components.charts import chart_card
from dashboard.components.pickers import select
from dashboard.components.tables import Cell, Linked, large_table
from dashboard.figures.hardware.published import ANY, INTERESTS, SAID, Count
from dashboard.figures.hardware.sentences import record
from store.published import Published, PublishedTiming

HEIGHT = 440
COLUMNS = (
    "What",
    "Source",
    "Rows",
    "CPU (s)",
    "GPU (s)",
    "Times as fast",
    "Printed ×",
    "CPU",
    "GPU",
    "Library",
    "Published by",
    "Transfer",
    "Machines",
    "Note",
)


class Ids:
    """Of the card's elements."""

    GRAPH, TABLE, SAID = "published", "published-table", "published-said"
    OPENED = "published-opened"  # the address of the source that was opened last
    PUBLISHER, INTEREST = "published-publisher", "published-interest"
    TRANSFER, MACHINE = "published-transfer", "published-machine"


def published_card(published: Published, count: Count) -> html.Section:
    """The card with its filters; callbacks fill chart and table."""
    publishers = sorted({timing.publisher for timing in published.timings}, key=str.casefold)
    return chart_card(
        "What others published",
        chart=Ids.GRAPH,
        table=Ids.TABLE,
        caption="Every mark is a pair of times as somebody printed it: other machines, data and "
        "settings than those measured here, and never mixed with them. Click a mark, or a source "
        "in the table, to see where it is from. In the shaded half the GPU is slower. Hollow: two "
        "different machines, or models not equally good.",
        height=HEIGHT,
        note=f"GPU slower in {count.slower} of {count.pairs} pairs",
        label="Published speed-ups by rows",
        above=html.Div(
            [
                select(Ids.PUBLISHER, "Source", _options(publishers), ANY),
                select(
                    Ids.INTEREST,
                    "Published by",
                    [(ANY, "anybody"), *((key, text) for key, text in INTERESTS.items())],
                    ANY,
                ),
                select(
                    Ids.TRANSFER,
                    "Way of the data",
                    _options(["included", "excluded", "not stated"]),
                    ANY,
                ),
                select(Ids.MACHINE, "Machines", _options(list(SAID.values())), ANY),
            ],
            className="prices",
        ),
        below=html.Div(
            [
                html.P(id=Ids.SAID, role="status", className="prices-said"),
                dcc.Store(id=Ids.OPENED),
            ]
        ),
    )


def filtered_said(count: Count, everything: Count) -> str:
    """What passes the filters, in a sentence."""
    said = record(count)
    if count == everything:
        return f"{said[0].upper()}{said[1:]}"
    whole = f"Without them, it is slower in {everything.slower:,} of {everything.pairs:,}."
    return f"With these filters, {said} {whole}"


def published_table(timings: Sequence[PublishedTiming]) -> html.Div:
    """Every published figure, each with a link to where it is printed."""
    return large_table(
        COLUMNS,
        [_row(timing) for timing in timings],
        caption="Published figures and their sources",
        name="published-timings",
    )


def _row(timing: PublishedTiming) -> list[Cell]:
    return [
        timing.algorithm,
        Linked(f"{timing.publisher}, {timing.source_date}", timing.source_url),
        timing.rows,
        timing.cpu_seconds,
        timing.gpu_seconds,
        timing.ratio,
        timing.speedup,
        timing.cpu,
        timing.gpu,
        timing.library,
        INTERESTS[timing.interest],
        timing.transfer or "not stated",
        SAID[timing.same_machine],
        timing.note,
    ]


def _options(values: Sequence[str]) -> list[tuple[str, str]]:
    return [(ANY, "any"), *((value, value) for value in values)]
