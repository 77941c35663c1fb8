"""Which predictions of the log, and what columns they have."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pipeline.prediction_log.columns import Shape, shape_of
from store.errors import InputError
from store.prediction_log.browsing import Engine, models, newest, pages
from store.prediction_log.entry import Kept, Served, Source

SPAN = re.compile(r"([1-9][0-9]{0,4})([mhd])")
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Wanted(NamedTuple):
    """What a person asked for: predictions since a moment and before another, both in UTC.

    ``model``, ``version`` and ``sources`` are all where nothing is said.
    """

    model: str | None = None
    version: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    sources: tuple[Source, ...] = ()

    @property
    def conditions(self) -> dict[str, Any]:
        """The same for ``browsing.pages``."""
        return {
            "name": self.model,
            "version": self.version,
            "sources": self.sources or None,
            "since": self.since,
            "until": self.until,
        }


class Selected(NamedTuple):
    """Predictions that are in the log, one at least; those after ``last`` came in later."""

    engine: Engine
    wanted: Wanted
    shape: Shape
    last: bytes

    def batches(self) -> Iterator[list[Kept]]:
        """All of them, in the order of their ids. Raises DatabaseAway."""
        return pages(self.engine, self.last, **self.wanted.conditions)


def select_predictions(engine: Engine, wanted: Wanted) -> Selected:
    """Look what the log has now of what is wanted.

    Raises:
        InputError: There is no such model, no such version, or no such prediction.
        DatabaseAway: The database does not answer.
    """
    chosen, last = models(engine), newest(engine)
    if wanted.model is not None:
        chosen = _of("a model called", wanted.model, chosen, [one.name for one in chosen])
    if wanted.version is not None:
        chosen = _of("the version", wanted.version, chosen, [one.version for one in chosen])
    # All predictions of a version have the same inputs and classes: one of each tells them.
    first: list[Kept] = []
    for name, version in dict.fromkeys((one.name, one.version) for one in chosen):
        some = wanted._replace(model=name, version=version)
        found = pages(engine, last, rows=1, **some.conditions) if last is not None else iter(())
        first += next(found, [])
    if not first or last is None:
        raise InputError(f"The prediction log has no prediction{_said(wanted)}.")
    return Selected(engine, wanted, shape_of(one.entry for one in first), last)


def moment_of(text: str, now: datetime) -> datetime:
    """A moment in UTC: ``2026-11-29``, ``2026-11-29T12:00``, or a span before now such as ``7d``.

    Raises:
        ValueError: It is none of them.
    """
    if found := SPAN.fullmatch(text):
        return now - timedelta(**{UNITS[found[2]]: int(found[1])})
    read = datetime.fromisoformat(text)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def _of(kind: str, name: str, every: Sequence[Served], names: Sequence[str]) -> list[Served]:
    """Those that have this name. Raises InputError."""
    found = [one for one, own in zip(every, names, strict=True) if own == name]
    if not found:
        has = f"it has {_listed(names)}" if every else "it is empty"
        raise InputError(f"The prediction log has no answer of {kind} {name}; {has}.")
    return found


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def _said(wanted: Wanted) -> str:
    """The selection in words, " of wine since ..."."""
    parts = (
        f" of {wanted.model}" if wanted.model else "",
        f" version {wanted.version}" if wanted.version else "",
        f" from {' or '.join(s.name.lower() for s in wanted.sources)}" if wanted.sources else "",
        f" since {wanted.since:%Y-%m-%d %H:%M} UTC" if wanted.since else "",
        f" before {wanted.until:%Y-%m-%d %H:%M} UTC" if wanted.until else "",
    )
    return "".join(parts)
