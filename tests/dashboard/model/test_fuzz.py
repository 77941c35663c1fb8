"""A short run of the fuzzer, always the same; ``python -m tests.fuzz`` runs for long."""

from pathlib import Path

from tests.fuzz.loop import run
from tests.fuzz.mutants import mutant, opens, seeds

SECONDS = 10.0


def test_what_mutants_are_made_of_opens() -> None:
    assert [seed.name for seed in seeds() if not opens(seed)] == []


def test_a_mutant_is_decided_by_its_numbers() -> None:
    first, again, other = mutant(5, seed=1), mutant(5, seed=1), mutant(5, seed=2)

    assert first == again
    assert first != other


def test_no_mutant_crashes_the_child_or_reaches_out_of_it(tmp_path: Path) -> None:
    counts, bad = run(SECONDS, seed=0, kept=tmp_path / "kept")

    assert bad == []
    assert counts["refused"] > counts.total() / 2
    assert counts["flat"] + counts["served"] > 0  # some changes do no harm, and harmless is right
