"""Only what changed since a visitor was last shown it is sent."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

from dash import no_update
from plotly.io.json import to_json_plotly

Stamps = Mapping[str, str]


def changes(
    drawn: Mapping[str, Any], slots: Iterable[str], seen: Stamps
) -> tuple[dict[str, Any], dict[str, str]]:
    """What each slot gets, ``no_update`` where it has that already, and the stamps of all.

    Args:
        drawn: What was drawn, by slot; a slot that is not in it stays as it is.
        slots: All of them.
        seen: The stamps of what the visitor has.
    """
    stamps = {slot: _stamp(value) for slot, value in drawn.items()}
    fresh = {slot for slot, stamp in stamps.items() if seen.get(slot) != stamp}
    return {s: drawn[s] if s in fresh else no_update for s in slots}, {**seen, **stamps}


def _stamp(value: Any) -> str:
    return blake2b(to_json_plotly(value).encode(), digest_size=6).hexdigest()
