"""What was measured, against what was promised."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """One line of the table.

    Args:
        what: What was measured.
        measured: The result for people, with its unit.
        target: What is promised; "" where nothing is.
        met: Whether the target is met; None without one.
        numbers: The figures behind ``measured``; the names carry the units.
    """

    what: str
    measured: str
    target: str = ""
    met: bool | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)


def ratio(
    what: str,
    ours: float,
    theirs: float,
    *,
    unit: str,
    most: float | None = None,
    least: float | None = None,
) -> Finding:
    """How many times the second figure the first one is; ``most`` or ``least`` is the target."""
    times = ours / theirs
    target, met = "", None
    if most is not None:
        target, met = f"at most {most:g} x", times <= most
    elif least is not None:
        target, met = f"at least {least:g} x", times >= least
    return Finding(
        what,
        f"{times:.2f} x  ({ours:.3g} {unit} / {theirs:.3g} {unit})",
        target,
        met,
        {"ratio": times, f"first_{unit}": ours, f"second_{unit}": theirs},
    )
