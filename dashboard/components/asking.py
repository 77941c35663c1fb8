"""A request in several languages with its answer beside it; assets/api.js chooses and sends."""

from collections.abc import Mapping, Sequence

from dash import html

from dashboard.components.page import attributes


def choice(name: str, label: str, options: Mapping[str, str], chosen: str) -> html.Div:
    """Buttons of which one is pressed; ``name`` is what they choose, by the options' keys."""
    buttons = [
        html.Button(
            text,
            type="button",
            className="segment",
            **attributes(data_choose=name, data_value=key, aria_pressed=str(key == chosen).lower()),
        )
        for key, text in options.items()
    ]
    return html.Div(buttons, className="segments", role="group", **attributes(aria_label=label))


def code(text: str, label: str, *, hidden: bool = False, **chosen: str) -> html.Div:
    """A listing with a button that copies it; shown where all of ``chosen`` is chosen."""
    return html.Div(
        [
            html.Pre(
                html.Code(text),
                className="listing",
                tabIndex="0",
                role="group",
                **attributes(aria_label=label),
            ),
            html.Button(
                "Copy",
                type="button",
                className="copy-button",
                **attributes(data_copy="", aria_label=f"Copy {label}"),
            ),
        ],
        className="listing-box",
        hidden=hidden,
        **attributes(**{f"data_for_{name}": value for name, value in chosen.items()}),
    )


def endpoints(rows: Sequence[tuple[str, str, str]]) -> html.Dl:
    """Method, path and what is answered there."""
    return html.Dl(
        [
            html.Div(
                [
                    html.Dt([html.Span(method, className="method"), html.Code(path)]),
                    html.Dd(text),
                ]
            )
            for method, path, text in rows
        ],
        className="endpoints",
    )
