"""What a receipt says, and how one is read.

    {"answer": "2", "code": "9f2c01b6a7de", "format": "cellar-lab receipt 1", "id": "0193...",
     "inputs": {"alcohol": 13.05, ...}, "key": "<base64>", "microseconds": 212,
     "model": {"engine": "flat", "hash": "670f08c463f6", "name": "wine", "version": "..."},
     "probabilities": {"Barolo": 0.014, ...}, "signature": "<base64>", "source": "page",
     "time": "2026-11-29T20:41:07.311Z"}

``answer`` is the predicted class as text, or the number of a model without classes, which has no
``probabilities``. The time is that of the answer. ``code`` is the digest of the program that issued
the receipt, and ``key`` its public key. The signature is over all the rest.
"""

import hashlib
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dashboard.receipts.canonical import canonical, parsed
from dashboard.receipts.signing import Signer, check
from dashboard.settings import REPOSITORY
from store.errors import InputError

FORMAT = "cellar-lab receipt 1"
CODE = ("dashboard", "store")  # what answers
CODE_DIGITS = 12

Text = Annotated[str, Field(max_length=1_000)]
Share = Annotated[float, Field(ge=0, le=1)]
Number = Annotated[float, Field(ge=-1e30, le=1e30)]  # dashboard.api.rows.LARGEST


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class AnsweredBy(_Part):
    """The model behind an answer; ``hash`` is the start of its file's sha256."""

    name: Text
    version: Text
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    engine: Literal["flat", "scikit-learn"]


class Receipt(_Part):
    """A receipt as it is handed out."""

    format: Literal["cellar-lab receipt 1"]
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    time: Annotated[str, Field(max_length=40)]
    source: Literal["page", "api", "batch"]
    inputs: Annotated[dict[str, Number | Text], Field(max_length=10_000)]
    answer: Text
    probabilities: Annotated[dict[str, Share], Field(max_length=10_000)]
    model: AnsweredBy
    code: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    microseconds: Annotated[int, Field(ge=0, le=2**53 - 1)]
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]
    signature: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{86}==$")]

    def data(self) -> dict[str, Any]:
        """It as JSON."""
        return self.model_dump(mode="json")


def signed(signer: Signer, said: dict[str, Any]) -> Receipt:
    """A receipt of what is said: all of ``Receipt`` but format, code, key and signature."""
    whole = {**said, "format": FORMAT, "code": code(), "key": signer.public}
    signature = signer.sign(canonical(whole))
    return Receipt.model_validate({**whole, "signature": signature})


def read(data: bytes) -> Receipt:
    """The receipt in JSON, unchecked. Raises InputError, which repeats nothing of it."""
    try:
        return Receipt.model_validate(parsed(data))
    except ValidationError as error:
        raise InputError("This is no receipt of this format.") from error


def check_signature(receipt: Receipt) -> None:
    """Check that it is as the holder of its own key signed it. Raises NotSigned."""
    whole = receipt.data()
    signature = whole.pop("signature")
    check(receipt.key, canonical(whole), signature)


@cache
def code() -> str:
    """The digest of the source files that answer, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(path for part in CODE for path in (REPOSITORY / part).rglob("*.py")):
        digest.update(str(path.relative_to(REPOSITORY)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:CODE_DIGITS]
