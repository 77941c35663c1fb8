"""Hardware: is training on a GPU worth it?"""

import dash
from dash import html

from dashboard.components.page import card, empty, page

HEADING = "CPU against GPU"
LEAD = "How long the same training takes on different machines, and what it costs."

dash.register_page(
    __name__,
    path="/hardware",
    name="Hardware",
    title="Hardware - Cellar Lab",
    description="Training timings of CPUs and GPUs, compared on equal work.",
    order=4,
    in_navigation=True,
    heading=HEADING,
    lead=LEAD,
)


def layout(**_query: str) -> html.Main:
    nothing = empty(
        "No machine has been measured yet, so there is nothing to compare.",
        html.P(
            "Timings appear here once a training benchmark has run on a machine and its result is "
            "published with a release. This version does not bring the benchmark yet: figures "
            "that nobody measured are not shown in its place."
        ),
    )
    expected = html.Ul(
        [
            html.Li("the time of equal training work, by number of rows, for each device"),
            html.Li("the speed-up with its interval, or “no clear difference”"),
            html.Li("the cost of the same work, with the date of each price"),
        ],
        className="plain-list",
    )
    return page(
        HEADING,
        LEAD,
        [card("Timings", nothing), card("What this page will show", expected)],
        name="hardware",
    )
