"""The models of a release: finding one, and putting one in its place."""

from collections.abc import Mapping

from store.errors import NotFound
from store.schema import Release, ReleasedModel


def served(live: Release, model: ReleasedModel, *, default: bool = False) -> Release:
    """The release with this model live in the place of its name, and no candidate any more."""
    waiting = tuple(
        c for c in live.candidates if (c.name, c.version) != (model.name, model.version)
    )
    chosen = model.name if default or not live.default else live.default
    return live.model_copy(
        update={"models": with_model(live.models, model), "candidates": waiting, "default": chosen}
    )


def with_model(
    models: tuple[ReleasedModel, ...], model: ReleasedModel
) -> tuple[ReleasedModel, ...]:
    """Models, with this one in the place of its name, or at the end."""
    return tuple({**{known.name: known for known in models}, model.name: model}.values())


def candidate_of(release: Release, name: str) -> ReleasedModel:
    """The candidate of this name. Raises NotFound."""
    candidates = {model.name: model for model in release.candidates}
    if name not in candidates:
        raise NotFound(_none_of("candidate", name, candidates) + " Or name a --version.")
    return candidates[name]


def live_model(release: Release, name: str) -> ReleasedModel:
    """The live model of this name. Raises NotFound."""
    models = {model.name: model for model in release.models}
    if name not in models:
        raise NotFound(_none_of("live model", name, models))
    return models[name]


def _none_of(kind: str, name: str, found: Mapping[str, object]) -> str:
    return f"There is no {kind} {name}. Found: {', '.join(found) or 'none'}."
