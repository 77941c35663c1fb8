"""Makes the snapshot of a release: reads its parts, opens and checks its models.

A part that breaks its hash, its schema or its checks is named in ``problems``; what was live
under its name goes on, and no other part suffers. For a model that is refused, the newest earlier
version that passes serves.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Protocol, TypeVar, cast

from dashboard.api.prediction import FieldNames
from dashboard.live.refusals import Refusals
from dashboard.live.snapshot import Live, LiveModel
from dashboard.model.loader import Predictor
from store.artifacts import ArtifactStore
from store.errors import ArtifactError, ModelRefused, NotFound, StoreError
from store.releases import (
    ENGINES,
    applications,
    benchmarks,
    read_application,
    read_benchmark,
    read_card,
    read_engine_run,
    read_flat,
    read_model,
    read_profile,
    read_signed_release,
)
from store.schema import ModelCard, Pointer, ReleasedModel

log = logging.getLogger(__name__)
P = TypeVar("P")
T = TypeVar("T")

TIMED_PREDICTIONS = 300


class Opener(Protocol):
    """What ``dashboard.model.loader.open_model`` is."""

    def __call__(
        self,
        data: bytes,
        card: ModelCard,
        *,
        cache: Path | None,
        signed: bool = False,
        flat: bytes | None = None,
    ) -> Predictor:
        """Give a predictor for the model file. Raises ModelRefused."""


class Attempts:
    """Tries the parts of a release one by one and keeps what went wrong, the first a subject.

    ``settled`` is False once the store gave something else than the release says, or nothing:
    that may mend. ``unavailable`` is True once it did not answer at all.
    """

    def __init__(self) -> None:
        self.problems: dict[str, str] = {}
        self.settled = True
        self.unavailable = False

    def get(self, subject: str, load: Callable[[], T]) -> T | None:
        """What ``load`` gives, or None with its error noted."""
        try:
            return load()
        except (ArtifactError, StoreError, ModelRefused) as error:
            log.warning("%s: %s", subject, error)
            self.problems.setdefault(subject, str(error))
            self.settled = self.settled and isinstance(error, ModelRefused)
            if isinstance(error, StoreError) and not isinstance(error, NotFound):
                self.unavailable = True
            return None

    def each(
        self, kind: str, parts: Mapping[str, Callable[[], T]], before: Mapping[str, T]
    ) -> dict[str, T]:
        """The parts by name; one that fails is what it was before, if it was."""
        found = {name: self.get(f"{kind} {name}", load) for name, load in parts.items()}
        kept = {name: before.get(name) if part is None else part for name, part in found.items()}
        return {name: part for name, part in kept.items() if part is not None}


class _Parts:
    """Reads parts of a release, those of the release before it not again.

    What is pinned by its hash never changes. A server's workers share what was read before they
    were forked.
    """

    def __init__(self, store: ArtifactStore, before: Mapping[object, Any]) -> None:
        self.read: dict[object, Any] = {}
        self._store = store
        self._before = before

    def of(self, read: Callable[[ArtifactStore, P], T], pinned: P) -> Callable[[], T]:
        """What gives one part."""

        def load() -> T:
            key = read, pinned
            if (part := self._before.get(key)) is None:
                part = read(self._store, pinned)
            self.read[key] = part
            return cast(T, part)

        return load


class Assembly:
    """Reads and opens releases, and remembers which models it refused.

    Args:
        opener: Checks and opens a model file.
        cache: Folder for models that passed, or None.
        public_keys: Whose signature an earlier release needs before its models may step in;
            without keys it needs none.
    """

    def __init__(self, opener: Opener, cache: Path | None, public_keys: tuple[str, ...]) -> None:
        self._opener = opener
        self._cache = cache
        self._public_keys = public_keys
        refusals = cache / "refused" if cache else None
        self._refusals = Refusals(refusals, signed=bool(public_keys))
        self._parts: Mapping[object, Any] = {}  # of the release that was described last

    def described(
        self, pointer: Pointer, store: ArtifactStore, before: Live, attempts: Attempts
    ) -> Live:
        """The snapshot of a release whose models are not open yet: those of before serve on."""
        release = pointer.release
        parts = _Parts(store, self._parts)
        timed = release.results.get(ENGINES)
        engine_run = attempts.get(ENGINES, parts.of(read_engine_run, timed)) if timed else None
        described = replace(
            before,
            release=release,
            profiles=attempts.each(
                "profile",
                {part.name: parts.of(read_profile, part) for part in release.profiles},
                before.profiles,
            ),
            applications=attempts.each(
                "application",
                {
                    name: parts.of(read_application, file)
                    for name, file in applications(release).items()
                },
                before.applications,
            ),
            cards=attempts.each(
                "model",
                {model.name: parts.of(read_card, model) for model in release.models},
                before.cards,
            ),
            benchmark_runs=attempts.each(
                "benchmark",
                {
                    run_id: parts.of(read_benchmark, file)
                    for run_id, file in benchmarks(release).items()
                },
                before.benchmark_runs,
            ),
            engine_run=before.engine_run if timed and engine_run is None else engine_run,
            problems=dict(attempts.problems),
        )
        self._parts = parts.read
        return described

    def opened(
        self, described: Live, pointer: Pointer, store: ArtifactStore, attempts: Attempts
    ) -> Live:
        """The same snapshot with the release's own models in place of those of before."""
        before = tuple(described.opened())
        models: dict[str, LiveModel] = {}
        for released in pointer.release.models:
            for version in self._versions(released, store, pointer.history):
                opened = partial(self.open_version, version, store, before)
                if (model := attempts.get(f"model {released.name}", opened)) is not None:
                    models[released.name] = model
                    break
        candidates = {
            released.name: partial(self.open_version, released, store, before)
            for released in pointer.release.candidates
        }
        return replace(
            described,
            models=models,
            candidates=attempts.each("candidate", candidates, {}),
            problems=dict(attempts.problems),
        )

    def open_version(
        self, released: ReleasedModel, store: ArtifactStore, before: tuple[LiveModel, ...] = ()
    ) -> LiveModel:
        """The model of this version, the one of ``before`` where it is open there.

        Raises:
            ModelRefused: It fails a check now, or did so lately.
            ArtifactError, StoreError: The store has not what the release promises.
        """
        for serving in before:
            if serving.card.file == released.file:
                return serving
        card = _Parts(store, self._parts).of(read_card, released)()
        data = read_model(store, released)
        flat = read_flat(store, released)
        with self._refusals.alone(released.card.sha256):
            predictor = self._judged(released, card, data, flat)
        return LiveModel(card, FieldNames(card), predictor, _microseconds(card, predictor))

    def forget_refusals(self) -> bool:
        """Give what was refused long ago another try; whether there is such a model."""
        return self._refusals.forget()

    def _versions(
        self, released: ReleasedModel, store: ArtifactStore, history: tuple[str, ...]
    ) -> Iterator[ReleasedModel]:
        """The released version, then those of the releases before it, newest first."""
        yield released
        seen = {released.version}
        for release_id in history:
            try:
                earlier = read_signed_release(store, release_id, self._public_keys).models
            except (ArtifactError, StoreError) as error:
                log.warning("release %s: %s", release_id, error)
                continue
            for model in earlier:
                if model.name == released.name and model.version not in seen:
                    seen.add(model.version)
                    yield model

    def _judged(
        self, released: ReleasedModel, card: ModelCard, data: bytes, flat: bytes | None
    ) -> Predictor:
        """The model, opened. Raises ModelRefused, also where it was refused lately."""
        if (reason := self._refusals.reason(released.card.sha256)) is not None:
            raise ModelRefused(reason)
        signed = bool(self._public_keys)
        try:
            return self._opener(data, card, cache=self._cache, signed=signed, flat=flat)
        except ModelRefused as error:
            reason = f"Version {released.version} is refused: {error}"
            self._refusals.add(released.card.sha256, reason)
            raise ModelRefused(reason) from error


def _microseconds(card: ModelCard, predictor: Predictor) -> float:
    """The median time of one prediction on the golden rows, in microseconds."""
    rows = card.golden.rows
    times = []
    for turn in range(TIMED_PREDICTIONS if predictor.engine == "flat" else len(rows)):
        begin = time.perf_counter()
        predictor.predict_proba(rows[turn % len(rows)])
        times.append(time.perf_counter() - begin)
    return median(times) * 1e6
