"""Rows and a profile -> a fitted estimator and its card. pandas and scikit-learn, no Spark."""

import io
import warnings
from collections.abc import Iterable
from typing import NamedTuple

import joblib
import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from pipeline.cards import card_features, classes_of, golden, plain, predicted_number, target_title
from pipeline.described import learnable
from pipeline.estimator import card_steps, recipe
from pipeline.feedback import Saying, feedback_of
from pipeline.quality import cross_validation, importances, measured
from pipeline.rows import Rows
from pipeline.trust.measured import Labelled, trust_of_recipe
from store.descriptor import Descriptor, Kind, ModelSpec, Target
from store.errors import DataError, DescriptorError
from store.releases import model_key, stored, version_id
from store.schema import (
    ModelCard,
    Profile,
    TrainingData,
    now,
    software,
)


class Trained(NamedTuple):
    """A model, ready to be stored: its card, the bytes of ``model.joblib``, and what the
    estimator had to say while it was fitted, such as that it did not converge.
    """

    card: ModelCard
    model: bytes
    notes: tuple[str, ...]


def train(
    rows: Rows,
    descriptor: Descriptor,
    profile: Profile,
    *,
    labelled: Iterable[Saying] | None = None,
) -> Trained:
    """Fit the descriptor's model on a part of the rows and measure it on the rest.

    The estimator that is measured on the held-out rows is the very one that is published. The
    same rows and the same seed give the same card, but for its time and version. Feedback changes
    neither which rows are held out nor the rows of the cross-validation, so that the scores of
    models with and without it compare.

    Args:
        rows: Complete rows.
        descriptor: Names the features, the target and the model.
        profile: Of the same rows; the ranges of the inputs come from it.
        labelled: What people said of answers (``pipeline.feedback``), to be trained on too.

    Raises:
        InputError: There is feedback, and the model has no classes.
        DescriptorError: The descriptor's model cannot be made or fitted.
        DataError: A class has too few rows, or the number to learn is the same in all.
    """
    target, spec = learnable(descriptor)
    kind = descriptor.kind
    unfitted = recipe(descriptor)
    _insist_on_enough(rows, target, spec, kind)
    seen, unseen, seen_true, unseen_true = train_test_split(
        rows.features,
        rows.target,
        test_size=spec.test_fraction,
        random_state=spec.seed,
        stratify=rows.target if kind == "classifier" else None,
    )
    table_rows = len(seen)
    told = None
    if labelled is not None:
        more = feedback_of(labelled, rows, descriptor, most=table_rows)
        seen = pd.concat([seen, more.features], ignore_index=True)
        seen_true = np.concatenate([seen_true, more.target])
        told = more.told
    features = card_features(descriptor, profile, rows, descriptor.inputs)
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", ConvergenceWarning)
            estimator = clone(unfitted).fit(seen, seen_true)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # said once is enough
            checked = cross_validation(unfitted, rows.features, rows.target, spec)
            trust = trust_of_recipe(
                unfitted,
                estimator,
                Labelled(seen, seen_true),
                Labelled(unseen, unseen_true),
                features,
                folds=spec.folds,
                seed=spec.seed,
            )
    except (ValueError, TypeError) as error:
        raise DescriptorError(
            f"{type(unfitted).__name__} cannot be fitted: {str(error).splitlines()[0]}"
        ) from error
    classes = classes_of(estimator, target) if kind == "classifier" else ()
    names = [known.label for known in classes]
    file = io.BytesIO()
    joblib.dump(estimator, file, compress=0)
    model = file.getvalue()
    created = now()
    version = version_id(created, model)
    card = ModelCard(
        created=created,
        software=software("scikit-learn", "numpy", "joblib", "scipy", "pandas"),
        name=descriptor.name,
        version=version,
        title=descriptor.title or descriptor.name,
        kind=kind,
        target=target_title(descriptor),
        steps=card_steps(estimator),
        features=features,
        classes=classes,
        number=predicted_number(descriptor, profile, rows),
        held_out=measured(estimator, unseen, unseen_true, names, seed=spec.seed),
        cross_validation=checked,
        importances=importances(estimator, unseen, unseen_true, seed=spec.seed),
        golden=golden(estimator, rows, features, seed=spec.seed),
        data=TrainingData(
            uri=profile.input.uri,
            sha256=profile.input.sha256,
            profile=profile.run_id,
            rows=len(rows.features),
            dropped=rows.dropped,
            train_rows=table_rows,
            feedback=told,
        ),
        seed=spec.seed,
        trust=trust,
        file=stored(model_key(descriptor.name, version, "model.joblib"), model),
    )
    return Trained(card, model, tuple(str(warning.message) for warning in said))


def _insist_on_enough(rows: Rows, target: Target, spec: ModelSpec, kind: Kind) -> None:
    """Raise DataError unless there is something to tell apart, and every fold can have rows."""
    values, counts = np.unique(rows.target, return_counts=True)
    if len(values) < 2:
        what = "two classes" if kind == "classifier" else "a number that varies"
        raise DataError(f"{target.column} is {values[0]} in every row; a model needs {what}.")
    if kind == "regressor":
        if len(rows.target) < 2 * spec.folds:
            raise DataError(
                f"There are {len(rows.target)} complete rows; {spec.folds}-fold cross-validation "
                f"needs at least {2 * spec.folds}. Add rows, or lower folds in [model]."
            )
        return
    if counts.min() < spec.folds:
        rare = target.class_label(plain(values[counts.argmin()]))
        raise DataError(
            f"The class {rare} has {counts.min()} complete rows; {spec.folds}-fold "
            f"cross-validation needs at least {spec.folds}. Add rows, or lower folds in [model]."
        )
