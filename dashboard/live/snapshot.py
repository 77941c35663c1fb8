"""What is live: one immutable snapshot of a release, with its models open."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from urllib.parse import quote

from dashboard.api.prediction import FieldNames
from dashboard.model.loader import Predictor
from store.application import Application
from store.benchmark_run import BenchmarkRun
from store.engine_run import EngineRun
from store.schema import ModelCard, Profile, Release

HASH_DIGITS = 12  # of the model file's sha256, in a header

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class LiveModel:
    """A model that passed its checks; ``microseconds`` is one prediction, measured here.

    It equals itself only, so that what is made for it can be kept as long as it lives.
    """

    card: ModelCard
    fields: FieldNames
    predictor: Predictor
    microseconds: float

    @cached_property
    def headers(self) -> Headers:
        """What an answer says of the model behind it."""
        return identity(self.card)


def identity(card: ModelCard) -> Headers:
    """The headers that say which model answered: version, and hash of the model file."""
    return (
        ("X-Model-Version", quote(card.version)),  # a header takes no line break
        ("X-Model-Hash", short_hash(card)),
    )


def short_hash(card: ModelCard) -> str:
    """The first digits of the model file's sha256: what people compare."""
    return card.file.sha256[:HASH_DIGITS]


@dataclass(frozen=True)
class Outage:
    """Why nobody knows whether what is served is still what is released, and since when.

    ``away`` is True where the store did not answer, False where its answer cannot be used.
    """

    since: datetime
    reason: str
    away: bool


@dataclass(frozen=True)
class Live:
    """A snapshot of one release; whoever holds it sees no other.

    ``problems`` says by subject what is missing and why, for people. ``since`` is when this
    process took the release up, ``confirmed`` when the store last said that it is the live one,
    and ``outage`` is there while it cannot say so.
    """

    release: Release | None = None
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    cards: Mapping[str, ModelCard] = field(default_factory=dict)
    models: Mapping[str, LiveModel] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    candidates: Mapping[str, LiveModel] = field(default_factory=dict)
    applications: Mapping[str, Application] = field(default_factory=dict)
    engine_run: EngineRun | None = None
    benchmark_runs: Mapping[str, BenchmarkRun] = field(default_factory=dict)  # oldest first
    since: datetime | None = None
    confirmed: datetime | None = None
    outage: Outage | None = None

    @property
    def default(self) -> LiveModel | None:
        """The open model that ``/predict`` asks."""
        return self.models.get(self.release.default) if self.release else None

    @property
    def stale_since(self) -> datetime | None:
        """Since when the store has not confirmed the release, None while it does."""
        return self.outage.since if self.outage else None

    @cached_property
    def headers(self) -> Headers:
        """The headers of the default model; none while no model is open."""
        return self.default.headers if self.default else ()

    def opened(self) -> Iterator[LiveModel]:
        """Every open model, those that are live before the candidates."""
        yield from self.models.values()
        yield from self.candidates.values()
