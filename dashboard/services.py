"""What a page may ask for: the only door from a page or the API to data."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal, cast

from flask import current_app

from dashboard.evidence import Evidence
from dashboard.live.snapshot import Live, LiveModel
from dashboard.monitoring.server import Server
from dashboard.prediction_log.recorder import PredictionLog
from dashboard.receipts.desk import Receipts
from dashboard.settings import REPOSITORY
from store.application import Application
from store.benchmark_run import BenchmarkRun
from store.engine_run import EngineRun
from store.published import Published, read_published
from store.schema import ModelCard, Profile

if TYPE_CHECKING:
    from dashboard.keeper import Keeper

EXTENSION = "cellar-lab"
Alias = Literal["live", "candidate"]


@dataclass(frozen=True)
class Services:
    """The live snapshot, looked at in the ways that pages need.

    Args:
        live: The snapshot as it is now; never waits.
        ready: The snapshot once models are open; may wait at a server's first seconds.
        source_url: Where the source code is, or "".
        evidence: Recomputes figures from the rows of a profile, where they are on this server.
        log: Keeps predictions; off where nobody says where.
        server: The processes that answer, for whoever looks after them.
        keeper: Carries the drift tests on and deletes what is too old; None where nothing is kept.
        receipts: Signs and checks; with a key for this process alone where nobody gives one.
    """

    live: Callable[[], Live]
    ready: Callable[[], Live]
    source_url: str = ""
    evidence: Evidence = field(default_factory=lambda: Evidence(REPOSITORY))
    log: PredictionLog = field(default_factory=PredictionLog)
    server: Server = field(default_factory=Server)
    keeper: "Keeper | None" = None
    receipts: Receipts = field(default_factory=Receipts)

    def start(self) -> None:
        """Begin in this process what runs beside requests, which a server does after its forks."""
        self.live()
        self.log.start()
        if self.keeper is not None:
            self.keeper.start()

    def default(self) -> str:
        """The name of the model and profile that pages show when nothing else is asked."""
        release = self.live().release
        return release.default if release else ""

    def profile(self, name: str | None = None) -> Profile | None:
        """The profile of this name, the default one without a name, or None."""
        return self.live().profiles.get(name or self.default())

    def application(self, name: str | None = None) -> Application | None:
        """What Spark did under this name; without one for the default profile, else the first."""
        found = self.live().applications
        first = next(iter(found), "")
        return found.get(name or (self.default() if self.default() in found else first))

    def engine_run(self) -> EngineRun | None:
        """The timings of one aggregation on many engines, or None."""
        return self.live().engine_run

    def benchmark_run(self, run_id: str | None = None) -> BenchmarkRun | None:
        """A machine's training times: those of this run, else of the newest one, or None."""
        runs = self.live().benchmark_runs
        return runs.get(run_id or "") or (runs[max(runs)] if runs else None)

    def published(self) -> Published:
        """The timings and prices of others that come with the program."""
        return _published()

    def card(self, name: str | None = None) -> ModelCard | None:
        """The card of the model that serves under this name; of the released one until then."""
        live = self.live()
        name = name or self.default()
        model = live.models.get(name)
        return model.card if model else live.cards.get(name)

    def model(
        self, name: str | None = None, *, wait: bool = False, alias: Alias = "live"
    ) -> LiveModel | None:
        """The open model of this name or the default one, or its candidate.

        ``wait`` gives a start its time.
        """
        live = self.ready() if wait else self.live()
        models = live.candidates if alias == "candidate" else live.models
        return models.get(name or self.default())

    def problem(self, subject: str) -> str | None:
        """Why ``release``, or a profile, application, model or benchmark is missing, or None."""
        problems = self.live().problems
        return problems.get(subject) or problems.get("release")


@cache
def _published() -> Published:
    return read_published(REPOSITORY / "data" / "published")


def services() -> Services:
    """The services of the app that handles the current request."""
    return cast(Services, current_app.extensions[EXTENSION])
