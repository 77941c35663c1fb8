"""A model goes into the store: opened as it will be served, and its card last."""

from collections.abc import Mapping
from typing import NamedTuple

from pipeline.opening import Opening, check_opens
from store.artifacts import ArtifactStore
from store.releases import model_key, stored
from store.schema import ModelCard, encode


class StoredModel(NamedTuple):
    """A model that is in the store: the key of its card, the card, and how it will be served."""

    key: str
    card: ModelCard
    opening: Opening


def store_model(
    store: ArtifactStore,
    card: ModelCard,
    data: bytes,
    *,
    signed: bool = False,
    beside: Mapping[str, bytes] | None = None,
) -> StoredModel:
    """Store a model file, its flat form where it has one, and its card.

    Args:
        store: Where to.
        card: Pins the model file; it comes back with the flat form pinned too.
        data: The model file.
        signed: Whether the release that will hold it is going to be signed.
        beside: Further files of this version by name.

    Raises:
        ModelRefused: The web half would not serve it; nothing was stored.
        StoreError: The store failed. What has no card is no model.
    """
    opening = check_opens(data, card, signed=signed)
    files = dict(beside or {})
    if opening.flat is not None:
        files["flat.json"] = opening.flat
        at = model_key(card.name, card.version, "flat.json")
        card = card.model_copy(update={"flat": stored(at, opening.flat)})
    store.put_new(card.file.key, data)
    for name, content in files.items():
        store.put_new(model_key(card.name, card.version, name), content)
    key = model_key(card.name, card.version, "card.json")
    store.put_new(key, encode(card))
    return StoredModel(key, card, opening)
