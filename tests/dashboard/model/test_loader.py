"""The way in: checks in their order, the child process, and the cache."""

import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from dashboard.model import child, loader
from dashboard.model.child import Child
from dashboard.model.loader import FlatPredictor, ServedPredictor, open_model
from store.errors import ModelRefused
from store.schema import Golden
from tests.dashboard.model.payloads import HONEST, HOSTILE
from tests.dashboard.model.published import Published, pinning, publish

THROUGH_A_CHILD = (
    "os.system",
    "nested object array",
    "dotted name",
    "class changed, legal names",
    "gzip bomb",
    "second payload",
    "cut off",
    "cycle in a tree",
)


class FakeChild:
    """A child that gives the same answer to everybody, and counts how often it was started."""

    started = 0
    answer: dict[str, Any]

    def __init__(self) -> None:
        type(self).started += 1

    def ask(self, *messages: bytes, seconds: float) -> dict[str, Any]:
        time.sleep(0.05)  # long enough for everybody to arrive
        return self.answer

    def close(self) -> None:
        """Nothing to end."""


@pytest.fixture
def fake_child(monkeypatch: pytest.MonkeyPatch, opened: FlatPredictor) -> type[FakeChild]:
    """Children that answer with the wine model at once."""

    class Fake(FakeChild):
        answer = {"flat": opened.model.to_data()}

    monkeypatch.setattr(loader, "Child", Fake)
    return Fake


@pytest.fixture(scope="module")
def bayes() -> Published:
    """A model without a flat form."""
    return publish(GaussianNB(), "iris")


@pytest.fixture(scope="module")
def served(bayes: Published) -> Iterator[ServedPredictor]:
    """That model, opened."""
    predictor = open_model(bayes.data, bayes.card)
    assert isinstance(predictor, ServedPredictor)
    yield predictor
    predictor.close()


def test_a_forest_is_opened_as_data_and_answers_as_scikit_learn(
    opened: FlatPredictor, wine: Published
) -> None:
    expected = wine.estimator.predict_proba(wine.rows)

    assert (opened.engine, opened.reason) == ("flat", None)
    assert np.array_equal(opened.predict_proba_rows(wine.rows), expected)
    assert opened.predict_proba(wine.rows[7].tolist()) == expected[7].tolist()


def test_what_has_no_flat_form_is_served_by_scikit_learn_in_the_child(
    served: ServedPredictor, bayes: Published
) -> None:
    expected = bayes.estimator.predict_proba(bayes.rows)

    assert (served.engine, served.reason) == ("scikit-learn", "GaussianNB has no flat form yet")
    assert np.array_equal(served.predict_proba_rows(bayes.rows), expected)
    assert served.predict_proba(bayes.rows[7].tolist()) == expected[7].tolist()
    assert served.predict_proba_rows(np.empty((0, 4))).shape == (0, 3)


@pytest.mark.parametrize("row", [[1.0], [1.0, 2.0, 3.0, float("nan")]])
def test_a_bad_row_never_reaches_the_child(served: ServedPredictor, row: list[float]) -> None:
    with pytest.raises(ValueError, match="4 finite numbers"):
        served.predict_proba(row)


def test_threads_that_ask_one_child_each_get_their_own_answer(
    served: ServedPredictor, bayes: Published
) -> None:
    expected = bayes.estimator.predict_proba(bayes.rows).tolist()
    answers: dict[int, list[float]] = {}

    def ask(index: int) -> None:
        answers[index] = served.predict_proba(bayes.rows[index].tolist())

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == dict(enumerate(expected[:40]))


def test_a_child_that_died_is_replaced_by_the_next_question(bayes: Published) -> None:
    predictor = open_model(bayes.data, bayes.card)
    assert isinstance(predictor, ServedPredictor)
    assert predictor._child is not None
    predictor._child._kill()

    row = bayes.rows[0].tolist()
    with pytest.raises(ModelRefused, match="serves the model was killed"):
        predictor.predict_proba(row)
    answer = predictor.predict_proba(row)
    predictor.close()

    assert answer == bayes.estimator.predict_proba([row])[0].tolist()


def test_after_a_fork_the_other_process_starts_a_child_of_its_own(
    bayes: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Fake(FakeChild):
        answer = {"served_by": "scikit-learn", "reason": "-", "probabilities": [[1, 0, 0]]}

    monkeypatch.setattr(loader, "Child", Fake)
    predictor = open_model(bayes.data, bayes.card)
    monkeypatch.setattr(os, "getpid", lambda: -1)

    predictor.predict_proba([1.0, 1.0, 1.0, 1.0])

    assert Fake.started == 2


@pytest.mark.parametrize("name", THROUGH_A_CHILD)
def test_a_hostile_file_is_refused_by_the_whole_way(
    name: str, wine: Published, tmp_path: Path
) -> None:
    (hostile,) = [hostile for hostile in HOSTILE if hostile.name == name]
    data = hostile.make(tmp_path / "marker")

    with pytest.raises(ModelRefused, match=hostile.words):
        open_model(data, pinning(wine.card, data), cache=tmp_path / "cache")

    assert not (tmp_path / "marker").exists()
    assert not list((tmp_path / "cache").glob("*.json"))


def test_a_file_of_another_hash_is_refused_before_a_child_starts(
    wine: Published, fake_child: type[FakeChild]
) -> None:
    other = bytearray(wine.data)
    other[-1] ^= 1

    with pytest.raises(ModelRefused, match=r"sha256 [0-9a-f]{12}\.\.\. where its card promises"):
        open_model(bytes(other), wine.card)

    assert fake_child.started == 0


def test_a_file_of_another_size_is_refused(wine: Published, fake_child: type[FakeChild]) -> None:
    with pytest.raises(ModelRefused, match="bytes where its card promises"):
        open_model(wine.data[:-1], wine.card)

    assert fake_child.started == 0


def test_a_file_beyond_the_cap_is_refused(
    wine: Published, fake_child: type[FakeChild], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "MAX_MODEL_BYTES", 1_000)

    with pytest.raises(ModelRefused, match="at most 1,000 are opened"):
        open_model(wine.data, wine.card)


def test_the_flat_model_is_checked_again_on_the_golden_rows(
    wine: Published, fake_child: type[FakeChild]
) -> None:
    turned = tuple(tuple(reversed(row)) for row in wine.card.golden.probabilities)
    card = wine.card.model_copy(
        update={"golden": Golden(rows=wine.card.golden.rows, probabilities=turned)}
    )

    with pytest.raises(ModelRefused, match="golden rows"):
        open_model(wine.data, card)


def test_the_second_opening_comes_from_the_cache(
    wine: Published, fake_child: type[FakeChild], tmp_path: Path
) -> None:
    first = open_model(wine.data, wine.card, cache=tmp_path / "cache")
    second = open_model(wine.data, wine.card, cache=tmp_path / "cache")

    assert fake_child.started == 1
    assert np.array_equal(second.predict_proba_rows(wine.rows), first.predict_proba_rows(wine.rows))
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700


@pytest.mark.parametrize("broken", [b"", b"{}", b"0" * 64 + b"\n{}"], ids=["empty", "odd", "wrong"])
def test_a_broken_cache_entry_is_ignored_and_written_again(
    wine: Published, fake_child: type[FakeChild], tmp_path: Path, broken: bytes
) -> None:
    open_model(wine.data, wine.card, cache=tmp_path)
    (entry,) = tmp_path.glob("*.json")
    honest = entry.read_bytes()
    entry.write_bytes(broken)

    open_model(wine.data, wine.card, cache=tmp_path)

    assert fake_child.started == 2
    assert entry.read_bytes() == honest


def test_a_changed_card_makes_another_cache_entry(
    wine: Published, fake_child: type[FakeChild], tmp_path: Path
) -> None:
    open_model(wine.data, wine.card, cache=tmp_path)
    open_model(wine.data, wine.card.model_copy(update={"title": "Other"}), cache=tmp_path)

    assert fake_child.started == 2
    assert len(list(tmp_path.glob("*.json"))) == 2


def test_a_cache_folder_that_cannot_be_made_costs_only_time(
    wine: Published, fake_child: type[FakeChild], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")

    predictor = open_model(wine.data, wine.card, cache=tmp_path / "file" / "cache")

    assert predictor.engine == "flat"


def test_of_many_that_start_together_one_opens_the_model(
    wine: Published, fake_child: type[FakeChild], tmp_path: Path
) -> None:
    threads = [
        threading.Thread(target=open_model, args=(wine.data, wine.card), kwargs={"cache": tmp_path})
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert fake_child.started == 1


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exit 3", "ended without an answer"),
        ("kill -SEGV $$", "crashed"),
        ("kill -KILL $$", "memory"),
        ("kill -XCPU $$", "processor time"),
        ("exec sleep 60", "took longer than 1 s"),
        ("echo this is no answer at all", "ended without an answer"),
        (r"printf '\0\0\0\0\0\0\0\002[]'; exec cat > /dev/null", "something else than it should"),
        (r"printf '\0\0\0\0\0\0\0\002{}'; exec cat > /dev/null", "gave none"),
    ],
)
def test_a_child_that_gives_no_answer_is_a_refusal_with_the_reason(
    script: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(loader, "OPEN_SECONDS", 1.0)

    with pytest.raises(ModelRefused, match=words):
        open_model(HONEST.data, HONEST.card)


def test_the_child_sees_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "DATABASE_URL", "MODEL_PUBLIC_KEY"):
        monkeypatch.setenv(name, "secret")

    assert "secret" not in child._environment().values()


def test_the_child_may_write_no_file_and_has_limits(tmp_path: Path) -> None:
    program = (
        "import resource, sys\n"
        "from dashboard.model.confine import limit_resources\n"
        "limit_resources()\n"
        "kinds = 'AS CPU NOFILE CORE NPROC'.split()\n"
        "print(*[resource.getrlimit(getattr(resource, 'RLIMIT_' + k))[0] for k in kinds])\n"
        "sys.stdout.flush()\n"
        "open(sys.argv[1], 'wb', buffering=0).write(b'x')\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "marker")],
        env=child._environment(),
        capture_output=True,
        text=True,
    )

    assert ran.stdout.split() == [str(3 * 2**30), "60", "64", "0", "0"]
    assert "File too large" in ran.stderr
    assert (tmp_path / "marker").read_bytes() == b""


def test_an_ended_child_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/cat")
    running = Child()

    running.close()

    assert running._process.returncode is not None


def test_the_web_process_imports_neither_scikit_learn_nor_its_friends() -> None:
    program = (
        "import sys, dashboard.model.loader\n"
        "heavy = {'sklearn', 'scipy', 'joblib', 'pandas', 'dash', 'flask'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program], env=child._environment(), capture_output=True, text=True
    )

    assert ran.stdout.strip() == "[]"
