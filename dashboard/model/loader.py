"""The way in for a model: its bytes and its card become a ``Predictor``, or ``ModelRefused``.

Nothing is unpickled here. The bytes are checked against the card, then a child process opens
them once (``opener``) and hands back plain data. Where no exact plain form exists, the child
stays and answers over a pipe, with scikit-learn itself.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dashboard.model.cache import Entry
from dashboard.model.child import Child, ChildFailed
from dashboard.model.flat import FlatModel
from dashboard.model.predictor import FlatPredictor, Predictor, ServedPredictor
from dashboard.model.versions import made_with
from store.errors import CannotOpen, ModelRefused
from store.releases import MAX_MODEL_BYTES
from store.schema import ModelCard, StoredFile, encode

__all__ = ["FlatPredictor", "Predictor", "ServedPredictor", "open_model"]

OPEN_SECONDS = 120.0  # importing scikit-learn alone takes 5 s, and 30 s on a crowded machine
RTOL, ATOL = 1e-9, 1e-12  # matrix products differ that much between processors


def open_model(
    data: bytes,
    card: ModelCard,
    *,
    cache: Path | None = None,
    signed: bool = False,
    flat: bytes | None = None,
) -> Predictor:
    """Open a model file that its card describes.

    Args:
        data: The model file, as ``store.releases.read_model`` gives it.
        card: Its card.
        cache: A folder of this program's own for verified flat models. Without one, every call
            starts a child process, which takes seconds.
        signed: Whether the release carries a signature that is trusted here. Then families open
            for which there is no structural check; all other checks stay.
        flat: The bytes of ``flat.json``, if the release has it. It answers where the model file
            was made for other versions than those here, never where the file is hostile.

    Raises:
        CannotOpen: It was made for other versions, and there is no flat form.
        ModelRefused: A check failed; one sentence says which.
    """
    _check_file(data, card.file, "model file")
    try:
        return _ModelFile(data, card, signed).open(cache)
    except CannotOpen as error:
        if flat is None:
            raise
        return _instead(flat, card, error)


def _instead(flat: bytes, card: ModelCard, error: CannotOpen) -> Predictor:
    """The flat form that was published with a model file that does not open here."""
    if card.flat is None:
        raise ModelRefused("The flat form is not the card's. Publish it again.") from error
    _check_file(flat, card.flat, "flat form")
    predictor = _ModelFile(flat, card, signed=False).open(cache=None)
    if not isinstance(predictor, FlatPredictor):
        predictor.close()
        raise ModelRefused("What should be its flat form is none. Publish it again.") from error
    predictor.notice = (
        f"The model file does not open here, where other versions are: {made_with(card.software)}. "
        "The flat form published with it answers instead, and all "
        f"{len(card.golden.rows)} golden rows come out right. ({error})"
    )
    return predictor


def _check_file(data: bytes, pinned: StoredFile, what: str) -> None:
    """Refuse bytes that are not those the card pins."""
    if len(data) > MAX_MODEL_BYTES:
        raise ModelRefused(
            f"The {what} has {len(data):,} bytes; at most {MAX_MODEL_BYTES:,} are opened."
        )
    if len(data) != pinned.bytes:
        raise ModelRefused(
            f"The {what} has {len(data):,} bytes where its card promises {pinned.bytes:,}. "
            "Publish model and card together."
        )
    if (found := hashlib.sha256(data).hexdigest()) != pinned.sha256:
        raise ModelRefused(
            f"The {what} has sha256 {found[:12]}... where its card promises "
            f"{pinned.sha256[:12]}...: it was changed after publishing. Publish it again."
        )


@dataclass(frozen=True)
class _ModelFile:
    """Bytes that are those of the card, and how far they are trusted."""

    data: bytes
    card: ModelCard
    signed: bool

    @property
    def notice(self) -> str | None:
        """What there is to say about its versions once it opened."""
        if not (versions := made_with(self.card.software)):
            return None
        return (
            f"The model was made with other versions: {versions}. All "
            f"{len(self.card.golden.rows)} golden rows come out as they did there."
        )

    def open(self, cache: Path | None) -> FlatPredictor | ServedPredictor:
        """A predictor, from the cache if it can be had there. Raises ModelRefused."""
        if cache is None:
            return self._opened()
        described = encode(self.card) + (b"signed" if self.signed else b"")
        entry = Entry.of(cache, model_sha256=self.card.file.sha256, card=described)
        if (model := entry.read()) and is_golden(model, self.card):
            return FlatPredictor(model, self.notice)
        with entry.locked():
            if (model := entry.read()) and is_golden(model, self.card):  # another was quicker
                return FlatPredictor(model, self.notice)
            predictor = self._opened()
            if isinstance(predictor, FlatPredictor):
                entry.write(predictor.model)
            return predictor

    def _opened(self) -> FlatPredictor | ServedPredictor:
        child, answer = self.open_in_child()
        if "served_by" in answer:
            served = ServedPredictor(
                self.card, lambda: self.open_in_child()[0], child, str(answer.get("reason"))
            )
            served.notice = self.notice
            return served
        child.close()
        model = FlatModel.from_data(answer["flat"])
        if not is_golden(model, self.card):
            raise ModelRefused("The flat model answers differently from its card on golden rows.")
        return FlatPredictor(model, self.notice)

    def open_in_child(self) -> tuple[Child, dict[str, Any]]:
        """A child that opened the model, and its answer: "flat" or "served_by"."""
        options = json.dumps({"signed": self.signed}).encode()
        child = Child()
        try:
            answer = child.ask(self.data, encode(self.card), options, seconds=OPEN_SECONDS)
        except ChildFailed as error:
            raise ModelRefused(
                f"The process that opened the model {error}. Do not use this file; publish it "
                "again."
            ) from error
        if "flat" in answer or "served_by" in answer:
            return child, answer
        child.close()
        kind = CannotOpen if answer.get("versions") else ModelRefused
        raise kind(str(answer.get("refused", "The process that opened the model gave none.")))


def is_golden(model: FlatModel, card: ModelCard) -> bool:
    """Whether a flat model answers the golden rows as its card promises."""
    if model.n_features != len(card.features) or model.n_classes != card.outputs:
        return False
    found = model.predict_proba_rows(card.golden.rows)
    return np.allclose(found, card.golden.probabilities, rtol=RTOL, atol=ATOL)
