"""Lists of numbers from JSON, checked, as numpy arrays that nothing can change."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from store.errors import ModelRefused

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


def require(condition: object, problem: str) -> None:
    """Raise ModelRefused with this problem unless the condition holds."""
    if not condition:
        raise ModelRefused(f"The flat model is broken: {problem}. Publish the model again.")


def floats(values: ArrayLike, name: str, *, ndim: int) -> Floats:
    """Finite float64 numbers, C-contiguous, of this many dimensions. Raises ModelRefused."""
    array = _array(values, name)
    require(array.ndim == ndim and array.dtype.kind in "fi", f"{name} is not {ndim}-D numbers")
    result = np.array(array, dtype=np.float64, order="C")
    require(np.isfinite(result).all(), f"{name} has a value that is not finite")
    result.flags.writeable = False
    return result


def indices(values: ArrayLike, name: str) -> Indices:
    """Whole numbers in one dimension. Raises ModelRefused."""
    array = _array(values, name)
    require(array.ndim == 1 and array.dtype.kind == "i", f"{name} is not a list of whole numbers")
    result = np.array(array, dtype=np.intp)
    result.flags.writeable = False
    return result


def _array(values: ArrayLike, name: str) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except (ValueError, TypeError, OverflowError) as error:
        raise ModelRefused(f"The flat model is broken: {name} is not numbers.") from error
    return array if array.size else array.astype(np.int64)
