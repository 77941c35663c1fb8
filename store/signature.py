"""Signed releases: who made what is live, by Ed25519 (RFC 8032).

What is signed are the bytes of ``releases/<id>.json`` behind a prefix of our own, so that no
signature over something else can be taken for one of a release. The release pins every object by
its hash, so its signature covers all of them. A private key is a PEM file (PKCS #8) as openssl
writes it; a public key is its 32 bytes in base64.
"""

import base64
import binascii
from typing import TYPE_CHECKING, NamedTuple

from store.errors import InputError, NotSigned

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

PREFIX = b"cellar-lab release 1\n"


class KeyPair(NamedTuple):
    """A private key as PEM, and the public key that belongs to it in base64."""

    private: bytes
    public: str


def new_key() -> KeyPair:
    """A new pair from the randomness of the system."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return KeyPair(pem, _public_text(key))


def key_pair(private: bytes) -> KeyPair:
    """The pair of a private key, as ``new_key`` or ``openssl genpkey`` made it.

    Raises:
        InputError: It is no such key, or it is locked with a passphrase.
    """
    return KeyPair(private, _public_text(_private(private)))


def public_keys(text: str) -> tuple[str, ...]:
    """The keys in a setting such as ``MODEL_PUBLIC_KEY``: none, one, or several with commas.

    Raises:
        InputError: One of them is no public key.
    """
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    for key in keys:
        _public(key)
    return keys


def sign(private: bytes, release: bytes) -> str:
    """The signature of a release's bytes, in base64. Raises InputError as ``key_pair`` does."""
    return base64.b64encode(_private(private).sign(PREFIX + release)).decode()


def verify(public: str, release: bytes, signature: str | None) -> None:
    """Check that the holder of the private key signed these bytes of a release.

    Raises:
        NotSigned: There is no signature, or it is of another key or of other bytes.
        InputError: The public key is none.
    """
    verify_any((public,), release, signature)


def verify_any(public: tuple[str, ...], release: bytes, signature: str | None) -> None:
    """Check that the holder of one of the keys signed these bytes. Raises as ``verify`` does."""
    from cryptography.exceptions import InvalidSignature

    keys = [_public(key) for key in public]
    if signature is None:
        raise NotSigned("The release has no signature.")
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotSigned("The signature of the release is not base64.") from error
    for key in keys:
        try:
            return key.verify(raw, PREFIX + release)
        except InvalidSignature:
            continue
    raise NotSigned("The signature is of another key, or of another release.")


def _private(pem: bytes) -> "Ed25519PrivateKey":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InputError(
            "This is no private key in PEM without a passphrase. Make one: "
            "python -m pipeline keygen"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError("This private key is not of Ed25519. Make one: python -m pipeline keygen")
    return key


def _public(text: str) -> "Ed25519PublicKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except ValueError as error:  # binascii.Error is one
        raise InputError(
            f'"{text[:60]}" is no public key: 32 bytes in base64, as python -m pipeline keygen '
            "prints them."
        ) from error


def _public_text(key: "Ed25519PrivateKey") -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()
