"""Check a receipt without any server: ``python -m dashboard.receipts FILE``.

Needs the file and the registry at ``ARTIFACTS_URL``. Exit code 0: verified, 1: not, 2: the file is
no receipt, or the registry cannot be reached.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dashboard.receipts.desk import Verdict, verdict
from dashboard.receipts.receipt import Receipt, read
from dashboard.receipts.registry import Registry
from dashboard.receipts.signing import Signer, fingerprint
from dashboard.settings import Settings
from store.artifacts import open_store
from store.errors import CellarError, InputError

VERIFIED, NOT_VERIFIED, BAD_INPUT = 0, 1, 2
MAX_BYTES = 2**20


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the receipt that the command line names; what came of it is the exit code."""
    given = _parser().parse_args(arguments)
    try:
        settings = Settings.from_environment()
        receipt = _read(given.file)
        trusted = given.key or _own_key(settings) or receipt.key
        registry = Registry(
            open_store(settings.artifacts_url),
            cache=settings.cache_dir,
            public_keys=settings.model_public_keys,
        )
        found = verdict(receipt, trusted, (), registry)
    except (CellarError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return BAD_INPUT
    whose = "" if given.key or _own_key(settings) else " (its own: compare it with /receipts/key)"
    sys.stdout.write(_told(receipt, found, whose))
    return VERIFIED if found.verified else NOT_VERIFIED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m dashboard.receipts",
        description="Check the signature of a receipt and replay its answer, without a server.",
        epilog="ARTIFACTS_URL says where the models are. Exit code 0: verified, 1: not verified, "
        "2: the file or the registry cannot be read.",
    )
    parser.add_argument("file", help="the receipt as JSON; - reads standard input")
    parser.add_argument(
        "--key",
        help="the public key that must have signed it, as GET /receipts/key gives it; without it "
        "that of RECEIPT_KEY, else the one in the receipt",
    )
    return parser


def _read(name: str) -> Receipt:
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}.") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"{name} has more than {MAX_BYTES:,} bytes, so it is no receipt.")
    return read(data)


def _own_key(settings: Settings) -> str | None:
    return Signer(settings.receipt_key).public if settings.receipt_key else None


def _told(receipt: Receipt, found: Verdict, whose: str) -> str:
    """What a person reads. Texts of the receipt are quoted, so that none acts on a terminal."""
    model = receipt.model
    lines = [
        f"Receipt    {receipt.id}",
        f"Answered   {receipt.time!r} by {model.name!r} {model.version!r} ({model.hash})",
        f"Answer     {receipt.answer!r}",
        f"Signed by  {fingerprint(receipt.key)}{whose}",
    ]
    if found.replay is not None:
        lines.append(f"Replayed   {found.replay.answer!r}")
    verdict = "Verified" if found.verified else "Not verified"
    return "\n".join([*lines, f"{verdict}: {found.reason}"]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
