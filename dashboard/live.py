"""What is live: one immutable snapshot of the release, loaded beside the old one and swapped.

A part that breaks its hash, its schema or its checks is named in ``problems`` and left out; no
other part suffers. For a model that is refused, the newest earlier version that passes goes on
serving. While the store is away, so does everything that was loaded before.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Protocol, TypeVar

from dashboard.model.loader import Predictor, open_model
from dashboard.prediction import FieldNames
from store.application import Application
from store.artifacts import ArtifactStore
from store.engine_run import EngineRun
from store.errors import ArtifactError, CellarError, ModelRefused, StoreError
from store.releases import (
    ENGINES,
    applications,
    read_application,
    read_card,
    read_engine_run,
    read_model,
    read_pointer,
    read_profile,
    read_release,
)
from store.schema import ModelCard, Pointer, Profile, Release, ReleasedModel, now

log = logging.getLogger(__name__)
T = TypeVar("T")

TIMED_PREDICTIONS = 300
REFUSED_SECONDS = 600.0  # a refusal may have been a crowded machine's: ask again after a while
FIRST_LOAD_SECONDS = 25.0  # below the 30 s after which a hosting router gives up


class Opener(Protocol):
    """What ``dashboard.model.loader.open_model`` is."""

    def __call__(self, data: bytes, card: ModelCard, *, cache: Path | None) -> Predictor:
        """Give a predictor for the model file. Raises ModelRefused."""


@dataclass(frozen=True)
class LiveModel:
    """A model that passed its checks; ``microseconds`` is one prediction, measured here."""

    card: ModelCard
    fields: FieldNames
    predictor: Predictor
    microseconds: float


@dataclass(frozen=True)
class Live:
    """A snapshot. ``problems`` says by subject what is missing and why, for people."""

    release: Release | None = None
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    cards: Mapping[str, ModelCard] = field(default_factory=dict)
    models: Mapping[str, LiveModel] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    checked: datetime | None = None
    applications: Mapping[str, Application] = field(default_factory=dict)
    engine_run: EngineRun | None = None


class LiveRelease:
    """Loads what the store's pointer names, again when the pointer moves.

    Models are opened in a thread of the process that serves: ``start`` begins it there, after a
    server has forked its workers, and may be called again.

    Args:
        store: Where the releases are.
        cache: Folder for models that passed, or None.
        poll_seconds: How often to look at the pointer; 0 never looks again.
        opener: Checks and opens a model file.
    """

    def __init__(
        self,
        store: ArtifactStore,
        *,
        cache: Path | None,
        poll_seconds: float,
        opener: Opener = open_model,
    ) -> None:
        self._store = store
        self._opener = opener
        self._cache = cache
        self._poll_seconds = poll_seconds
        self._live = Live()
        self._settled = False
        self._refused: dict[str, tuple[str, float]] = {}
        self._loaded = threading.Event()
        self._starting = threading.Lock()
        self._process = 0

    def snapshot(self) -> Live:
        """What is live now; never waits."""
        self.start()
        return self._live

    def ready(self) -> Live:
        """What is live once the models were opened for the first time, or after a while."""
        self.start()
        self._loaded.wait(FIRST_LOAD_SECONDS)
        return self._live

    def start(self) -> None:
        """Begin to load and watch in this process, once."""
        if self._process == os.getpid():
            return
        with self._starting:
            if self._process != os.getpid():
                self._process = os.getpid()
                threading.Thread(target=self._watch, name="release-watcher", daemon=True).start()

    def read(self) -> None:
        """Read pointer, profiles and cards, which is quick; open no model."""
        if (pointer := self._pointed()) is not None:
            self._live = self._described(pointer, _Attempts())

    def refresh(self) -> None:
        """Look at the pointer and, when it moved or something failed, load beside and swap."""
        pointer = self._pointed()
        if pointer is None:
            return
        self._forget_refusals()
        if self._settled and self._live.release == pointer.release:
            self._live = replace(self._live, checked=now())
            return
        attempts = _Attempts()
        described = self._described(pointer, attempts)
        models = self._opened(pointer, attempts)
        self._live = replace(described, models=models, problems=attempts.problems)
        self._settled = attempts.settled

    def _watch(self) -> None:
        while True:
            try:
                self.refresh()
            except Exception:  # a watcher that dies would freeze the release for ever
                log.exception("the release could not be refreshed")
            self._loaded.set()
            if not self._poll_seconds:
                return
            time.sleep(self._poll_seconds)

    def _pointed(self) -> Pointer | None:
        """The pointer; None, with the problem noted, when it cannot be read."""
        try:
            return read_pointer(self._store)
        except CellarError as error:
            log.warning("release: %s", error)
            problems = dict(self._live.problems) | {"release": str(error)}
            self._live, self._settled = replace(self._live, problems=problems), False
            return None

    def _described(self, pointer: Pointer, attempts: "_Attempts") -> Live:
        """The snapshot of a release before its models are open: those of before serve on."""
        release = pointer.release
        profiles = {
            released.name: attempts.get(
                f"profile {released.name}", partial(read_profile, self._store, released)
            )
            for released in release.profiles
        }
        ran = {
            name: attempts.get(f"application {name}", partial(read_application, self._store, file))
            for name, file in applications(release).items()
        }
        cards = {
            model.name: attempts.get(f"model {model.name}", partial(read_card, self._store, model))
            for model in release.models
        }
        timed = release.results.get(ENGINES)
        return Live(
            release=release,
            engine_run=attempts.get(ENGINES, partial(read_engine_run, self._store, timed))
            if timed
            else None,
            profiles=_present(profiles),
            applications=_present(ran),
            cards=_present(cards),
            models=self._live.models,
            problems=dict(attempts.problems),
            checked=now(),
        )

    def _opened(self, pointer: Pointer, attempts: "_Attempts") -> dict[str, LiveModel]:
        """For each model of a release the newest version that passes its checks."""
        models: dict[str, LiveModel] = {}
        for released in pointer.release.models:
            for version in self._versions(released, pointer.history):
                model = attempts.get(f"model {released.name}", partial(self._open, version))
                if model is not None:
                    models[released.name] = model
                    break
        return models

    def _versions(
        self, released: ReleasedModel, history: tuple[str, ...]
    ) -> Iterator[ReleasedModel]:
        """The released version, then those of the releases before it, newest first."""
        yield released
        seen = {released.version}
        for release_id in history:
            try:
                earlier = read_release(self._store, release_id).models
            except (ArtifactError, StoreError) as error:
                log.warning("release %s: %s", release_id, error)
                continue
            for model in earlier:
                if model.name == released.name and model.version not in seen:
                    seen.add(model.version)
                    yield model

    def _open(self, released: ReleasedModel) -> LiveModel:
        """The model of this version, the open one where it is already serving."""
        serving = self._live.models.get(released.name)
        if serving and serving.card.file == released.file:
            return serving
        if released.file.sha256 in self._refused:
            raise ModelRefused(self._refused[released.file.sha256][0])
        card = read_card(self._store, released)
        try:
            predictor = self._opener(read_model(self._store, released), card, cache=self._cache)
        except ModelRefused as error:
            reason = f"Version {released.version} is refused: {error}"
            self._refused[released.file.sha256] = (reason, time.monotonic())
            raise ModelRefused(reason) from error
        return LiveModel(card, FieldNames(card), predictor, _microseconds(card, predictor))

    def _forget_refusals(self) -> None:
        """Give what was refused long ago another try."""
        before = len(self._refused)
        start = time.monotonic() - REFUSED_SECONDS
        self._refused = {key: kept for key, kept in self._refused.items() if kept[1] > start}
        self._settled = self._settled and len(self._refused) == before


class _Attempts:
    """Tries the parts of a release one by one and keeps what went wrong, the first a subject.

    ``settled`` is False once the store failed: then it is worth trying again.
    """

    def __init__(self) -> None:
        self.problems: dict[str, str] = {}
        self.settled = True

    def get(self, subject: str, load: Callable[[], T]) -> T | None:
        try:
            return load()
        except (ArtifactError, StoreError, ModelRefused) as error:
            log.warning("%s: %s", subject, error)
            self.problems.setdefault(subject, str(error))
            self.settled = self.settled and not isinstance(error, StoreError)
            return None


def _present(parts: Mapping[str, T | None]) -> dict[str, T]:
    return {name: part for name, part in parts.items() if part is not None}


def _microseconds(card: ModelCard, predictor: Predictor) -> float:
    """The median time of one prediction on the golden rows, in microseconds."""
    rows = card.golden.rows
    times = []
    for turn in range(TIMED_PREDICTIONS if predictor.engine == "flat" else len(rows)):
        begin = time.perf_counter()
        predictor.predict_proba(rows[turn % len(rows)])
        times.append(time.perf_counter() - begin)
    return median(times) * 1e6
