"""The alarm of the drift test: since when, how sure, which features."""

from collections.abc import Mapping
from typing import Any

from dash import html

from dashboard.components.monitor.drift import Named, evidence, moment_text, value_text
from dashboard.components.monitor.histograms import typical
from dashboard.components.page import card, facts
from dashboard.drift.verdict import DriftVerdict, FeatureDrift

TOGETHER = "No feature for itself: all of them together."
WHAT_NOW = (
    "Answers may be worse than the model's card says. Judge some of them below, and train anew "
    "when rows like these have been labelled."
)


def alarm(verdicts: Mapping[str, DriftVerdict], names: Mapping[str, Named]) -> html.Section | None:
    """A card that says since when, how sure and which features.

    Args:
        verdicts: Those of all streams, by what people call the stream; None without an alarm.
        names: What people call the features.
    """
    raised = {stream: one for stream, one in verdicts.items() if one.alarm}
    if not raised:
        return None
    parts: list[Any] = []
    for stream, one in raised.items():
        parts += [html.H3(f"Predictions {stream}"), _facts(one, names)]
    return card(
        "The inputs have moved away from the training data",
        [*parts, html.P(WHAT_NOW, className="alarm-advice")],
        name="alarm",
    )


def _facts(verdict: DriftVerdict, names: Mapping[str, Named]) -> html.Dl:
    """Since when, how sure, which features."""
    which = [html.Li(_movement(one, names)) for one in verdict.moved]
    noticed = f", noticed at {verdict.alarmed:%H:%M}" if verdict.alarmed else ""
    sure = (
        f"The evidence came to {evidence(verdict.e_value)}, the alarm is at "
        f"{verdict.threshold:g}: of streams without drift at most {_percent(verdict.false_alarm)} "
        "ever come as far."
    )
    return facts(
        [
            ("Since", f"{moment_text(verdict.since)}{noticed}"),
            ("How sure", sure),
            ("Which", html.Ul(which, className="moved") if which else TOGETHER),
        ]
    )


def _movement(feature: FeatureDrift, names: Mapping[str, Named]) -> list[html.B | str]:
    called = names.get(feature.name, Named(feature.name, None, 2))
    then, now = (typical(feature, counts) for counts in (feature.reference, feature.window))
    unit = f" {called.unit}" if called.unit else ""
    said = f"typically {value_text(then, called)}, now {value_text(now, called)}{unit}"
    return [html.B(called.label), f" {said}"]


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share >= 1e-5 else "one in 100,000"
