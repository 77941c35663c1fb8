"""The documents of the live models: each made once a process, under an address of its content.

What is at such an address never changes, so that browsers keep it; where the model is gone, its
address is gone too.
"""

from collections.abc import Iterator
from threading import Lock
from urllib.parse import quote
from weakref import WeakKeyDictionary

from dashboard.api.explaining import training_profile
from dashboard.edge.kept import Kept
from dashboard.live.snapshot import Live, LiveModel
from dashboard.what_if.document import document, encoded
from store.schema import ModelCard, Profile

MOST_OTHERS = 8

_MADE: WeakKeyDictionary[LiveModel, tuple[Profile | None, Kept]] = WeakKeyDictionary()
_MAKING = Lock()


def kept_document(model: LiveModel, live: Live) -> Kept:
    """The document of a model; many threads may ask, one makes it."""
    profile = training_profile(model.card, live.profiles)
    with _MAKING:
        known = _MADE.get(model)
        if known is None or known[0] is not profile:
            known = _MADE[model] = profile, Kept(encoded(document(model, profile)))
    return known[1]


def address(model: LiveModel, live: Live) -> str:
    """Where browsers find the document of a model."""
    name = quote(model.card.name, safe="")
    return f"/assets/what-if/{name}/{kept_document(model, live).digest}.json"


def others(model: LiveModel, live: Live) -> list[dict[str, str]]:
    """Name, title and document of the live models that can be asked about the same rows."""
    return [
        {"name": name, "title": other.card.title, "document": address(other, live)}
        for name, other in list(_comparable(model, live))[:MOST_OTHERS]
    ]


def _comparable(model: LiveModel, live: Live) -> Iterator[tuple[str, LiveModel]]:
    """The other live models that take the same inputs and answer in the same kind."""
    for name, other in live.models.items():
        same = other is not model and _inputs(other.card) == _inputs(model.card)
        if same and other.card.kind == model.card.kind:
            yield name, other


def _inputs(card: ModelCard) -> dict[str, tuple[str, ...] | None]:
    """The features by name, with the texts that each may be."""
    return {feature.name: feature.categories or None for feature in card.features}
