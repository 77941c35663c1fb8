"""The file that holds the private key of a publisher."""

import os
from pathlib import Path

from store.errors import InputError
from store.signature import new_key


def write_key(file: Path) -> str:
    """Make a pair of keys, and write the private one where only its owner may read it.

    Returns:
        The public key.

    Raises:
        InputError: Something is there already, which is never replaced, or it cannot be written.
    """
    pair = new_key()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as opened:
            opened.write(pair.private)
    except FileExistsError as error:
        raise InputError(f"{file} is there already, and a key is never replaced.") from error
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}.") from error
    return pair.public
