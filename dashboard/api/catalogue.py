"""The models of a release as programs see them: a list, and of each what is public of its card."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dashboard.live.snapshot import Live, LiveModel, short_hash
from dashboard.services import Alias
from store.schema import Interval, ModelCard

# Not here: golden rows, seeds, keys in the store, and addresses of tables.
PUBLIC = {
    "name",
    "version",
    "created",
    "title",
    "target",
    "steps",
    "features",
    "classes",
    "number",
    "held_out",
    "on_given",
    "cross_validation",
    "importances",
    "software",
}
PUBLIC_DATA = {"sha256", "profile", "rows", "dropped", "train_rows"}


@dataclass(frozen=True)
class Entry:
    """A model of the release: its card, and the model itself where it is open."""

    card: ModelCard
    alias: Alias
    model: LiveModel | None

    def listed(self) -> dict[str, Any]:
        """A line of the list."""
        path = f"/models/{quote(self.card.name, safe='')}"
        query = "" if self.alias == "live" else f"?alias={self.alias}"
        return {
            "name": self.card.name,
            "version": self.card.version,
            "hash": short_hash(self.card),
            "kind": self.card.kind,
            "alias": self.alias,
            "created": self.card.created.isoformat(),
            "engine": self.model.predictor.engine if self.model else None,
            "metrics": headline(self.card),
            "links": {"self": path + query, "predict": f"{path}/predict{query}"},
        }

    def described(self) -> dict[str, Any]:
        """The whole of what is public."""
        data = self.card.data.model_dump(mode="json", include=PUBLIC_DATA)
        file = self.card.file.model_dump(mode="json", include={"bytes", "sha256"})
        public = self.card.model_dump(mode="json", include=PUBLIC)
        return self.listed() | public | {"data": data, "file": file}


def headline(card: ModelCard) -> dict[str, dict[str, float]]:
    """The cross-validated figures with their 95 % intervals, by name."""
    if card.cross_validation is None:
        return {}
    return {
        name: {"value": figure.value, "low": figure.low, "high": figure.high}
        for name, figure in card.cross_validation
        if isinstance(figure, Interval)
    }


def catalogue(live: Live) -> dict[str, Any]:
    """All models: the live ones in the order of the release, then the candidates."""
    return {
        "release": live.release.id if live.release else None,
        "default": live.release.default if live.release else None,
        "models": [found.listed() for found in entries(live)],
    }


def entry(live: Live, name: str, alias: Alias) -> Entry | None:
    """The model of this name, or None."""
    found = (e for e in entries(live) if (e.card.name, e.alias) == (name, alias))
    return next(found, None)


def is_released(live: Live, name: str, alias: Alias) -> bool:
    """Whether the release has a model of this name, open or not."""
    if live.release is None:
        return False
    if alias == "candidate":
        return name in {model.name for model in live.release.candidates}
    released = {model.name for model in live.release.models}
    return name in released or name in live.cards or name in live.models


def entries(live: Live) -> Iterator[Entry]:
    """The models whose cards can be read, those that are live first."""
    for name in {**live.cards, **live.models}:
        model = live.models.get(name)
        yield Entry(model.card if model else live.cards[name], "live", model)
    for model in live.candidates.values():
        yield Entry(model.card, "candidate", model)
