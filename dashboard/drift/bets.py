"""The bets of the drift test: densities on (0, 1), which lose on ranks of a stream without drift.

Each multiplies its stake by f(u), and the integral of f over (0, 1) is 1, so that a stake does not
grow on average while u is uniform. Two kinds:

* **place**: f(u) = exp(t s) / M(t) with the score s = sqrt(12) (u - 1/2) of mean 0 and variance 1,
  and M(t) = sinh(sqrt(3) t) / (sqrt(3) t), its moment generating function. That is Wilcoxon's test
  as a bet: for normal data 95 % as efficient as the best (3 / pi, Hodges and Lehmann 1956).
* **spread**: f(u) = 1 + a (6 u^2 - 6 u + 1), a Legendre polynomial: more (a > 0) or fewer (a < 0)
  of the rows at both ends.

Each kind starts in two ways. From the first row: what has moved already when the stream begins. The
rows of the stream join those it is compared with, so that its distance fades as n0 / n, the part
that the reference has of them; t and a fade alike. Or from any row: see ``waiting``.
"""

import numpy as np

from dashboard.drift.ranks import Floats

TILTS = np.array([0.25, 0.5, 1.0])
SPREADS = np.array([-0.8, 0.8])
BETS = 2 * len(TILTS) + len(SPREADS)  # that start at the first row, and as many that start anywhere
FIRST_STAKE = 0.5  # of all stakes, on the first row
PATIENCE = 200.0  # rows


def factors(u: Floats, fading: Floats) -> Floats:
    """What each bet multiplies its stake by.

    Args:
        u: Ranks, (rows, columns).
        fading: The reference's part of all values before the row, (rows, columns).

    Returns:
        (rows, columns, 2 BETS): the bets that start at the first row, then the others.
    """
    score = (np.sqrt(12.0) * (u - 0.5))[..., None]
    curve = (6.0 * u * (u - 1.0) + 1.0)[..., None]
    faded = fading[..., None]
    return np.concatenate(
        [
            *_place(score, TILTS * faded),
            1.0 + curve * (SPREADS * faded),
            *_place(score, TILTS),
            1.0 + curve * SPREADS,
        ],
        axis=-1,
    )


def waiting(rows: Floats) -> Floats:
    """The part of the stakes that has not started after so many rows, 1 at first.

    It falls so slowly that a drift in the far future is not forgotten: between row r and 2 r there
    start about 1 / log(r)^2 of all stakes.
    """
    return 1.0 / (1.0 + np.log1p(rows / PATIENCE))


def _place(score: Floats, tilt: Floats) -> tuple[Floats, Floats]:
    """The bets on a move up, and those on a move down."""
    growth = np.exp(score * tilt)
    width = np.sqrt(3.0) * tilt
    unit = width / np.sinh(width)
    return growth * unit, unit / growth
