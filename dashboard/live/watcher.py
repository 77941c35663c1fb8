"""Keeps what is live up to date: watches the pointer, loads beside, flips one snapshot.

While the store is away, what was loaded serves on, from this machine's disk also right after a
start where the store is remote (``dashboard.live.mirror``). No request ever waits for the store,
but for those that come before the first model of a process is open.
"""

import logging
import math
import threading
import time
from dataclasses import replace
from pathlib import Path

from dashboard.forks import after_fork
from dashboard.live.assembly import Assembly, Attempts, Opener
from dashboard.live.mirror import MirroredStore
from dashboard.live.polling import pause
from dashboard.live.retirement import Retired
from dashboard.live.snapshot import Live, Outage
from dashboard.model.loader import open_model
from store.artifacts import ArtifactStore
from store.errors import CellarError, StoreError
from store.releases import read_signed_pointer
from store.schema import Pointer, now

log = logging.getLogger(__name__)

FIRST_LOAD_SECONDS = 25.0  # below the 30 s after which a hosting router gives up
MEND_SECONDS = 120.0  # until an object that is missing or broken is asked for again


class LiveRelease:
    """Loads what the store's pointer names, again when the pointer moves.

    Models are opened in a thread of the process that serves: ``start`` begins it there, after a
    server has forked its workers, and may be called again.

    Args:
        store: Where the releases are.
        cache: Folder for models that passed, or None.
        poll_seconds: How often to look at the pointer; 0 never looks again.
        public_keys: Who may sign releases; without any, a release needs no signature.
        opener: Checks and opens a model file.
    """

    def __init__(
        self,
        store: ArtifactStore,
        *,
        cache: Path | None,
        poll_seconds: float,
        public_keys: tuple[str, ...] = (),
        opener: Opener = open_model,
    ) -> None:
        self._store = store
        self._mirror = store if isinstance(store, MirroredStore) else None
        self._poll_seconds = poll_seconds
        self._public_keys = public_keys
        self._assembly = Assembly(opener, cache, public_keys)
        self._live = Live()
        self._pointer: Pointer | None = None
        self._tag: str | None = None
        self._kept: str | None = None  # the last release that was good in every part, or the first
        self._due = 0.0  # when to load what is pointed to again; never while it is whole
        self._retired = Retired()
        self._loaded = threading.Event()
        self._over = threading.Event()
        self._starting = threading.Lock()
        self._watches = False
        after_fork(self._forget)

    @property
    def live(self) -> Live:
        """What is live now; starts nothing."""
        return self._live

    def snapshot(self) -> Live:
        """What is live now; never waits."""
        if not self._watches:
            self.start()
        return self._live

    def ready(self) -> Live:
        """What is live once the models were opened for the first time, or after a while."""
        self.start()
        self._loaded.wait(FIRST_LOAD_SECONDS)
        return self._live

    def start(self) -> None:
        """Begin to load and watch in this process, once."""
        if self._watches:
            return
        with self._starting:
            if not self._watches:
                self._watches = True
                threading.Thread(target=self._watch, name="release-watcher", daemon=True).start()

    def stop(self) -> None:
        """Watch no more; what is live stays so."""
        self._over.set()

    def read(self) -> None:
        """Read pointer, profiles and cards, which is quick; open no model."""
        store = self._store
        if self._recall() and self._mirror:
            store = self._mirror.copies
        else:
            self._look()
        if self._pointer is not None:
            self._live = self._assembly.described(self._pointer, store, self._live, Attempts())

    def restore(self) -> None:
        """Serve the last good release from this machine's disk; the store is not asked."""
        if self._recall() and self._mirror and self._pointer:
            self._load(self._pointer, self._mirror.copies)

    def refresh(self) -> bool:
        """Look at the pointer and, when it moved or something failed, load beside and flip.

        Returns:
            Whether the store answered, be it with something that cannot be used.
        """
        self._retired.close()
        if not self._look() or self._pointer is None:
            return not (self._live.outage and self._live.outage.away)
        if self._assembly.forget_refusals():
            self._due = 0.0
        if self._live.release == self._pointer.release and time.monotonic() < self._due:
            self._live = self._confirmed(self._live)
            return True
        return self._load(self._pointer, self._store)

    def _forget(self) -> None:
        """In a child: the thread stayed with the other process."""
        self._starting = threading.Lock()
        self._watches = False

    def _watch(self) -> None:
        failures = 0
        while True:
            try:
                if not self._loaded.is_set():
                    self.restore()
                    if self._live.models:
                        self._loaded.set()
                failures = 0 if self.refresh() else failures + 1
            except Exception:  # a watcher that dies would freeze the release for ever
                log.exception("the release could not be refreshed")
                failures += 1
            self._loaded.set()
            if not self._poll_seconds:
                return
            if self._over.wait(pause(self._poll_seconds, failures)):
                return

    def _look(self) -> bool:
        """Ask the store for the pointer; whether it gave one that may be followed."""
        try:
            found = read_signed_pointer(self._store, self._public_keys, unless=self._tag)
        except CellarError as error:
            log.warning("release: %s", error)
            self._unconfirmed(str(error), away=isinstance(error, StoreError))
            return False
        if found is not None:
            self._pointer, self._tag = found
        return True

    def _recall(self) -> bool:
        """Take up the last good pointer that this machine has on disk, at a start."""
        if self._mirror is None or self._live.models or self._tag is not None:
            return False
        try:
            found = read_signed_pointer(self._mirror.copies, self._public_keys)
        except CellarError:
            return False
        if found is not None:
            self._pointer = found[0]
            self._kept = found[0].release.id
            self._live = replace(self._live, confirmed=self._mirror.confirmed())
        return found is not None

    def _load(self, pointer: Pointer, store: ArtifactStore) -> bool:
        """Load a release beside the live one and flip to it.

        Where the store fails in the middle, a whole release that is live stays so.

        Returns:
            Whether the store answered.
        """
        before, attempts = self._live, Attempts()
        described = self._assembly.described(pointer, store, before, attempts)
        if not before.models:  # show at once what needs no model
            self._live = described
        loaded = self._assembly.opened(described, pointer, store, attempts)
        moves = before.release != pointer.release
        if attempts.unavailable and moves and before.models:
            reason = next(iter(attempts.problems.values()))
            self._unconfirmed(f"Release {pointer.release.id} cannot be read: {reason}", away=True)
            return False
        since = now() if moves or before.since is None else before.since
        loaded = replace(loaded, since=since)
        if store is self._store:
            good = not attempts.problems or not (self._kept or attempts.unavailable)
            if self._mirror and good:
                self._mirror.keep(pointer)
                self._kept = pointer.release.id
            loaded = self._confirmed(loaded)
        self._live = loaded
        self._due = math.inf if attempts.settled else time.monotonic() + MEND_SECONDS
        if attempts.unavailable:
            self._due = 0.0
        self._retired.add(before, self._live)
        log.info("release %s is live: %s", pointer.release.id, _versions(loaded))
        return not attempts.unavailable

    def _confirmed(self, live: Live) -> Live:
        """The snapshot, now that the store says that it is of what is released."""
        if self._mirror and live.release and live.release.id == self._kept:
            self._mirror.confirm()
        problems = {name: why for name, why in live.problems.items() if name != "release"}
        return replace(live, problems=problems, confirmed=now(), outage=None)

    def _unconfirmed(self, reason: str, *, away: bool) -> None:
        """The store does not say so; since when, the snapshot tells."""
        since = self._live.outage.since if self._live.outage else now()
        problems = {**self._live.problems, "release": reason}
        self._live = replace(self._live, problems=problems, outage=Outage(since, reason, away))


def _versions(live: Live) -> str:
    return ", ".join(f"{name} {model.card.version}" for name, model in live.models.items())
