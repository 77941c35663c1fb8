"""What the drift test says of each feature, and in short."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from dash import html

from dashboard.components.monitor.histograms import mirrored, typical
from dashboard.components.page import attributes, figure_of
from dashboard.components.tables import number
from dashboard.drift.verdict import DriftVerdict, FeatureDrift

CAPTION = (
    "The rows that the model was trained on against those that are asked about. Evidence is the "
    "e-value of a test that may be looked at after every prediction: without drift it ever "
    "reaches 20 in at most one stream of twenty. PSI is that of the newest predictions, beside "
    "what 19 of 20 stay below by chance. Neither depends on the span of time that is chosen."
)
UNKNOWN = html.P("The rows that this model was trained on are not known here.", className="calm")
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Named(NamedTuple):
    """What people call a feature, its unit, with how many decimals it is shown, and its values."""

    label: str
    unit: str | None
    decimals: int
    values: Mapping[str, str] = {}


def drift_figure(verdict: DriftVerdict | None) -> html.Div:
    """The figure on top of the page."""
    name = "Inputs"
    if verdict is None:
        return figure_of(name, "not compared", "the training rows are not known here")
    if verdict.alarm:
        moved = len(verdict.moved)
        detail = f"{moved} feature{'s'[: moved != 1]} moved; evidence {evidence(verdict.e_value)}"
        return figure_of(name, "moved", detail)
    if verdict.minimum is not None and verdict.rows < verdict.minimum:
        detail = f"{verdict.rows:,} of about {verdict.minimum:,} predictions that a judgement takes"
        return figure_of(name, "too few", detail)
    said = f"evidence of drift {evidence(verdict.e_value)}, an alarm from {verdict.threshold:g}"
    return figure_of(name, "as trained", said)


def drift_table(verdict: DriftVerdict, names: Mapping[str, Named], name: str) -> html.Table:
    """Every feature: its shape then and now, what is said of it, and by which figures.

    Args:
        verdict: Of the stream.
        names: What people call the features.
        name: Of the model.
    """
    heads = ("Feature", "Verdict", "Trained ▲ asked ▼", "Typical", "PSI", "Evidence")
    numeric = {"PSI", "Evidence"}
    head = [
        html.Th(text, scope="col", className="num" if text in numeric else None) for text in heads
    ]
    rows = [_row(one, names.get(one.name, Named(one.name, None, 2))) for one in verdict.features]
    return html.Table(
        [
            html.Caption("Drift of every feature", className="visually-hidden"),
            html.Thead(html.Tr(head)),
            html.Tbody(rows),
        ],
        className="data-table drift-table",
        **attributes(data_csv=f"{name}-drift"),
    )


def evidence(e_value: float) -> str:
    """An e-value as people read it: ``0.84``, ``1,240``, ``10⁹``."""
    if e_value >= 1e6:
        return f"10{str(int(math.log10(e_value))).translate(SUPERSCRIPTS)}"
    return f"{e_value:,.0f}" if e_value >= 100 else f"{e_value:.2g}"


def verdict_words(feature: FeatureDrift) -> tuple[str, str]:
    """What is said of a feature, and as which kind of chip."""
    if feature.moved:
        return "moved", "bad"
    if feature.untested:
        return "not tested", "plain"
    if feature.psi is None:
        return "nothing asked", "plain"
    if feature.psi > feature.psi_noise:
        return "unlike, not certain", "caution"
    return "as trained", "ok"


def value_text(value: float | str | None, called: Named) -> str:
    """A number with the decimals of its feature, or what people call a value."""
    if isinstance(value, str):
        return called.values.get(value, value)
    return number(value, called.decimals)


def moment_text(moment: datetime | None) -> str:
    """A moment as people read it."""
    return f"{moment:%d %B %H:%M} UTC" if moment else "not known"


def _row(feature: FeatureDrift, called: Named) -> html.Tr:
    words, kind = verdict_words(feature)
    then, now = (typical(feature, counts) for counts in (feature.reference, feature.window))
    both = f"{value_text(then, called)} → {value_text(now, called)}"
    since = f"since {moment_text(feature.since)}" if feature.since else feature.untested
    unit = f" {called.unit}" if called.unit else ""
    shape = mirrored(feature, f"{called.label}: typically {both}{unit}")
    psi = None if feature.psi is None else f"{feature.psi:.3f}"
    return html.Tr(
        [
            html.Th(
                [called.label, html.Span(_place(feature, called), className="cell-detail")],
                scope="row",
                **attributes(data_value=called.label),
            ),
            html.Td(
                [
                    html.Span(words, className=f"chip chip-{kind}"),
                    html.Span(since, className="cell-detail") if since else None,
                ],
                **attributes(data_value=words),
            ),
            html.Td(shape, **attributes(data_value=_counts(feature))),
            html.Td([both, html.Span(unit, className="unit-after")], className="typical"),
            html.Td(
                [
                    psi or "–",
                    html.Span(f"noise {feature.psi_noise:.3f}", className="cell-detail")
                    if psi
                    else None,
                ],
                className="num",
                **attributes(data_value="" if feature.psi is None else repr(feature.psi)),
            ),
            html.Td(
                "–" if feature.e_value is None else evidence(feature.e_value),
                className="num",
                **attributes(data_value="" if feature.e_value is None else repr(feature.e_value)),
            ),
        ],
        className="has-moved" if feature.moved else None,
    )


def sample(verdict: DriftVerdict, stream: str, *, note: str = "") -> html.P:
    """How much was seen of a stream with this name, and how much a judgement takes.

    Args:
        verdict: Of the stream.
        stream: What it is called.
        note: What else has to be said of it, before the figures.
    """
    drawn = f"the newest {verdict.window_rows:,} are drawn"
    seen = f"{note}Tested so far: {verdict.rows:,} {stream}; {drawn}."
    if verdict.minimum is None:
        rows = f"{verdict.reference_rows:,} training rows are too few"
        return html.P(f"{rows} to see a shift of half a standard deviation. {seen}")
    share = min(1.0, verdict.rows / max(verdict.minimum, 1))
    takes = (
        f"Half of all shifts by half a standard deviation are found within about "
        f"{verdict.minimum:,} predictions. {seen}"
    )
    fill = html.Span(className="bar-fill", style={"transform": f"scaleX({share:.4f})"})
    return html.P(
        [html.Span(fill, className="bar-track"), takes],
        className="sample" + " is-enough" * (verdict.rows >= verdict.minimum),
    )


def _place(feature: FeatureDrift, called: Named) -> str:
    """What the axis of the histograms spans."""
    if feature.of == "answer":
        return "the answers"
    if not feature.edges:
        return f"{len(feature.labels)} values"
    ends = [number(end, called.decimals) for end in (feature.edges[0], feature.edges[-1])]
    return f"{ends[0]} to {ends[1]}{f' {called.unit}' if called.unit else ''}"


def _counts(feature: FeatureDrift) -> str:
    """Both histograms for the CSV: rows of each bin, trained on and then asked."""
    return " / ".join(" ".join(map(str, c)) for c in (feature.reference, feature.window))
