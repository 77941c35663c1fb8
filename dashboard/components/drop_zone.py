"""Where a visitor drops a file or chooses one; a script in ``assets`` reads it."""

from typing import Any

from dash import dcc, html


def drop_zone(name: str, *, store: str, button: str, otherwise: str) -> list[Any]:
    """The zone, and below it what is said of a file.

    Args:
        name: The ids begin with it: ``-drop``, ``-choose``, ``-status`` (what the server says) and
            ``-refused`` (what the script says of a file that it hands to nobody).
        store: The id of the place where the script puts what it read.
        button: What opens the dialogue.
        otherwise: How else, after the button.
    """
    return [
        html.Div(
            [
                html.Button(button, id=f"{name}-choose", type="button", className="pill"),
                html.Span(otherwise),
            ],
            id=f"{name}-drop",
            className="drop-zone",
        ),
        dcc.Store(id=store),
        html.Div(id=f"{name}-status", role="status", className="upload-status"),
        html.Div(id=f"{name}-refused", role="status", className="upload-refused"),
    ]
