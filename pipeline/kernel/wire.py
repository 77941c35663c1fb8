"""Arrays as bytes: the same on every machine, and nothing in them is ever run."""

import itertools
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def pack(note: Any, arrays: Mapping[str, Array]) -> bytes:
    """A note that JSON can say, and arrays by name.

    Integers are mostly small counts: they are stored in as few bytes as they need and deflated.
    Floats are mostly noise that does not deflate: they are stored as they are.
    """
    parts, index = [], []
    for name, array in arrays.items():
        is_count = array.dtype.kind in "iu"
        stored = array.astype(_narrow(array)) if is_count else array.astype("<f8")
        plain = stored.tobytes()
        parts.append(zlib.compress(plain, 1) if is_count else plain)
        index.append((name, array.dtype.str, stored.dtype.str, array.shape, len(parts[-1])))
    head = json.dumps([note, index]).encode()
    return b"".join([len(head).to_bytes(8, "little"), head, *parts])


def unpack(data: bytes) -> tuple[Any, dict[str, Array]]:
    """What was packed; the arrays are the caller's own."""
    start = 8 + int.from_bytes(data[:8], "little")
    note, index = json.loads(data[8:start])
    arrays = {}
    for name, kind, stored, shape, size in index:
        part = data[start : start + size]
        start += size
        plain = zlib.decompress(part) if np.dtype(stored).kind in "iu" else part
        arrays[name] = np.frombuffer(plain, stored).astype(kind).reshape(shape)
    return note, arrays


def joined(note: Any, parts: Sequence[bytes]) -> bytes:
    """A note that JSON can say, and packed parts."""
    head = json.dumps([note, [len(part) for part in parts]]).encode()
    return b"".join([len(head).to_bytes(8, "little"), head, *parts])


def parted(data: bytes) -> tuple[Any, list[bytes]]:
    """What was joined."""
    start = 8 + int.from_bytes(data[:8], "little")
    note, sizes = json.loads(data[8:start])
    ends = list(itertools.accumulate(sizes, initial=start))
    return note, [data[a:b] for a, b in itertools.pairwise(ends)]


def under(arrays: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    """The arrays whose names begin with ``prefix``, by the rest of their names."""
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}


def _narrow(array: Array) -> np.dtype[Any]:
    """The smallest integers that hold these."""
    ends = (np.min_scalar_type(array.min(initial=0)), np.min_scalar_type(array.max(initial=0)))
    both = np.result_type(*ends)  # of a large unsigned and a negative one it is a float
    return (both if both.kind in "iu" else array.dtype).newbyteorder("<")
