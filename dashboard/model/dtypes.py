"""Arrays from the bytes of a pickle, without trusting what the pickle says of them.

numpy's own ``dtype.__setstate__`` believes the flags it is given: an array of raw bytes can be
declared to hold pointers. Here a dtype is made anew from its code, and an array from its bytes
only after they were counted.
"""

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.model.notes import UNSET, Call, Pairs
from store.errors import CannotOpen, ModelRefused

PLAIN = re.compile(r"b1|[iu][1248]|f[48]|U[1-9]\d{0,3}|S[1-9]\d{0,3}")
MOST_DIMENSIONS = 8
TREE_NODES = np.dtype(  # scikit-learn's NODE_DTYPE since 1.3, on 64-bit machines
    {
        "names": [
            "left_child",
            "right_child",
            "feature",
            "threshold",
            "impurity",
            "n_node_samples",
            "weighted_n_node_samples",
            "missing_go_to_left",
        ],
        "formats": ["<i8", "<i8", "<i8", "<f8", "<f8", "<i8", "<f8", "u1"],
        "offsets": [0, 8, 16, 24, 32, 40, 48, 56],
        "itemsize": 64,
    }
)

HISTOGRAM_NODES = np.dtype(  # its PREDICTOR_RECORD_DTYPE since 1.3
    [
        ("value", "<f8"),
        ("count", "<u4"),
        ("feature_idx", "<i8"),
        ("num_threshold", "<f8"),
        ("missing_go_to_left", "u1"),
        ("left", "<u4"),
        ("right", "<u4"),
        ("gain", "<f8"),
        ("depth", "<u4"),
        ("is_leaf", "u1"),
        ("bin_threshold", "u1"),
        ("is_categorical", "u1"),
        ("bitset_idx", "<u4"),
    ]
)
SEARCH_NODES = np.dtype(  # of KDTree and BallTree
    [("idx_start", "<i8"), ("idx_end", "<i8"), ("is_leaf", "<i8"), ("radius", "<f8")]
)
RECORDS = (TREE_NODES, HISTOGRAM_NODES, SEARCH_NODES)


def dtype_from(note: Any) -> np.dtype[Any]:
    """The dtype a pickle asks for: plain numbers or text, objects, or the nodes of a tree.

    Raises:
        ModelRefused: Any other; or its description contradicts its code.
    """
    if not isinstance(note, Call) or note.function.key != ("numpy", "dtype"):
        raise ModelRefused("An array in it has no dtype where one belongs.")
    code = note.arguments[0] if note.arguments else None
    if type(code) is not str or not (
        note.state is UNSET or (type(note.state) is tuple and len(note.state) == 8)
    ):
        raise _odd_dtype(code)
    _, order, subarray, names, fields, *_ = (
        (3, "|", None, None, None) if note.state is UNSET else note.state
    )
    if order not in ("<", "|", "=") or subarray is not None:
        raise _odd_dtype(code)
    if code.startswith("V"):
        return _record(code, names, fields)
    if names is not None or fields is not None:
        raise _odd_dtype(code)
    if code in ("O8", "O"):
        return np.dtype(object)
    if not PLAIN.fullmatch(code):
        raise _odd_dtype(code)
    return np.dtype(code)


def _record(code: str, names: Any, fields: Any) -> np.dtype[Any]:
    """The dtype of tree nodes, if this is what the names and fields describe."""
    if type(names) is tuple and isinstance(fields, Pairs):
        described = {name: (dtype_from(field[0]), *field[1:]) for name, field in fields}
        for record in RECORDS:
            if names == record.names and described == dict(record.fields or {}):
                if code != f"V{record.itemsize}":
                    raise _odd_dtype(code)
                return record
        if described and not any(field[0].hasobject for field in described.values()):
            raise _other_layout()
    raise ModelRefused(
        "An array in it has a record dtype that is not that of scikit-learn's tree nodes. "
        "Records can pass raw bytes off as objects; do not use this file."
    )


def plain_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The same dtype made anew, if it is one that ``dtype_from`` allows and holds no objects.

    Raises:
        CannotOpen: It is a record of plain numbers, but not one of scikit-learn here.
        ModelRefused: Any other.
    """
    for record in RECORDS:
        if dtype == record:
            return record
    if dtype.names and not dtype.hasobject:
        raise _other_layout()
    code = dtype.str[1:]
    if dtype.str[0] == ">" or not PLAIN.fullmatch(code):
        raise _odd_dtype(dtype.str)
    return np.dtype(code)


def array_from_bytes(data: Any, dtype: np.dtype[Any], shape: Any, order: Any) -> NDArray[Any]:
    """A new array of this shape from the first of these bytes.

    Raises:
        ModelRefused: The dtype holds objects, the shape is no shape, or asks for more bytes
            than there are.
    """
    if dtype.hasobject or order not in ("C", "F") or not _is_shape(shape):
        raise ModelRefused("An array in it is described in a way that no honest model does.")
    wanted = math.prod(shape) * dtype.itemsize
    if wanted > len(data):
        raise ModelRefused(
            f"An array in it claims {wanted:,} bytes where the file has {len(data):,} left: "
            "it is cut off or forged."
        )
    flat = np.frombuffer(data[:wanted], dtype=dtype).copy()
    return flat.reshape(shape, order=order)


def _is_shape(shape: Any) -> bool:
    return (
        type(shape) is tuple
        and len(shape) <= MOST_DIMENSIONS
        and all(type(size) is int and 0 <= size < 2**40 for size in shape)
    )


def _other_layout() -> CannotOpen:
    return CannotOpen(
        "The nodes of a tree in it have another layout than those of scikit-learn here. "
        "Train the model with the version here."
    )


def _odd_dtype(code: object) -> ModelRefused:
    return ModelRefused(
        f"An array in it has the dtype {str(code)[:40]!r}, or describes it in a way that "
        "contradicts it. Allowed are little-endian numbers, text, objects and tree nodes."
    )
