"""The bins of the tallies: how long an answer took, and how sure it was."""

from bisect import bisect_right

PER_DECADE = 10
LATENCY_EDGES = tuple(10 ** (step / PER_DECADE) for step in range(9 * PER_DECADE + 1))  # in µs
CONFIDENCE_BINS = 20
_LATENCY_STARTS = LATENCY_EDGES[1:]  # of all bins but the first, which takes what is below, too


def latency_bin(microseconds: int) -> int:
    """The bin of a time: from ``LATENCY_EDGES[bin]`` to below the next; the last has no end."""
    return bisect_right(_LATENCY_STARTS, microseconds)


def confidence_bin(probability: float) -> int:
    """The bin of a probability: 20 of one width, the last includes 1."""
    return min(int(probability * CONFIDENCE_BINS), CONFIDENCE_BINS - 1)
