"""What requests and pages know of the prediction log: ``services().log``.

A process begins its journal with ``start`` or its first prediction. What a parent had is not its
child's: after a fork all begins anew.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing import util
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from dashboard.forks import after_fork
from dashboard.live.snapshot import LiveModel
from dashboard.prediction_log.home import new_home
from dashboard.prediction_log.journal import Journal
from dashboard.prediction_log.model_log import ModelLog
from dashboard.prediction_log.plausibility import Shares, shares_of
from dashboard.prediction_log.records import Model
from dashboard.prediction_log.state import LogState, read_state
from store.errors import DatabaseAway
from store.prediction_log.entry import Served
from store.schema import ModelCard

if TYPE_CHECKING:
    from dashboard.prediction_log.writer import Writer
    from store.prediction_log.database import Engine

log = logging.getLogger(__name__)

MEGABYTE = 2**20
DRAIN_SECONDS = 15.0  # at an end; a host's SIGKILL follows after 30 seconds
RETRY_SECONDS = 10.0  # until a folder that could not be written is tried again
Cards = Callable[[Served], ModelCard | None]


class PredictionLog:
    """Keeps the predictions of this process; without a URL it is off and keeps nothing.

    Args:
        url: The database, as ``DATABASE_URL``.
        folder: For the journals of all processes of a server.
        spool_mb: The most that this process holds there, in MB.
        hosted: Whether the disk goes with the process: then what the database did not take
            by the end goes to standard output.
        cards: Finds the card of a model that answered, for the plausibility of its rows.
    """

    off: bool
    journal: Journal | None  # of this process, where it is begun
    _writer: "Writer | None"
    _engine: "Engine | None"
    _ends: bool
    _retry: float
    _turn: threading.Lock
    _opening: threading.Lock
    _scores: dict[Served, Shares | None]

    def __init__(
        self,
        url: str = "",
        folder: Path | None = None,
        *,
        spool_mb: float = 64,
        hosted: bool = False,
        cards: Cards = lambda _served: None,
    ) -> None:
        self.off = not url or folder is None
        self._url = url
        self._folder = folder or Path()
        self._max_bytes = int(spool_mb * MEGABYTE)
        self._hosted = hosted
        self._cards = cards
        self._models: WeakKeyDictionary[LiveModel, ModelLog] = WeakKeyDictionary()
        self._reset()
        if not self.off:
            after_fork(self.forget)

    # Requests

    def of(self, model: LiveModel) -> ModelLog:
        """What a front keeps the predictions of one model with."""
        found = self._models.get(model)
        if found is None:
            found = self._models[model] = ModelLog(self, model)
        return found

    def failed(self, kind: str) -> None:
        """Count a request for a prediction that was not answered as asked. Never raises."""
        try:
            if not self.off and (journal := self.opened()) is not None:
                journal.failed(kind)
        except Exception:
            log.exception("an error is not counted")

    def opened(self) -> Journal | None:
        """The journal of this process, begun where it is the first time; None without a disk."""
        self.start()
        if self.journal is not None and not self._ends:
            self._ends = True
            # Not in ``start``: just after a fork, a process forgets what it should do at its end.
            util.Finalize(None, self.close, exitpriority=10)
        return self.journal

    # Pages and the rest

    def start(self) -> None:
        """Begin in this process: its journal, and the thread that writes. Never raises."""
        if self.off or self.journal is not None or time.monotonic() < self._retry:
            return
        with self._turn:
            if self.journal is not None:
                return
            from dashboard.prediction_log.writer import Writer  # SQL is for servers that keep a log

            try:
                journal = Journal(new_home(self._folder), self._max_bytes)
            except OSError as error:
                self._retry = time.monotonic() + RETRY_SECONDS
                log.warning("no predictions are kept: %s", error)
                return
            self._writer = Writer(
                journal, self._folder, lambda: self.engine, self._scoring, begun=self.opened
            )
            self.journal = journal

    @property
    def engine(self) -> "Engine":
        """The database, for whoever reads.

        Raises:
            DatabaseAway: It is a file that cannot be opened, or the log is off.
            SchemaTooNew: It is a file that a newer version of this program has written.
        """
        if self.off:
            raise DatabaseAway("Predictions are not kept: LOG_PREDICTIONS is off.")
        from store.prediction_log.database import open_database
        from store.prediction_log.migrations import upgrade

        with self._opening:
            if self._engine is None:
                engine = open_database(self._url)
                if engine.dialect.name == "sqlite":  # elsewhere a release does so
                    upgrade(engine)
                self._engine = engine
            return self._engine

    def state(self) -> LogState:
        """How it is, over all workers of this server."""
        if self.off:
            return LogState()
        own, writer = self.journal, self._writer
        ours = [writer.state()] if writer is not None else []
        folders = [
            path for path in self._folder.glob("*-*") if own is None or path != own.home.folder
        ]
        return LogState.together([*ours, *map(read_state, folders)])

    def flush(self, seconds: float) -> bool:
        """Whether all that this process answered is in the database within this time."""
        return self._writer is None or self._writer.flush(seconds)

    def is_behind(self, seconds: float) -> bool:
        """Whether predictions wait for the database longer than this: ours, or those of another
        worker for which it is away.
        """
        return not self.flush(seconds) or self.state().away_since is not None

    def close(self) -> None:
        """End in this process: write what waits, for a while, then leave it to others."""
        journal, writer = self.journal, self._writer
        if journal is None or writer is None:
            return
        if not writer.stop(DRAIN_SECONDS):
            if self._hosted:
                from dashboard.prediction_log.leftovers import write_leftovers

                write_leftovers(journal, self._scoring, sys.stdout)
            else:
                log.warning("predictions wait in %s for the next start", journal.home.folder)
        journal.close()
        if self._engine is not None:
            self._engine.dispose()
        self._reset()

    def forget(self) -> None:
        """Begin anew in the child of a process: what that had stays its own."""
        if self._engine is not None:
            self._engine.dispose(close=False)
        self._reset()

    def _reset(self) -> None:
        self.journal = None
        self._writer = None
        self._engine = None
        self._ends = False
        self._retry = 0.0
        self._turn, self._opening = threading.Lock(), threading.Lock()
        self._scores: dict[Served, Shares | None] = {}

    def _scoring(self, model: Model) -> Shares | None:
        served = model.served
        if served not in self._scores and (card := self._cards(served)) is not None:
            known = card.trust.plausibility if card.trust else None
            self._scores[served] = shares_of(known) if known else None
        return self._scores.get(served)
