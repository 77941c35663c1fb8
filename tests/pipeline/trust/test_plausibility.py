"""Rows like those that were seen, and rows whose values do not belong together."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from pipeline.trust.plausibility import plausibility_of, scores
from store.trust import Plausibility


def known_of(
    rows: np.ndarray, classes: np.ndarray | None = None, numeric: list[int] | None = None
) -> Plausibility:
    labels = np.zeros(len(rows), dtype=int) if classes is None else classes
    places = list(range(rows.shape[1])) if numeric is None else numeric
    found = plausibility_of(rows, labels, numeric=places, seed=0)
    assert isinstance(found, Plausibility), found
    return found


def shuffled(rows: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    return np.column_stack([draw.permutation(column) for column in rows.T])


@pytest.mark.parametrize(
    ("load", "least"), [(load_wine, 0.95), (load_iris, 0.93), (load_breast_cancer, 0.98)]
)
def test_held_out_rows_are_told_from_rows_with_shuffled_columns(load, least: float) -> None:
    rows, classes = load(return_X_y=True)
    told, given = [], []
    for seed in range(8):
        seen, unseen, known, _ = train_test_split(
            rows, classes, random_state=seed, stratify=classes
        )
        mixed = shuffled(rows, np.random.default_rng(seed))
        clouds = known_of(seen, known)
        told += [np.zeros(len(unseen)), np.ones(len(mixed))]
        given += [scores(clouds, unseen), scores(clouds, mixed)]

    assert roc_auc_score(np.concatenate(told), np.concatenate(given)) >= least


def test_its_own_figure_is_near_what_held_out_rows_show() -> None:
    rows, classes = load_wine(return_X_y=True)

    assert 0.95 <= known_of(rows, classes).separation <= 0.99


def test_shuffling_columns_that_do_not_belong_together_is_not_noticed() -> None:
    rows = np.random.default_rng(0).normal(size=(400, 5))

    assert known_of(rows).separation == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("direction", range(6))
def test_a_row_far_out_in_any_direction_is_unlike_any(direction: int) -> None:
    rows, classes = load_wine(return_X_y=True)
    known = known_of(rows, classes)
    way = np.random.default_rng(direction).normal(size=13)
    way = np.linalg.svd(rows / rows.std(axis=0))[2][0] if direction == 0 else way
    spread = rows.std(axis=0)

    far = rows.mean(axis=0) + np.outer([8.0, -8.0, 80.0], way / np.linalg.norm(way)) * spread * 3

    assert (scores(known, far) > known.scores[-1]).all()


def test_one_value_far_beyond_its_column_is_unlike_any() -> None:
    rows, classes = load_wine(return_X_y=True)
    known = known_of(rows, classes)

    for place in range(13):
        row = np.median(rows[classes == 1], axis=0)[None, :]
        row[0, place] = rows[:, place].mean() + 8 * rows[:, place].std()
        assert scores(known, row)[0] > known.scores[-1]


def test_few_rows_a_class_share_one_shape() -> None:
    rows, classes = load_wine(return_X_y=True)
    few = np.concatenate([np.flatnonzero(classes == label)[:15] for label in range(3)])

    own, shared = known_of(rows, classes), known_of(rows[few[:40]], classes[few[:40]])

    assert len({cloud.upper for cloud in own.clouds}) == 3
    assert len({cloud.upper for cloud in shared.clouds}) == 1


def test_columns_that_never_vary_and_categories_are_left_out() -> None:
    rows = np.random.default_rng(0).normal(size=(60, 4))
    rows[:, 1] = 7.0

    assert known_of(rows, numeric=[0, 1, 3]).features == (0, 3)


def test_many_rows_are_told_by_quantiles() -> None:
    rows = np.random.default_rng(0).normal(size=(3_000, 2))

    found = known_of(rows)

    assert (found.rows, len(found.scores)) == (3_000, 201)


@pytest.mark.parametrize(
    ("shape", "numeric", "text"),
    [
        ((29, 2), [0, 1], "2 features need 30 rows, not 29"),
        ((99, 50), list(range(50)), "50 features need 100 rows, not 99"),
        ((400, 90), list(range(90)), "more numbers than a page should carry"),
        ((60, 3), [], "no input is a number"),
    ],
)
def test_what_cannot_be_judged_says_why(shape, numeric: list[int], text: str) -> None:
    rows = np.random.default_rng(0).normal(size=shape)

    found = plausibility_of(rows, np.zeros(len(rows), dtype=int), numeric=numeric, seed=0)

    assert isinstance(found, str)
    assert text in found
