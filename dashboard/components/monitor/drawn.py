"""What fills Monitor's cards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from dashboard.components.charts import styled
from dashboard.components.monitor import alarm, drift, failures, feedback, mix, nothing, versions
from dashboard.components.monitor.sources import STREAMS, stream_note
from dashboard.components.monitor.summary import summary
from dashboard.components.tables import table
from dashboard.drift.stream import Group
from dashboard.drift.verdict import DriftVerdict
from dashboard.figures.monitor import confidence, latency, over_time
from dashboard.monitoring.overview import Overview
from dashboard.monitoring.traffic import Traffic
from dashboard.monitoring.windows import CUSTOM
from dashboard.theme import Mode
from store.prediction_log.entry import Source
from store.schema import ModelCard


@dataclass(frozen=True)
class About:
    """What has to be known of a model to name what is seen.

    Args:
        card: Its card.
        serving: The hash of the file that serves; None while none is open.
        is_only: Whether the server has no other model.
        trained: The share of each class among the training rows.
        predict, judge: The commands that ask it and that give feedback.
    """

    card: ModelCard
    serving: str | None
    is_only: bool
    trained: Mapping[str, float]
    predict: str
    judge: str


def drawn(
    found: Overview, about: About, verdicts: Mapping[Group, DriftVerdict], group: Group, mode: Mode
) -> dict[str, Any]:
    """What goes into each slot of ``cards.SLOTS`` that depends on the predictions.

    Args:
        found: What the log has of the window.
        about: The model.
        verdicts: What the drift test says of each group of sources; none where the training rows
            are not known.
        group: The one whose features are shown.
        mode: Of the visitor.
    """
    names = _names(about.card)
    raised = alarm.alarm({STREAMS[of]: one for of, one in verdicts.items()}, names)
    verdict = verdicts.get(group)
    seen, name = found.traffic, about.card.name
    is_part = found.source is not None or not about.is_only
    if not seen.total:
        empty = nothing.no_traffic(
            about.predict,
            source=found.source,
            last=found.last,
            link=link_to(found.last, name, found.source),
            failed=failures.failures_said(seen, is_part=is_part),
        )
        return {"nothing": empty, "is_empty": True, "alarm": raised}
    return {
        "nothing": None,
        "is_empty": False,
        "alarm": raised,
        "summary": summary(seen, found.opinions, drift.drift_figure(verdict), is_part=is_part),
        "mix": mix.class_mix(seen, about.trained),
        "mix_table": mix.mix_table(seen, about.trained, name),
        "failures": failures.failures(seen, is_part=is_part),
        "failures_table": failures.failures_table(seen),
        "feedback": feedback.feedback(found.opinions, name, about.judge),
        "versions": versions.versions(seen, about.serving),
        "sample": drift.sample(verdict, STREAMS[group], note=stream_note(found.source, group))
        if verdict
        else drift.UNKNOWN,
        "drift": drift.drift_table(verdict, names, name) if verdict else None,
        **_charts(seen, name, mode),
    }


def link_to(day: datetime | None, model: str, source: Source | None) -> str:
    """The link of Monitor with this day as its window, and the same choice of predictions."""
    if day is None:
        return "/monitor"
    span = {"since": f"{day:%Y-%m-%dT00:00}", "until": f"{day:%Y-%m-%dT23:59}"}
    chosen = {"model": model, "source": source.name.lower() if source else "all"}
    return f"/monitor?{urlencode({'window': CUSTOM, **span, **chosen}, safe=':')}"


def _charts(seen: Traffic, name: str, mode: Mode) -> dict[str, Any]:
    return {
        "over_time": styled(over_time.over_time(seen), mode),
        "over_time_table": table(
            over_time.over_time_heads(seen),
            over_time.over_time_rows(seen),
            caption=f"Predictions by {seen.window.word}",
            name=f"{name}-predictions",
        ),
        "confidence": styled(confidence.confidence(seen), mode),
        "confidence_table": table(
            confidence.confidence_heads(seen),
            confidence.confidence_rows(seen),
            caption="Predictions by highest probability",
            name=f"{name}-confidence",
        ),
        "latency": styled(latency.latency(seen), mode),
        "latency_table": table(
            latency.LATENCY_HEADS,
            latency.latency_rows(seen),
            caption="Predictions by time",
            decimals=3,
            name=f"{name}-latency",
        ),
    }


def _names(card: ModelCard) -> dict[str, drift.Named]:
    """What people call the features, and the answers."""
    names = {f.name: drift.Named(f.label, f.unit, f.decimals) for f in card.features}
    classes = {str(one.value): one.label for one in card.classes}
    return names | {card.target: drift.Named(card.target, None, 2, classes)}
