"""Where receipts are issued and checked: what the pages, the API and the command line ask."""

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

from dashboard.live.snapshot import LiveModel
from dashboard.receipts.keys import Secret, fresh
from dashboard.receipts.receipt import Receipt, check_signature, signed
from dashboard.receipts.registry import Registry, Wanted, is_wanted
from dashboard.receipts.replay import Replay, replay
from dashboard.receipts.signing import Signer
from store.errors import ArtifactError, ModelRefused, NoRelease, NotFound, NotSigned, StoreError
from store.prediction_log.entry import Entry
from store.prediction_log.ids import id_text, moment
from store.schema import ModelCard

CHANGED = "The receipt was changed after it was signed, or was never signed."
OTHER_KEY = "The receipt is signed with another key than this one."
GONE = "The registry no longer has this version of the model, so its answer cannot be replayed."
REFUSED = "The model of this version does not pass its checks here, so it is not asked."
DIFFERS = "The signature holds, but the model answers otherwise here."
HOLDS = "The signature holds, and the replayed answer is equal to the last bit."


class Verdict(NamedTuple):
    """What became of a check; ``replay`` is None where the model was not asked."""

    signed: bool
    replay: Replay | None
    reason: str

    @property
    def verified(self) -> bool:
        """Whether the signature holds and the replayed answer is equal to the last bit."""
        return self.signed and self.replay is not None and self.replay.equal


class Receipts:
    """Signs with one key, and trusts it alone.

    Args:
        secret: What the key is made from; a new one for this process without it.
        registry: Where the models are that are not live any more; only live ones without it.
    """

    def __init__(self, secret: Secret | None = None, registry: Registry | None = None) -> None:
        secret = secret or fresh()
        self.signer = Signer(secret.text)
        self.lasting = secret.lasting
        self.registry = registry

    def issue(self, entry: Entry) -> Receipt:
        """The receipt of a kept prediction."""
        return signed(
            self.signer,
            {
                "id": id_text(entry.id),
                "time": f"{moment(entry.id):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
                "source": entry.source.name.lower(),
                "inputs": json.loads(entry.features),
                "answer": entry.answer,
                "probabilities": json.loads(entry.outputs or "{}"),
                "model": entry.served._asdict(),
                "microseconds": entry.microseconds,
            },
        )

    def card(self, wanted: Wanted, live: Iterable[LiveModel]) -> ModelCard | None:
        """The card of the model behind an answer; None where it cannot be had any more, or now."""
        for model in live:
            if is_wanted(model.card, wanted):
                return model.card
        try:
            return self.registry.card(wanted) if self.registry else None
        except (ArtifactError, StoreError):
            return None

    def verdict(self, receipt: Receipt, live: Iterable[LiveModel]) -> Verdict:
        """Check a receipt: the signature first, and only then is a model asked.

        Raises StoreError where the registry cannot be asked at the moment.
        """
        return verdict(receipt, self.signer.public, live, self.registry)


def verdict(
    receipt: Receipt, trusted: str, live: Iterable[LiveModel], registry: Registry | None
) -> Verdict:
    """Check a receipt against one public key and the models at hand. Raises StoreError."""
    try:
        check_signature(receipt)
    except NotSigned:
        return Verdict(signed=False, replay=None, reason=CHANGED)
    if receipt.key != trusted:
        return Verdict(signed=False, replay=None, reason=OTHER_KEY)
    try:
        with _model(receipt.model, live, registry) as model:
            done = replay(receipt, model)
    except (NotFound, NoRelease):
        return Verdict(signed=True, replay=None, reason=GONE)
    except (ArtifactError, ModelRefused):
        return Verdict(signed=True, replay=None, reason=REFUSED)
    return Verdict(signed=True, replay=done, reason=HOLDS if done.equal else DIFFERS)


def _model(
    wanted: Wanted, live: Iterable[LiveModel], registry: Registry | None
) -> AbstractContextManager[LiveModel]:
    """The model behind an answer: the live one, or that of the registry."""
    for model in live:
        if is_wanted(model.card, wanted):
            return nullcontext(model)
    if registry is None:
        raise NotFound("There is no registry to look into.")
    return registry.model(wanted)
