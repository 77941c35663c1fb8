"""The place where a visitor drops a file of results."""

from dash import dcc, html

from dashboard.components.page import card, command

DROP, CHOOSE = "hardware-drop", "hardware-choose"
BROUGHT = "hardware-brought"  # assets/hardware.js puts the visitor's file in
STATUS, REFUSED = "hardware-status", "hardware-refused"


def your_machine(most_bytes: int) -> html.Section:
    """The card that says how to measure a machine, and takes the file."""
    return card(
        "Your machine",
        [
            command("python -m pipeline benchmark --out benchmark.json"),
            html.Div(
                [
                    html.Button("Choose a result", id=CHOOSE, type="button", className="pill"),
                    html.Span("or drop the file here."),
                ],
                id=DROP,
                className="drop-zone",
            ),
            dcc.Store(id=BROUGHT),
            html.Div(id=STATUS, role="status", className="upload-status"),
            html.Div(id=REFUSED, role="status", className="upload-refused"),
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
