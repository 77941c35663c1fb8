"""Whether two results are the same: integers and texts to the last, floats but for rounding."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from pipeline.findings import Findings

ROUNDING = 1e-9


def differences(
    one: Any, other: Any, *, rtol: float = ROUNDING, atol: float = 0.0, place: str = ""
) -> Iterator[str]:
    """Where two results differ, and how; floats may by ``rtol`` of the larger, or by ``atol``."""
    if isinstance(one, BaseModel):
        one, other = one.model_dump(), other.model_dump()
    if isinstance(one, Findings):
        one, other = one._asdict(), other._asdict()
    if isinstance(one, Mapping) and list(one) == list(other):
        for key in one:
            inner = f"{place}.{key}"
            yield from differences(one[key], other[key], rtol=rtol, atol=atol, place=inner)
    elif isinstance(one, Sequence) and not isinstance(one, str) and len(one) == len(other):
        for i, (a, b) in enumerate(zip(one, other, strict=True)):
            inner = f"{place}[{i}]"
            yield from differences(a, b, rtol=rtol, atol=atol, place=inner)
    elif isinstance(one, float) and isinstance(other, float):
        if not math.isclose(one, other, rel_tol=rtol, abs_tol=atol):
            yield f"{place}: {one!r} and {other!r}"
    elif one != other:
        yield f"{place}: {one!r} and {other!r}"
