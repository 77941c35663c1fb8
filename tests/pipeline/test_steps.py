"""From INPUT to a stored profile, without Spark."""

from collections.abc import Callable

import pytest
from click.testing import Result

from store.artifacts import FolderStore
from store.descriptor import read_descriptor
from store.schema import Profile, decode
from tests.pipeline.conftest import Verb, Write

LINES = [f"{i},{i * i % 17},{'AB'[i % 2]},{'xyz'[i % 3]}" for i in range(60)]


@pytest.fixture
def sales(write: Write, verb: Verb) -> Callable[..., Result]:
    """Profile a table of two numbers and two texts without Spark."""
    table = write("sales.csv", "price,weight,shop,kind", *LINES)
    return lambda *words: verb("profile", table, "--engine", "local", *words)


def profile_in(result: Result, shelf: FolderStore) -> Profile:
    key = result.stdout.splitlines()[-1]
    return decode(Profile, shelf.get(key, max_bytes=2**24), name=key)


def test_what_was_inferred_is_written_beside_the_profile(
    sales: Callable[..., Result], shelf: FolderStore, tmp_path_factory: pytest.TempPathFactory
) -> None:
    result = sales("--group-by", "kind")

    made = profile_in(result, shelf)
    key = f"profiles/sales/{made.run_id}/descriptor.toml"
    assert f"written to {key}" in result.stderr
    file = tmp_path_factory.mktemp("again") / "sales.toml"
    file.write_bytes(shelf.get(key, max_bytes=10_000))
    assert read_descriptor(file) == made.descriptor


def test_rows_are_grouped_by_every_column_that_is_asked_for(
    sales: Callable[..., Result], shelf: FolderStore
) -> None:
    made = profile_in(sales("--group-by", "kind", "--group-by", "shop"), shelf)

    assert made.group_by == "kind"
    assert [(g.value, g.rows) for g in made.groups] == [("x", 20), ("y", 20), ("z", 20)]
    [other] = made.groupings
    assert (other.column, other.label) == ("shop", "Shop")
    assert [(g.value, g.rows) for g in other.groups] == [("A", 30), ("B", 30)]
    assert made.by("shop").groups == other.groups
    assert made.run.engine == "local"


@pytest.mark.parametrize("fits", [True, False])
def test_a_profile_that_is_too_large_loses_its_further_groups_and_is_refused_then(
    fits: bool,
    sales: Callable[..., Result],
    shelf: FolderStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = sales("--group-by", "kind", "--group-by", "shop")
    size = len(shelf.get(whole.stdout.splitlines()[-1], max_bytes=2**24))
    monkeypatch.setattr("pipeline.steps.MAX_JSON_BYTES", size - 200 if fits else 1_000)

    result = sales("--group-by", "kind", "--group-by", "shop")

    if fits:
        assert profile_in(result, shelf).groupings == ()
        assert "rows are not grouped by shop too" in result.stderr
    else:
        assert result.exit_code == 2
        assert "2 columns in 3 groups has more than" in result.stderr
