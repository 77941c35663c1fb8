"""Keeps the prediction log in order, in a thread of one of a server's processes.

Every ten seconds or so it carries the drift tests of the models on that are open. Of several
servers with one database the first folds what is new, the others find nothing to do. Every hour it
deletes what is too old. Requests go first: between any two thousand rows it rests.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from dashboard.drift.baseline import Baseline, baseline, reference_profile
from dashboard.drift.stream import Group, Stream, advance
from dashboard.forks import after_fork
from dashboard.live.polling import pause
from dashboard.live.snapshot import Live
from store.errors import CellarError
from store.prediction_log.database import Engine
from store.prediction_log.forgetting import forget_before
from store.schema import ModelCard, Profile, now

log = logging.getLogger(__name__)

TURN_SECONDS = 10.0
SETTLED = timedelta(seconds=10)  # by then a prediction is in the database, while that is there
RETENTION_SECONDS = 3600.0
REST = 9.0  # times as long as was worked: a tenth of a processor, some thousand rows a second


class Keeper:
    """Folds the drift tests and deletes old predictions.

    ``start`` begins it in the process that calls, after a server has forked its workers; it may be
    called again.

    Args:
        engine: The database of the prediction log, as this process uses it.
        live: The models that are live now; never waits.
        retention_days: After how many days predictions are deleted; 0 keeps all.
        is_waiting: Whether predictions of this server wait for the database. Their ids are older
            than those that are written meanwhile, so nothing is folded until they are in.
        leads: Whether it is this process's to keep order; asked in every turn.
        seconds: How often it looks.
    """

    def __init__(
        self,
        engine: Callable[[], Engine],
        live: Callable[[], Live],
        *,
        retention_days: float,
        is_waiting: Callable[[], bool] = lambda: False,
        leads: Callable[[], bool] = lambda: True,
        seconds: float = TURN_SECONDS,
    ) -> None:
        self._engine = engine
        self._live = live
        self._retention_days = retention_days
        self._is_waiting = is_waiting
        self._leads = leads
        self._seconds = seconds
        self._baselines: dict[str, tuple[ModelCard, Profile | None, Baseline]] = {}
        self._deletes = 0.0  # when old predictions are deleted next, by the monotonic clock
        self._worked = 0.0  # processor seconds of its thread at the last rest
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        after_fork(self._forget)

    def start(self) -> None:
        """Begin in this process, once."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)
                self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Do no more, once what is being done is done; wait for that so many seconds."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def turn(self, moment: datetime) -> int:
        """Fold what was predicted until shortly before a moment, and delete what is due.

        Returns:
            How many predictions this process folded.

        Raises:
            DatabaseAway: The database does not answer.
        """
        engine = self._engine()
        folded = 0 if self._is_waiting() else self._fold(engine, moment - SETTLED)
        if self._retention_days and time.monotonic() >= self._deletes:
            self._deletes = time.monotonic() + pause(RETENTION_SECONDS, 0)
            if deleted := forget_before(engine, moment - timedelta(days=self._retention_days)):
                log.info("%d predictions older than the log keeps are deleted", deleted)
        return folded

    def _fold(self, engine: Engine, until: datetime) -> int:
        live = self._live()
        folded = 0
        self._worked = time.thread_time()
        for card in [model.card for model in live.opened()]:
            known = self._baseline(card, reference_profile(card, live))
            for group in Group:
                stream = Stream(card.name, card.version, group)
                folded += advance(engine, stream, known, until, self._rested)
        return folded

    def _rested(self) -> bool:
        """Rest from the work since the last time; whether it is over."""
        is_over = self._over.wait(REST * (time.thread_time() - self._worked))
        self._worked = time.thread_time()
        return is_over

    def _baseline(self, card: ModelCard, profile: Profile | None) -> Baseline:
        """What a model's stream is compared with, made once."""
        key = f"{card.name} {card.version}"
        kept = self._baselines.get(key)
        if kept is None or kept[0] is not card or kept[1] is not profile:
            kept = self._baselines[key] = (card, profile, baseline(card, profile))
        return kept[2]

    def _forget(self) -> None:
        """In a child: the thread stayed with the other process."""
        self._starting = threading.Lock()
        self._thread = None

    def _keep(self) -> None:
        failures = 0
        while not self._over.wait(pause(self._seconds, failures)):
            try:
                if self._leads():
                    self.turn(now())
                failures = 0
            except CellarError as error:
                failures += 1
                log.warning("the prediction log could not be kept in order: %s", error)
            except Exception:  # a keeper that dies would leave a drift unseen for ever
                failures += 1
                log.exception("the prediction log could not be kept in order")
