"""Any version of a model that the store's releases name, opened when it is asked for.

It goes the way of every model: pinned by a release, which is signed where keys are set; size and
hash checked; opened in a child without rights. One at a time, and the last one stays open.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Protocol

from dashboard.live.assembly import Assembly, Opener
from dashboard.live.snapshot import LiveModel
from dashboard.model.loader import open_model
from store.artifacts import ArtifactStore
from store.errors import NotFound, StoreUnavailable
from store.releases import read_card, read_signed_pointer, read_signed_release
from store.schema import ModelCard, Release, ReleasedModel

WAIT_SECONDS = 10.0  # for another version that is being opened


class Wanted(Protocol):
    """What an answer says of the model behind it; ``hash`` begins the sha256 of its file."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def hash(self) -> str: ...


class Registry:
    """The versions in a store.

    Args:
        store: Where the releases are.
        cache: Folder for models that passed their checks, or None.
        public_keys: Who may sign releases; without any, a release needs no signature.
        opener: Checks and opens a model file.
    """

    def __init__(
        self,
        store: ArtifactStore,
        *,
        cache: Path | None,
        public_keys: tuple[str, ...] = (),
        opener: Opener = open_model,
    ) -> None:
        self._store = store
        self._public_keys = public_keys
        self._assembly = Assembly(opener, cache, public_keys)
        self._turn = Lock()
        self._last: LiveModel | None = None

    @contextmanager
    def model(self, wanted: Wanted) -> Iterator[LiveModel]:
        """A version, open for as long as the caller needs it.

        Raises:
            NotFound: No release names it, with this hash.
            ModelRefused: It fails its checks.
            ArtifactError: Something in the store is not what a release promises.
            StoreError: The store failed; StoreUnavailable also while another version is opened.
        """
        if not self._turn.acquire(timeout=WAIT_SECONDS):
            raise StoreUnavailable("Another version is being opened. Try again in a moment.")
        try:
            if self._last is None or not is_wanted(self._last.card, wanted):
                opened = self._assembly.open_version(self._find(wanted), self._store)
                if self._last is not None:
                    self._last.predictor.close()
                self._last = opened
            yield self._last
        finally:
            self._turn.release()

    def card(self, wanted: Wanted) -> ModelCard:
        """The card of a version; the model stays closed. Raises as ``model`` does."""
        return read_card(self._store, self._find(wanted))

    def _find(self, wanted: Wanted) -> ReleasedModel:
        for release in self._releases():
            for model in (*release.models, *release.candidates):
                if (model.name, model.version) != (wanted.name, wanted.version):
                    continue
                if model.file.sha256.startswith(wanted.hash):
                    return model
        raise NotFound("No release in the registry names this version of the model.")

    def _releases(self) -> Iterator[Release]:
        """The live release, then those before it, newest first, as far as they are there."""
        found = read_signed_pointer(self._store, self._public_keys)
        assert found is not None  # as no tag was given
        yield found[0].release
        for release_id in found[0].history:
            with suppress(NotFound):
                yield read_signed_release(self._store, release_id, self._public_keys)


def is_wanted(card: ModelCard, wanted: Wanted) -> bool:
    """Whether the card is that of the model behind an answer."""
    same = (card.name, card.version) == (wanted.name, wanted.version)
    return same and card.file.sha256.startswith(wanted.hash)
