"""What one training costs on a machine that is rented by the hour."""

from typing import NamedTuple

HOUR = 3600.0


class Rate(NamedTuple):
    """The price of a machine; ``minimum_seconds`` are billed at least."""

    usd_per_hour: float
    minimum_seconds: float = 0.0


def cost(seconds: float, rate: Rate) -> float:
    """US dollars for so many seconds.

    >>> round(cost(1800, Rate(0.5)), 4), round(cost(6, Rate(6.0, minimum_seconds=60)), 4)
    (0.25, 0.1)
    """
    return max(seconds, rate.minimum_seconds) / HOUR * rate.usd_per_hour
