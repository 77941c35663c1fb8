"""A receipt as a sheet of paper: the answer, its inputs, its model, the signature, a QR code."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard.components.page import Children, attributes, facts
from dashboard.receipts.desk import Verdict
from dashboard.receipts.receipt import Receipt
from dashboard.receipts.signing import fingerprint
from store.schema import ModelCard

ASKED = {"page": "on the page Predict", "api": "by a program", "batch": "as a row of a table"}
HUES = 5  # --class-0 ... --class-4


def sheet(
    receipt: Receipt,
    card: ModelCard | None,
    *,
    address: str,
    qr: str,
    lasting: bool,
    actions: Sequence[Any],
) -> html.Article:
    """The sheet.

    Args:
        receipt: As it is handed out.
        card: Of the model that answered, which names features and classes; None without it.
        address: Where this page is found again.
        qr: The same as the address of an image.
        lasting: Whether the key outlives this server.
        actions: What can be done with it.
    """
    return html.Article(
        [
            html.Header(
                [
                    html.Div(
                        [
                            html.P(_target(card), className="eyebrow"),
                            *_answer(receipt, card),
                            html.P(_when(receipt), className="receipt-when"),
                        ]
                    ),
                    html.Figure(
                        [
                            html.Img(src=qr, alt="QR code of the address of this receipt"),
                            html.Figcaption("This receipt"),
                        ],
                        className="receipt-qr",
                    ),
                ],
                className="receipt-head",
            ),
            *_shares(receipt, card),
            _part("What was asked", html.Div(_inputs(receipt, card), className="receipt-inputs")),
            _part("Who answered", facts(_model(receipt, card))),
            _part("Signature", facts(_signature(receipt, address, lasting=lasting))),
            html.Div(list(actions), className="receipt-actions"),
        ],
        className="card-box receipt",
    )


def outcome(found: Verdict) -> html.Div:
    """What came of a replay."""
    told: list[Any] = [
        html.Strong("Verified. " if found.verified else "Not verified. "),
        found.reason,
    ]
    if found.replay is not None and not found.verified and found.replay.largest_difference:
        told.append(f" The largest difference is {found.replay.largest_difference:.3g}.")
    kind = "ok" if found.verified else "bad"
    return html.Div(told, className=f"notice notice-{kind}")


def _part(title: str, children: Any) -> html.Section:
    return html.Section([html.H2(title), children], className="receipt-part")


def _target(card: ModelCard | None) -> str:
    return f"{card.title} · {card.target}" if card else "Predicted"


def _answer(receipt: Receipt, card: ModelCard | None) -> list[Any]:
    """The class with its probability, or the number with its unit."""
    if not receipt.probabilities:
        number = card.number if card else None
        text = f"{float(receipt.answer):,.{number.decimals}f}" if number else receipt.answer
        unit = html.Span(number.unit, className="answer-unit") if number and number.unit else None
        return [html.P([html.Span(text, className="answer-name answer-number"), unit])]
    shares = _ordered(receipt, card)
    place, (label, share) = max(enumerate(shares), key=lambda one: one[1][1])
    return [
        html.P(label, className=f"answer-name class-{place % HUES}"),
        html.P([html.B(_percent(share)), " probability"], className="answer-probability"),
    ]


def _shares(receipt: Receipt, card: ModelCard | None) -> list[Any]:
    if not receipt.probabilities:
        return []
    rows = [_share(place, *one) for place, one in enumerate(_ordered(receipt, card))]
    return [html.Div(rows, className="bars receipt-part")]


def _share(place: int, label: str, share: float) -> html.Div:
    hue = f"class-{place % HUES}"
    fill = html.Span(className=f"bar-fill {hue}", style={"transform": f"scaleX({share:.4f})"})
    return html.Div(
        [
            html.Span(label, className=f"bar-label marked {hue}"),
            html.Span(fill, className="bar-track"),
            html.Span(_percent(share), className="bar-value", title=repr(share)),
        ],
        className="bar-row",
    )


def _ordered(receipt: Receipt, card: ModelCard | None) -> list[tuple[str, float]]:
    """The probabilities by label in the order of the card, of their names without it."""
    known = [item.label for item in card.classes] if card else []
    found = receipt.probabilities
    return [(label, found[label]) for label in (known if set(known) == set(found) else found)]


def _inputs(receipt: Receipt, card: ModelCard | None) -> html.Dl:
    features = {feature.name: feature for feature in card.features} if card else {}
    names = list(features) if features.keys() == receipt.inputs.keys() else list(receipt.inputs)
    rows: list[tuple[str, Children]] = []
    for name in names:
        given, feature = receipt.inputs[name], features.get(name)
        text = given if isinstance(given, str) else f"{given:.15g}"
        unit = f" {feature.unit}" if feature and feature.unit else ""
        rows.append((feature.label if feature else name, text + unit))
    return facts(rows)


def _model(receipt: Receipt, card: ModelCard | None) -> list[tuple[str, Children]]:
    model = receipt.model
    steps = " and ".join(step.estimator.rpartition(".")[2] for step in card.steps) if card else ""
    return [
        ("Model", f"{model.name}, version {model.version}"),
        *([("Estimator", steps)] if steps else []),
        ("Hash of its file", html.Code(model.hash)),
        ("Computed by", "plain arrays" if model.engine == "flat" else model.engine),
        ("Asked", f"{ASKED[receipt.source]}, answered in {receipt.microseconds / 1000:,.2f} ms"),
        ("Code", html.Code(receipt.code)),
    ]


def _signature(receipt: Receipt, address: str, *, lasting: bool) -> list[tuple[str, Children]]:
    held = [html.Span("Signed by this server", className="chip chip-ok"), " Ed25519"]
    short = (
        "This server keeps no key, so it cannot check the receipt any more after it ends. "
        "RECEIPT_KEY gives it one."
    )
    return [
        ("State", held),
        *([] if lasting else [("For how long", short)]),
        ("Key", html.Code(fingerprint(receipt.key))),
        ("Id", html.Code(receipt.id, className="hash")),
        ("Address", html.Span(address, className="hash")),
    ]


def _when(receipt: Receipt) -> list[Any]:
    moment = datetime.fromisoformat(receipt.time)
    shown = f"{moment.day} {moment:%B %Y, %H:%M:%S} UTC"
    return [html.Time(shown, dateTime=receipt.time)]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def replay_button(name: str) -> html.Button:
    """Asks the model once more."""
    return html.Button("Replay now", id=name, type="button", className="main-button")


def links(receipt: Receipt) -> list[Any]:
    """What else can be done: keep the file, print the sheet."""
    return [
        html.A(
            "Download JSON",
            href=f"/receipts/{receipt.id}",
            className="pill",
            download=f"receipt-{receipt.id}.json",
            **attributes(data_outside=""),
        ),
        html.Button("Print", type="button", className="pill", **attributes(data_print="")),
    ]
