"""What ``/readyz`` says: what serves, since when, how sure that is, and what is missing."""

from datetime import datetime
from typing import Any

from dashboard.live.snapshot import Live, LiveModel
from dashboard.prediction_log.recorder import PredictionLog
from store.schema import now


def readiness(live: Live) -> tuple[bool, dict[str, Any]]:
    """Whether requests can be answered, and the body that says so.

    A release that the store does not confirm at the moment is ``stale`` and serves all the same.
    """
    release, default = live.release, live.release.default if live.release else ""
    reasons = dict(live.problems)
    if release and default not in live.profiles:
        reasons.setdefault(f"profile {default}", "not loaded")
    if release and default not in live.models:
        reasons.setdefault(f"model {default}", "being opened and checked")
    ready = default in live.profiles and default in live.models
    return ready, {
        "status": "ready" if ready else "not ready",
        "stale": live.outage is not None,
        "stale_since": _time(live.stale_since),
        "release": release.id if release else None,
        "sequence": release.sequence if release else None,
        "since": _time(live.since),
        "confirmed": _time(live.confirmed),
        "confirmed_seconds_ago": _age(live.confirmed),
        "models": {name: _model(name, model, live) for name, model in live.models.items()},
        "reasons": reasons,
    }


def log_readiness(log: PredictionLog) -> dict[str, Any]:
    """How the prediction log is. It never keeps a server from being ready: answers do not wait."""
    state = log.state()
    return {
        "kept": not log.off,
        "rows_waiting": state.rows,
        "bytes_waiting": state.bytes,
        "rows_lost": state.lost,
        "away_since": _time(state.away_since),
        "reason": state.reason,
    }


def _model(name: str, model: LiveModel, live: Live) -> dict[str, Any]:
    candidate = live.candidates.get(name)
    return {**_about(model), "candidate": _about(candidate) if candidate else None}


def _about(model: LiveModel) -> dict[str, Any]:
    return {
        "version": model.card.version,
        "sha256": model.card.file.sha256,
        "engine": model.predictor.engine,
        "notice": model.predictor.notice,
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _age(moment: datetime | None) -> float | None:
    return round(max(0.0, (now() - moment).total_seconds()), 1) if moment else None
