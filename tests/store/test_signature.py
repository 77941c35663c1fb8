"""Signatures of releases: what they cover, and what is refused."""

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from store.errors import InputError, NotSigned
from store.signature import PREFIX, KeyPair, key_pair, new_key, public_keys, sign, verify

RELEASE = b'{"id":"000001-abcdef"}\n'


def pem(key: Ed25519PrivateKey | X25519PrivateKey, passphrase: bytes = b"") -> bytes:
    """A private key as a file holds it."""
    lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)


@pytest.fixture(scope="module")
def key() -> KeyPair:
    return new_key()


def test_what_was_signed_is_trusted_by_its_public_key(key: KeyPair) -> None:
    signature = sign(key.private, RELEASE)

    verify(key.public, RELEASE, signature)
    assert len(base64.b64decode(signature)) == 64
    assert signature == sign(key.private, RELEASE)


def test_any_changed_bit_of_a_release_or_its_signature_is_seen(key: KeyPair) -> None:
    signature = base64.b64decode(sign(key.private, RELEASE))

    for place in range(len(RELEASE)):
        changed = bytearray(RELEASE)
        changed[place] ^= 1
        with pytest.raises(NotSigned, match="of another key, or of another release"):
            verify(key.public, bytes(changed), base64.b64encode(signature).decode())
    for place in range(len(signature)):
        forged = bytearray(signature)
        forged[place] ^= 1
        with pytest.raises(NotSigned):
            verify(key.public, RELEASE, base64.b64encode(forged).decode())


@pytest.mark.parametrize("signature", [None, "", "no base64!", "ä", "AAAA", "A" * 10_000])
def test_what_is_no_signature_is_not_trusted(key: KeyPair, signature: str | None) -> None:
    with pytest.raises(NotSigned):
        verify(key.public, RELEASE, signature)


def test_a_signature_of_another_key_is_not_trusted(key: KeyPair) -> None:
    with pytest.raises(NotSigned, match="another key"):
        verify(new_key().public, RELEASE, sign(key.private, RELEASE))


def test_a_pair_is_found_from_its_private_key(key: KeyPair) -> None:
    assert key_pair(key.private) == key
    assert key_pair(key.private) != new_key()


def test_a_setting_names_no_key_one_or_several(key: KeyPair) -> None:
    other = new_key()

    assert public_keys("") == ()
    assert public_keys(f" {key.public} ,{other.public},") == (key.public, other.public)


@pytest.mark.parametrize("text", ["x", "AAAA", "ä", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "A" * 99])
def test_a_setting_that_is_no_key_is_refused_before_anything_is_trusted(text: str) -> None:
    with pytest.raises(InputError, match="is no public key: 32 bytes in base64"):
        public_keys(text)
    with pytest.raises(InputError):
        verify(text, RELEASE, None)


@pytest.mark.parametrize(
    ("private", "text"),
    [
        (pem(X25519PrivateKey.generate()), "not of Ed25519"),
        (pem(Ed25519PrivateKey.generate(), b"secret"), "without a passphrase"),
        (b"", "no private key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no private key"),
    ],
)
def test_a_private_key_of_another_kind_is_refused(private: bytes, text: str) -> None:
    with pytest.raises(InputError, match=text):
        sign(private, RELEASE)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees_on_keys_and_signatures(key: KeyPair, tmp_path: Path) -> None:
    made = subprocess.run(
        ["openssl", "genpkey", "-algorithm", "ED25519"], capture_output=True, check=True
    ).stdout
    for private in (made, key.private):
        (tmp_path / "key.pem").write_bytes(private)
        (tmp_path / "signed").write_bytes(PREFIX + RELEASE)
        (tmp_path / "signature").write_bytes(base64.b64decode(sign(private, RELEASE)))

        words = ["-verify", "-rawin", "-in", "signed", "-sigfile", "signature"]
        done = subprocess.run(
            ["openssl", "pkeyutl", "-inkey", "key.pem", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

        assert "Signature Verified Successfully" in done.stdout, done.stderr


def test_the_standards_own_example_comes_out() -> None:
    """RFC 8032, 7.1, test 1: the key behind what ``key_pair`` derives."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")

    pair = key_pair(pem(Ed25519PrivateKey.from_private_bytes(seed)))

    public = base64.b64decode(pair.public).hex()
    assert public == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
