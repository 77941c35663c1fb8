"""The place where a visitor drops a file of results."""

from dash import html

from dashboard.components.drop_zone import drop_zone
from dashboard.components.page import card, command

BROUGHT = "hardware-brought"  # assets/hardware.js puts the visitor's file in
STATUS = "hardware-status"


def your_machine(most_bytes: int) -> html.Section:
    """The card that says how to measure a machine, and takes the file."""
    return card(
        "Your machine",
        [
            command("python -m pipeline benchmark --out benchmark.json"),
            *drop_zone(
                "hardware",
                store=BROUGHT,
                button="Choose a result",
                otherwise="or drop the file here.",
            ),
        ],
        caption=html.Span(
            [
                "The same benchmark runs on any machine, on Colab with a free GPU, or on a rented "
                f"one. Its file, at most {most_bytes // 2**20} MB, is checked on this server: the "
                "schema, five repeats, plausible times, the very rows that the benchmark makes, "
                "and its hash. It is shown to you alone and kept nowhere. For everybody it is "
                "published with ",
                html.Code("--publish"),
                ".",
            ]
        ),
        name="your-machine",
    )
