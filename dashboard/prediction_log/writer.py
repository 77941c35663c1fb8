"""The thread that moves predictions from the journal into the database.

No request waits for it. While the database is away it tries again, at ever longer intervals of up
to ten seconds, and the journal grows; what was written twice because an answer was lost on its
way is kept once.
"""

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dashboard.prediction_log.home import Home, abandoned
from dashboard.prediction_log.journal import Journal
from dashboard.prediction_log.reading import MINUTE_MS, Reader, Scoring
from dashboard.prediction_log.state import LogState, read_state, write_state
from store.errors import LogError, SchemaTooNew
from store.prediction_log.database import Engine
from store.prediction_log.entry import Entry
from store.prediction_log.writing import write

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 1.0  # a transaction has its price, however few rows it keeps
LONGEST_PAUSE = 10.0
SLOW_SECONDS = 5.0  # a write that takes longer is told as an outage
TAKEOVER_SECONDS = 10.0
LAST_TRIES = 3  # at an end, of a database that was there until then: 1, 2 and 4 seconds apart
BATCH_ROWS = 500  # of one transaction: about a millisecond of Python at a time
AWAY = "The database does not answer."
LOST = "lost"  # among the kinds of errors

Failures = Mapping[tuple[int, str], int]


class Writer:
    """Writes what the journal of this process holds, and those of processes that are gone.

    Args:
        journal: Of this process.
        root: The folder that has the journals of all processes.
        engine: Opens the database, or gives the one that is open. Raises LogError.
        scoring: Says how far out the rows of a model lie, where its card knows.
        begun: Called in every round, the first a second after the start.
    """

    def __init__(
        self,
        journal: Journal,
        root: Path,
        engine: Callable[[], Engine],
        scoring: Scoring,
        begun: Callable[[], object],
    ) -> None:
        self._journal = journal
        self._root = root
        self._engine = engine
        self._scoring = scoring
        self._begun = begun
        self._reader: Reader | None = None
        self._taken: list[Home] = []
        self._next_takeover = 0.0
        self._told_lost = 0
        self._refused = 0
        self._inherited = 0
        self._began: float | None = None  # to write, on the monotonic clock
        self._away: datetime | None = None
        self._reason: str | None = None
        self._told = LogState()
        self._wake, self._over = threading.Event(), threading.Event()
        self._waiting: deque[threading.Event] = deque()
        self._thread = threading.Thread(target=self._run, name="prediction-log", daemon=True)
        self._thread.start()

    # What others ask

    def state(self) -> LogState:
        """How it is for this process."""
        rows, size = self._journal.waiting()
        away, reason, began = self._away, self._reason, self._began
        if away is None and began is not None and time.monotonic() - began > SLOW_SECONDS:
            away = datetime.now(UTC) - timedelta(seconds=time.monotonic() - began)
            reason = AWAY
        return LogState(rows, size, self._lost, away, reason)

    def flush(self, seconds: float) -> bool:
        """Write now; whether all that was answered before is in the database within this time."""
        done = threading.Event()
        self._waiting.append(done)
        self._wake.set()
        return done.wait(seconds) and self._journal.oldest() is None

    def stop(self, seconds: float) -> bool:
        """Write what there is, for so long, and end; whether all of it is in the database."""
        self._over.set()
        self._wake.set()
        self._thread.join(seconds)
        return not self._thread.is_alive() and self._journal.oldest() is None

    # The thread

    def _run(self) -> None:
        failures, pause = 0, INTERVAL_SECONDS
        while True:
            if self._wake.wait(pause):
                self._wake.clear()
            ends = self._over.is_set()  # before the round, which then sees all there is
            self._begun()
            waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]
            failures = 0 if self._round() else failures + 1
            pause = min(INTERVAL_SECONDS * 2**failures, LONGEST_PAUSE)
            for done in waiting:
                done.set()
            if (
                ends and not 0 < failures <= LAST_TRIES
            ):  # away for longer: that is waited for in vain
                return

    def _round(self) -> bool:
        """Write all there is; whether the database took it."""
        try:
            self._take_over()
            self._drain()
            self._away = self._reason = None
        except LogError as error:
            self._away_now(str(error), str(error) if isinstance(error, SchemaTooNew) else AWAY)
        except Exception as error:  # a writer that dies would let the journal fill up for ever
            log.exception("predictions could not be written")
            self._away_now(str(error), "Predictions cannot be written at the moment.")
        if (state := self.state()) != self._told:
            self._told = state
            write_state(self._journal.home.folder, state)
        return self._away is None

    def _away_now(self, reason: str, told: str) -> None:
        if self._away is None:
            log.warning("%s Predictions wait in %s.", reason, self._journal.home.folder)
            self._away = datetime.now(UTC)
        self._reason = told

    def _drain(self) -> None:
        """Write batch after batch. Raises LogError."""
        while (segment := self._journal.oldest()) is not None:
            if self._reader is None or self._reader.segment is not segment:
                self._reader = Reader(segment, self._scoring)
            batch = self._reader.batch(BATCH_ROWS)
            if batch.broken:
                log.warning("the rest of journal %s is unreadable: %s", segment.path, batch.broken)
            self._write(batch.entries, batch.failures)
            self._journal.done(segment, batch.position, len(batch.entries))
        for home in [home for home in self._taken if home.is_read]:
            self._taken.remove(home)
            home.leave()

    def _write(self, entries: Sequence[Entry], failures: Failures) -> None:
        """One transaction; where a value is refused, one for each prediction. Raises LogError."""
        lost = self._lost
        if lost > self._told_lost:
            minute = time.time_ns() // 1_000_000 // MINUTE_MS * MINUTE_MS
            failures = Counter(failures) + Counter({(minute, LOST): lost - self._told_lost})
        self._began = time.monotonic()
        try:
            engine = self._engine()
            try:
                write(engine, entries, failures)
            except LogError:
                raise
            except Exception:
                write(engine, [], failures)
                for entry in entries:
                    self._write_alone(engine, entry)
        finally:
            self._began = None
        self._told_lost = lost

    def _write_alone(self, engine: Engine, entry: Entry) -> None:
        try:
            write(engine, [entry])
        except LogError:
            raise
        except Exception as error:
            log.warning("a prediction is refused by the database: %s", type(error).__name__)
            self._refused += 1

    @property
    def _lost(self) -> int:
        return self._journal.lost + self._refused + self._inherited

    def _take_over(self) -> None:
        """Look now and then for journals of processes that are gone."""
        if time.monotonic() < self._next_takeover:
            return
        self._next_takeover = time.monotonic() + TAKEOVER_SECONDS
        for home in abandoned(self._root):
            lost = read_state(home.folder).lost
            self._inherited += lost
            self._told_lost += lost  # the database knows of them, or would if it had been there
            self._journal.take_over(home)
            self._taken.append(home)
            log.info("the journal of %s is taken over", home.folder.name)
