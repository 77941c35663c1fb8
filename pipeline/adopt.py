"""A model that was trained elsewhere and a table -> a profile, a card and a release.

The file is opened in a child process only, with the checks that it has to pass in the web half.
"""

import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.cards import card_features, golden, plain, predicted_number, target_title
from pipeline.described import beside, infer, look_at, renamed
from pipeline.inputs import find_input
from pipeline.interview import Interview, stand_in
from pipeline.job_run import Way
from pipeline.matching import class_text, described_for, match
from pipeline.progress import Steps
from pipeline.quality import importances, measured
from pipeline.remote import is_remote, location, reading
from pipeline.rows import Rows, read_rows
from pipeline.steps import CHECK, DESCRIPTOR, Ask, StoredProfile, make_profile
from pipeline.storing import store_model
from pipeline.table.files import opened
from pipeline.toml import to_toml
from pipeline.trust.measured import Labelled, trust_of_answers
from store.artifacts import ArtifactStore
from store.descriptor import Descriptor, Target, read_descriptor
from store.errors import DataError, InputError, ModelRefused
from store.releases import MAX_MODEL_BYTES, model_key, stored, version_id
from store.schema import (
    Adopted,
    CardClass,
    CardStep,
    ModelCard,
    TrainingData,
    now,
    software,
)

OPEN = "Open the model"
MEASURE = "Measure it"
SEED = 0
MEASURED_ROWS = 20_000  # of more rows so many are drawn
SHUFFLED_ROWS = 1_000
SHUFFLES = 5
FILES = {"joblib": "model.joblib", "pickle": "model.pkl", "skops": "model.skops"}


class Adoption(NamedTuple):
    """What a person asked for.

    Args:
        model: A file here, or ``s3://bucket/key``.
        data: The table: anything that ``profile`` reads.
        target: The column that the model tells, where it is not found.
        features: The columns of its inputs in its order, where they are not found.
        name: What model and table are called in the store.
        descriptor: The TOML file that describes the table.
        unseen: Whether the model never saw the rows of the table.
        signed: Whether the release will be signed, so that families open that are not checked.
    """

    model: str
    data: str
    target: str | None = None
    features: tuple[str, ...] = ()
    name: str | None = None
    descriptor: Path | None = None
    unseen: bool = False
    signed: bool = False


class AdoptedModel(NamedTuple):
    """What was stored, and how it will be served: by ``engine``, for a ``reason`` if not flat."""

    profile: StoredProfile
    card_key: str
    card: ModelCard
    engine: str
    reason: str | None


def adopt(order: Adoption, store: ArtifactStore, steps: Steps, way: Way) -> AdoptedModel:
    """Look at a model and a table, and store the profile, the card and the model.

    Raises:
        InputError: The model is refused, or does not fit the table; the text says what to do.
        CellarError: The store failed.
    """
    data = read_model_file(order.model)
    with steps.step(OPEN):
        interview = Interview(data, signed=order.signed)
    with interview:
        steps.note(f"{_shown(order.model)}: {facts_of(interview.file)}")
        if interview.model is None:
            raise InputError(_refusal(str(interview.refused), signed=order.signed))
        descriptor, inputs = describe_table(order, interview.model)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"{descriptor.name}.toml"
            file.write_text(to_toml(descriptor), encoding="utf-8")
            profiled = make_profile(Ask(order.data, file), store, steps, way)
        with steps.step(MEASURE):
            card = make_card(order, data, interview, descriptor, inputs, profiled)
    with steps.step(CHECK):
        try:
            beside = {DESCRIPTOR: to_toml(descriptor).encode()}
            made = store_model(store, card, data, signed=order.signed, beside=beside)
        except ModelRefused as error:
            raise InputError(_refusal(str(error), signed=order.signed)) from error
    described_at = model_key(card.name, card.version, DESCRIPTOR)
    steps.note(f"Note: labels and units can be said in the descriptor: {described_at}")
    return AdoptedModel(profiled, made.key, made.card, made.opening.engine, made.opening.reason)


def read_model_file(where: str) -> bytes:
    """The bytes of a model file here or in S3, unsigned where there are no credentials.

    Raises:
        InputError: There is none, or it is too large.
        StoreUnavailable: S3 failed.
    """
    place = location(where)
    with reading(_shown(where)), opened(place).open_input_stream(place.path, compression=None) as f:
        data: bytes = f.read(MAX_MODEL_BYTES + 1)
    if len(data) > MAX_MODEL_BYTES:
        raise InputError(
            f"{_shown(where)} has more than {MAX_MODEL_BYTES:,} bytes, and none as large is opened."
        )
    if not data:
        raise InputError(f"{_shown(where)} is empty.")
    return data


def facts_of(file: dict[str, Any]) -> str:
    """What the bytes of a file say of themselves, as a sentence."""
    parts = [file["format"]]
    if file["protocol"] is not None:
        parts.append(f"pickle protocol {file['protocol']}")
    parts += [f"written with {name} {version}" for name, version in file["written_with"].items()]
    classes = [name.rpartition(".")[2] for name in file["names"] if name.startswith("sklearn.")]
    if classes:
        parts.append("names " + ", ".join(sorted(set(classes))))
    return "; ".join(parts)


def describe_table(order: Adoption, model: dict[str, Any]) -> tuple[Descriptor, tuple[str, ...]]:
    """The descriptor of the table for this model, and the names of its inputs in its order."""
    file = order.descriptor or beside(order.data)
    said = read_descriptor(file) if file else None
    found = find_input(order.data)
    _, columns = look_at(found, said.csv if said else None)
    matched = match(model, columns, said, features=order.features, target=order.target)
    if said is None:
        is_label = model["kind"] == "classifier"
        said = infer(found, group_by=[matched.target] if is_label else [])
    descriptor = described_for(matched, model["kind"], columns, said)
    descriptor = descriptor if order.name is None else renamed(descriptor, order.name)
    return descriptor, tuple(name for name, _ in matched.inputs)


def make_card(
    order: Adoption,
    data: bytes,
    interview: Interview,
    descriptor: Descriptor,
    inputs: tuple[str, ...],
    profiled: StoredProfile,
) -> ModelCard:
    """The card: every answer in it comes from the child. Raises DataError."""
    model, target, profile = interview.model, descriptor.target, profiled.profile
    assert model is not None
    assert target is not None
    rows = read_rows(find_input(order.data), descriptor, target, inputs=inputs)
    classes = tuple(CardClass(value=v, label=target.class_label(v)) for v in model["classes"])
    if classes:
        rows = rows._replace(target=_known(rows.target, classes, target))
    features = card_features(descriptor, profile, rows, inputs)
    estimator = stand_in(interview, features)
    some = _drawn(rows, MEASURED_ROWS)
    few = _drawn(rows, SHUFFLED_ROWS)
    enough = bool(classes) or len(rows.target) >= 2
    found = (
        measured(estimator, some.features, some.target, [c.label for c in classes], seed=SEED)
        if enough
        else None
    )
    created = now()
    version = version_id(created, data)
    name = FILES[interview.file["format"].partition(",")[0]]
    return ModelCard(
        created=created,
        software=software("scikit-learn", "numpy", "joblib") | interview.file["written_with"],
        name=descriptor.name,
        version=version,
        title=descriptor.title or descriptor.name,
        kind=model["kind"],
        target=target_title(descriptor),
        steps=tuple(CardStep(**step) for step in model["steps"]),
        features=features,
        classes=classes,
        number=predicted_number(descriptor, profile, rows),
        held_out=found if order.unseen else None,
        on_given=None if order.unseen else found,
        cross_validation=None,
        importances=importances(estimator, few.features, few.target, seed=SEED, shuffles=SHUFFLES)
        if enough
        else (),
        golden=golden(estimator, rows, features, seed=SEED),
        data=TrainingData(
            uri=profile.input.uri,
            sha256=profile.input.sha256,
            profile=profile.run_id,
            rows=len(rows.target),
            dropped=rows.dropped,
            train_rows=None,
        ),
        seed=None,
        adopted=Adopted(
            source=_shown(order.model),
            format=interview.file["format"],
            protocol=interview.file["protocol"],
            written_with=interview.file["written_with"],
        ),
        trust=trust_of_answers(
            estimator,
            Labelled(some.features, some.target),
            features,
            classes=[known.value for known in classes],
            unseen=order.unseen,
            seed=SEED,
        )
        if enough
        else None,
        file=stored(model_key(descriptor.name, version, name), data),
    )


def _known(
    labels: np.ndarray[Any, Any], classes: tuple[CardClass, ...], target: Target
) -> np.ndarray[Any, Any]:
    """The labels of the rows as the model knows them. Raises DataError for one it does not."""
    by_text = {class_text(known.value): known.value for known in classes}
    found = {value: by_text.get(class_text(value)) for value in map(plain, np.unique(labels))}
    if unknown := [str(value) for value, known in found.items() if known is None]:
        raise DataError(
            f"{target.column} has {len(unknown)} values that the model does not know, such as "
            f'"{unknown[0]}"; it knows {", ".join(list(by_text)[:12])}. Name the right column with '
            "--target, or take these rows out of the table."
        )
    return np.array([found[plain(value)] for value in labels])


def _drawn(rows: Rows, count: int) -> Rows:
    """At most so many of the rows, drawn without replacement, in their order."""
    if len(rows.target) <= count:
        return rows
    chosen = np.random.default_rng(SEED).choice(len(rows.target), size=count, replace=False)
    chosen.sort()
    features = rows.features.iloc[chosen].reset_index(drop=True)
    return rows._replace(features=features, target=rows.target[chosen])


def _refusal(reason: str, *, signed: bool) -> str:
    if signed or "sign" in reason:
        return f"The model is refused. {reason}"
    return (
        f"The model is refused. {reason} If you made the file yourself, adopt it with --signed and "
        "sign the release: then any scikit-learn estimator opens (docs/bring-your-own.md)."
    )


def _shown(where: str) -> str:
    """The name of a model file, without saying where this machine keeps its files."""
    return where if is_remote(where) else Path(where).name
