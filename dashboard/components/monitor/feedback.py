"""What people said of the answers."""

from dash import html

from dashboard.components.page import Children, attributes, command, empty
from dashboard.monitoring.opinions import Opinions, Share

CAPTION = (
    "Whoever got an answer may say whether it was right, and what is. The bar is Wilson's 95 % "
    "interval: the fewer judged, the wider."
)


def feedback(said: Opinions, name: str, request: str) -> Children:
    """The share of right answers with its interval, and answers against true classes.

    Args:
        said: The feedback of the window.
        name: Of the model.
        request: The command that gives feedback, for where there is none.
    """
    if (accuracy := said.accuracy) is None:
        how = [
            html.P("On Predict, answer “Was it right?”; a program sends the prediction's id:"),
            command(request),
        ]
        return empty("Nobody has judged an answer in this window.", how)
    both = [_interval(accuracy, said), _confusion(said, name) if said.labels else None]
    return html.Div(both, className="judged")


def _interval(found: Share, said: Opinions) -> html.Div:
    place = {
        "--low": f"{100 * found.low:.2f}%",
        "--high": f"{100 * found.high:.2f}%",
        "--at": f"{100 * found.value:.2f}%",
    }
    words = f"{said.right:,} of {said.total:,} right"
    return html.Div(
        [
            html.Div(
                [html.B(f"{100 * found.value:.1f} %"), html.Span(words)], className="interval-said"
            ),
            html.Div(
                [html.Span(className="interval-range"), html.Span(className="interval-mark")],
                className="interval-track",
                style=place,
            ),
            html.Div(
                [
                    html.Span("0 %"),
                    html.Span(f"{100 * found.low:.1f} to {100 * found.high:.1f} %"),
                    html.Span("100 %"),
                ],
                className="interval-ends",
            ),
        ],
        className="interval",
    )


def _confusion(said: Opinions, name: str) -> html.Div:
    head = [html.Th("Answer", scope="col")]
    head += [html.Th(f"{label}, true", scope="col") for label in said.labels]
    rows = [
        html.Tr([html.Th(label, scope="row"), *(_count(count, row) for count in row)])
        for label, row in zip(said.labels, said.confusion, strict=True)
    ]
    matrix = html.Table(
        [
            html.Caption("Answers and true classes", className="visually-hidden"),
            html.Thead(html.Tr(head)),
            html.Tbody(rows),
        ],
        className="data-table confusion",
        **attributes(data_csv=f"{name}-feedback"),
    )
    unnamed = f"{said.unnamed:,} more were called wrong without their true class."
    return html.Div(
        [
            html.Div(
                matrix,
                className="table-scroll",
                tabIndex="0",
                role="group",
                **attributes(aria_label="Answers (down) and true classes (across)"),
            ),
            html.P(unnamed, className="card-caption") if said.unnamed else None,
        ]
    )


def _count(count: int, row: tuple[int, ...]) -> html.Td:
    return html.Td(
        f"{count:,}",
        className="num",
        style={"--share": f"{count / max(sum(row), 1):.3f}"},
        **attributes(data_value=str(count)),
    )
