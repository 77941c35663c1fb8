"""The committed release is what the program makes today, but for time and machine."""

import io
import re
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest

from store.artifacts import FolderStore
from store.releases import read_card, read_model, read_pointer, read_profile
from store.schema import ModelCard, Profile
from tests.pipeline.conftest import Verb

TIME_AND_MACHINE = {"created", "software", "run_id", "run", "version", "file"}


class Contents:
    """The one profile and the one model of a live release."""

    def __init__(self, store: FolderStore) -> None:
        release = read_pointer(store).release
        (profile,), (model,) = release.profiles, release.models
        self.default = release.default
        self.profile: Profile = read_profile(store, profile)
        self.card: ModelCard = read_card(store, model)
        self.forest: Any = joblib.load(io.BytesIO(read_model(store, model)))


@pytest.fixture
def committed(root: Path) -> Contents:
    return Contents(FolderStore(root / "data" / "artifacts"))


@pytest.fixture
def fresh(verb: Verb, shelf: FolderStore) -> Contents:
    """The release that ``python -m pipeline run`` makes now."""
    result = verb("run")
    assert result.exit_code == 0, result.stderr
    return Contents(shelf)


def insist_on_equal(found: Any, expected: Any, *, at: str = "") -> None:
    """Compare nested data; numbers agree to 1e-12."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys(), at
        for key, value in expected.items():
            insist_on_equal(found[key], value, at=f"{at}.{key}")
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected), at
        for i, value in enumerate(expected):
            insist_on_equal(found[i], value, at=f"{at}[{i}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-12), at
    else:
        assert found == expected, at


def flattened(forest: Any) -> list[dict[str, np.ndarray]]:
    """The trees as arrays: what they decide by, and what they answer."""
    names = ("children_left", "children_right", "feature", "threshold", "value")
    return [{name: getattr(tree.tree_, name) for name in names} for tree in forest.estimators_]


def test_the_committed_release_is_what_a_run_makes(committed: Contents, fresh: Contents) -> None:
    assert fresh.default == committed.default == "wine"
    insist_on_equal(
        fresh.profile.model_dump(exclude=TIME_AND_MACHINE),
        committed.profile.model_dump(exclude=TIME_AND_MACHINE),
    )
    told = {*TIME_AND_MACHINE, "data", "flat"}
    insist_on_equal(fresh.card.model_dump(exclude=told), committed.card.model_dump(exclude=told))
    assert fresh.card.flat.sha256 == committed.card.flat.sha256
    assert fresh.card.data.model_copy(update={"profile": "-"}) == committed.card.data.model_copy(
        update={"profile": "-"}
    )
    trees = zip(flattened(fresh.forest), flattened(committed.forest), strict=True)
    for tree, before in trees:
        for name, values in before.items():
            np.testing.assert_array_equal(tree[name], values, err_msg=name)


def test_a_difference_anywhere_would_be_seen(committed: Contents) -> None:
    profile = committed.profile.model_dump()
    profile["groups"][2]["columns"][12]["quantiles"]["0.99"] *= 1 + 1e-9

    with pytest.raises(AssertionError, match=r"\.groups\[2\]\.columns\[12\]\.quantiles\.0\.99"):
        insist_on_equal(profile, committed.profile.model_dump())


def test_the_committed_release_tells_no_place_of_the_machine_that_made_it(root: Path) -> None:
    texts = [path.read_bytes() for path in (root / "data" / "artifacts").rglob("*.json*")]

    assert texts
    assert not any(re.search(rb"/home/|/tmp/|/[^/]+\.py:", text) for text in texts)


def test_the_committed_release_is_small(root: Path) -> None:
    files = [path for path in (root / "data" / "artifacts").rglob("*") if path.is_file()]

    assert sum(file.stat().st_size for file in files) < 345_000  # a benchmark run has up to 30 kB
