"""Whether the intervals of the hardware page keep their word; a simulation, so any machine does."""

from tests.bench.findings import Finding
from tests.hardware_simulation import PAIRS, REPEATS, coverage, recovered

LEAST, MOST = 0.93, 0.97
CROSSINGS = 500


def measure(*, quick: bool) -> list[Finding]:
    """The coverage under each noise, and crossovers recovered."""
    trials = 1_000 if quick else 10_000
    return [*(_covered(cpu, gpu, trials) for cpu, gpu in PAIRS), _crossings()]


def _covered(cpu: str, gpu: str, trials: int) -> Finding:
    held = coverage(cpu, gpu, trials)
    noise = cpu if cpu == gpu else f"{cpu} and {gpu}"
    return Finding(
        f"Coverage of the 95 % interval, {REPEATS} repeats: {noise}",
        f"{held:.1%} of {trials:,}",
        f"{LEAST:.0%} to {MOST:.0%}",
        LEAST <= held <= MOST,
        {"coverage": held, "trials": trials},
    )


def _crossings() -> Finding:
    held, found = recovered(CROSSINGS)
    return Finding(
        "Crossovers inside their interval",
        f"{held:.1%} of the {found:.0%} found in {CROSSINGS}",
        f"at least {LEAST:.0%}",
        held >= LEAST,
        {"recovered": held, "found": found, "trials": CROSSINGS},
    )
