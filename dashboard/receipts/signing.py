"""Ed25519 (RFC 8032) over the canonical bytes of a receipt, behind a prefix of its own.

So no signature over something else, such as a release, can be taken for one of a receipt.
"""

import base64
import binascii
import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

from store.errors import NotSigned

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PREFIX = b"cellar-lab receipt 1\n"
FINGERPRINT_DIGITS = 16  # of a key's sha256: what people compare


class Signer:
    """Signs with the key of a secret text, which is derived when it is first needed."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    @cached_property
    def _private(self) -> "Ed25519PrivateKey":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=PREFIX)
        return Ed25519PrivateKey.from_private_bytes(derivation.derive(self._secret.encode()))

    @cached_property
    def public(self) -> str:
        """The public key: its 32 bytes in base64."""
        return base64.b64encode(self._private.public_key().public_bytes_raw()).decode()

    def sign(self, data: bytes) -> str:
        """The signature in base64."""
        return base64.b64encode(self._private.sign(PREFIX + data)).decode()


def check(public: str, data: bytes, signature: str) -> None:
    """Check that the holder of the key signed these bytes. Raises NotSigned."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(_bytes(public)).verify(_bytes(signature), PREFIX + data)
    except (InvalidSignature, ValueError) as error:
        raise NotSigned("The receipt was changed after it was signed.") from error


def fingerprint(public: str) -> str:
    """The first digits of a key's sha256, in groups of four."""
    digits = hashlib.sha256(_bytes(public)).hexdigest()[:FINGERPRINT_DIGITS]
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))


def _bytes(text: str) -> bytes:
    """The bytes of base64 in its one spelling: the last letter has bits that mean nothing."""
    found = base64.b64decode(text, validate=True)
    if base64.b64encode(found).decode() != text:
        raise binascii.Error("bits that mean nothing are set")
    return found
