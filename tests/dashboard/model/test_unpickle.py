"""What the restricted opening lets through, and what it never does."""

import contextlib
import pickle
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
)
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from dashboard.model.flatten import probabilities
from dashboard.model.unpickle import open_estimator
from store.errors import ModelRefused
from tests.dashboard.model.payloads import HONEST, HOSTILE, Hostile
from tests.dashboard.model.published import dumped, forest, publish

FAMILIES = [
    forest(n_estimators=5),
    ExtraTreesClassifier(n_estimators=5),
    DecisionTreeClassifier(),
    GradientBoostingClassifier(n_estimators=3, random_state=np.random.RandomState(0)),
    AdaBoostClassifier(n_estimators=3),
    BaggingClassifier(n_estimators=3),
    CalibratedClassifierCV(GaussianNB(), cv=2),
    CalibratedClassifierCV(LinearDiscriminantAnalysis(), method="isotonic", cv=2),
    LogisticRegression(max_iter=20),
    LogisticRegressionCV(Cs=2, cv=2, max_iter=20, l1_ratios=(0,), use_legacy_attributes=False),
    SGDClassifier(loss="log_loss"),
    LinearDiscriminantAnalysis(),
    GaussianNB(),
    KNeighborsClassifier(algorithm="brute"),
    MLPClassifier(max_iter=3),
    SVC(probability=True),
    make_pipeline(StandardScaler(), PCA(3), LogisticRegression()),
    make_pipeline(QuantileTransformer(n_quantiles=20), forest(n_estimators=5)),
]


@pytest.mark.parametrize("estimator", FAMILIES, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("classes", [2, 3])
def test_an_honest_model_opens_and_answers_the_same(estimator: Any, classes: int) -> None:
    published = publish(estimator, classes=classes)
    expected = probabilities(published.estimator, published.rows)

    pickled = [pickle.dumps(estimator, protocol) for protocol in range(6)]
    for data in (published.data, dumped(estimator, compress=3), *pickled):
        found = probabilities(open_estimator(data), published.rows)
        assert np.array_equal(found, expected)


@pytest.mark.parametrize("kind", ["zlib", "gzip", "bz2", "xz", "lzma"])
def test_every_compression_of_joblib_opens(kind: str) -> None:
    opened = open_estimator(dumped(HONEST.estimator, compress=(kind, 3)))

    assert opened.n_features_in_ == 13


def test_class_names_of_text_open_in_arrays_of_objects() -> None:
    named = forest(n_estimators=2).fit([[0.0], [1.0]], np.array(["no", "yes"], dtype=object))

    assert open_estimator(dumped(named)).classes_.tolist() == ["no", "yes"]


def test_an_opened_model_starts_no_workers() -> None:
    model = forest(n_estimators=2, n_jobs=-1).fit([[0.0], [1.0]], [0, 1])

    assert open_estimator(dumped(model)).n_jobs is None


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda h: h.name)
def test_a_hostile_file_is_refused_and_its_payload_does_not_run(
    hostile: Hostile, tmp_path: Path
) -> None:
    marker = tmp_path / "marker"
    data = hostile.make(marker)

    with pytest.raises(ModelRefused) as refused:
        open_estimator(data)

    assert re.search(hostile.words, str(refused.value))
    assert "Traceback" not in str(refused.value)
    assert not marker.exists()


def test_without_the_restriction_these_payloads_do_run(tmp_path: Path) -> None:
    firing = [hostile for hostile in HOSTILE if hostile.fires]
    for number, hostile in enumerate(firing):
        (tmp_path / f"{number}.joblib").write_bytes(hostile.make(tmp_path / f"{number}.marker"))
    program = (
        "import contextlib, sys, joblib\n"
        "for path in sys.argv[1:]:\n"
        "    with contextlib.suppress(Exception): joblib.load(path)\n"
    )

    files = [str(tmp_path / f"{number}.joblib") for number in range(len(firing))]
    subprocess.run([sys.executable, "-W", "ignore", "-c", program, *files], check=True)

    fired = [h.name for n, h in enumerate(firing) if (tmp_path / f"{n}.marker").exists()]
    assert fired == [hostile.name for hostile in firing]


def test_a_family_without_a_structural_check_opens_only_when_signed() -> None:
    model = publish(GaussianProcessClassifier(), "iris")

    with pytest.raises(ModelRefused, match=r"opens only from a signed release\. Sign"):
        open_estimator(model.data)
    opened = open_estimator(model.data, signed=True)

    assert np.array_equal(
        opened.predict_proba(model.rows), model.estimator.predict_proba(model.rows)
    )


def test_neighbours_in_a_search_tree_are_refused_with_the_remedy() -> None:
    model = publish(KNeighborsClassifier(algorithm="kd_tree"))

    with pytest.raises(ModelRefused, match="algorithm='brute'"):
        open_estimator(model.data)


@pytest.mark.parametrize(
    ("estimator", "changes", "words"),
    [
        (KNeighborsClassifier(algorithm="brute"), {"_y": np.full(178, 99)}, "label is out of"),
        (KNeighborsClassifier(algorithm="brute"), {"_fit_X": np.zeros((178, 2))}, "features"),
        (KNeighborsClassifier(algorithm="brute"), {"n_neighbors": 500}, "fewer points"),
        (SVC(probability=True), {"support_vectors_": np.zeros((178, 2))}, "not divided"),
        (SVC(probability=True), {"_n_support": np.full(3, 10**8, np.int32)}, "not divided"),
        (SVC(probability=True), {"kernel": "precomputed"}, "kernel"),
        (GradientBoostingClassifier(n_estimators=2), {"n_classes_": 9}, "trees a stage"),
        (GradientBoostingClassifier(n_estimators=2), {"init_": None}, "class frequencies"),
        (GradientBoostingClassifier(n_estimators=2), {"n_features_in_": 2}, "features"),
    ],
)
def test_arrays_that_native_code_would_trust_must_fit_each_other(
    estimator: Any, changes: dict[str, Any], words: str
) -> None:
    model = publish(estimator).estimator
    vars(model).update(changes)

    with pytest.raises(ModelRefused, match=words):
        open_estimator(dumped(model))


def test_a_file_with_changed_bytes_is_refused_or_predicts_or_raises_but_never_crashes() -> None:
    rng = np.random.default_rng(0)
    data = np.frombuffer(HONEST.data, dtype=np.uint8)

    refused = 0
    for _ in range(300):
        mutant = data.copy()
        mutant[rng.integers(len(mutant), size=3)] = rng.integers(256, size=3)
        try:
            model = open_estimator(mutant.tobytes())
        except ModelRefused:
            refused += 1
            continue
        with warnings.catch_warnings(), contextlib.suppress(Exception):
            warnings.simplefilter("ignore")
            probabilities(model, HONEST.rows[:5])

    assert 50 < refused < 300
