"""The result artifacts: what the two halves promise each other.

Every artifact is JSON, checked by these models when it is written and when it is read. Floats
round-trip exactly and are finite; where there is no number there is ``null``. Times are UTC.

    Profile      what the Spark job found in a table
    ModelCard    what a published model is, and how good
    Release      which profile and which models belong together
    Pointer      ``current.json``: the live release and those before it
"""

import platform
from datetime import UTC, datetime
from importlib import metadata
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from store.artifacts import KEY
from store.descriptor import Descriptor
from store.errors import ArtifactError

SCHEMA_VERSION: Final = 1
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
MAX_SAMPLE_ROWS = 2_000
MAX_REJECTED_EXAMPLES = 100

Rows = Annotated[int, Field(ge=0)]
Bytes = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Key = Annotated[str, Field(pattern=f"^(?:{KEY.pattern})$")]
ClassValue = bool | int | str


class Part(BaseModel):
    """A part of an artifact: nothing unknown, nothing infinite, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Artifact(Part):
    """What every artifact carries: its schema, when it was made, and with which software."""

    schema_version: Literal[1] = SCHEMA_VERSION
    created: AwareDatetime
    software: dict[str, str]


def now() -> datetime:
    """The present moment in UTC, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def software(*packages: str) -> dict[str, str]:
    """The versions of Python and of the named packages that are installed here."""
    return {"python": platform.python_version()} | {p: metadata.version(p) for p in packages}


# -- Profile -----------------------------------------------------------------------------------


class Histogram(Part):
    """Counts between fixed edges, the same edges in every group; the last bin includes its end."""

    edges: tuple[float, ...]
    counts: tuple[Rows, ...]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.edges) != len(self.counts) + 1 or list(self.edges) != sorted(self.edges):
            raise ValueError("a histogram has ascending edges, one more than it has counts")
        return self


class ColumnProfile(Part):
    """A numeric column. ``count`` + ``missing`` = rows; statistics are null without values.

    ``sd`` divides by n - 1; ``skewness`` is the population's, m3 / m2**1.5. Quantiles are keyed
    "0.01" ... "0.99" and interpolated linearly (Hyndman & Fan 1996, type 7).
    """

    name: str
    count: Rows
    missing: Rows
    mean: float | None
    sd: float | None
    minimum: float | None
    maximum: float | None
    skewness: float | None
    quantiles: dict[str, float | None]
    histogram: Histogram | None


class ValueCount(Part):
    """How often a value occurs."""

    value: str
    count: Rows


class CategoryProfile(Part):
    """A categorical column: its most frequent values, most frequent first."""

    name: str
    count: Rows
    missing: Rows
    distinct: Rows
    top: tuple[ValueCount, ...]


class Section(Part):
    """The rows of one group, or all of them.

    ``correlation`` is Pearson's r between the columns in their order, over the rows where both
    have a value; null where one of them does not vary.
    """

    rows: Rows
    columns: tuple[ColumnProfile, ...]
    categories: tuple[CategoryProfile, ...] = ()
    correlation: tuple[tuple[float | None, ...], ...]

    def column(self, name: str) -> ColumnProfile:
        """The column of this name. Raises KeyError."""
        return {column.name: column for column in self.columns}[name]


class Group(Section):
    """The rows with one value of the group column, and what people call that value."""

    value: str
    label: str


class RejectedRow(Part):
    """A row that was kept out: its text as read (cut at 500 characters) and why."""

    text: str
    reason: str


class Rejected(Part):
    """Rows that were kept out, by reason, with the first hundred of them."""

    rows: Rows
    reasons: dict[str, Rows]
    examples: tuple[RejectedRow, ...]


class InputFile(Part):
    """A file that was read; the name is relative to the input."""

    name: str
    bytes: Bytes
    sha256: Sha256


class InputData(Part):
    """Where the rows came from. ``sha256`` is over the sorted names and hashes of the files."""

    uri: str
    format: Literal["csv", "parquet"]
    bytes: Bytes
    sha256: Sha256
    files: tuple[InputFile, ...]


class StageRun(Part):
    """A Spark stage; ``task_seconds`` is the sum over its tasks."""

    id: int
    name: str
    tasks: Rows
    seconds: Seconds
    task_seconds: Seconds
    input_bytes: Bytes
    input_rows: Rows
    shuffle_read_bytes: Bytes
    shuffle_write_bytes: Bytes


class JobRun(Part):
    """What Spark did for a profile, from its own status store. Seconds are wall time.

    ``start_seconds`` is the start of the Java process and the session, ``read_seconds`` reading
    and checking the input, ``aggregate_seconds`` the aggregation, ``total_seconds`` all of it.
    """

    engine: Literal["spark"]
    engine_version: str
    java_version: str
    master: str
    application_id: str
    started: AwareDatetime
    start_seconds: Seconds
    read_seconds: Seconds
    aggregate_seconds: Seconds
    total_seconds: Seconds
    jobs: Rows
    tasks: Rows
    stages: tuple[StageRun, ...]


class Sample(Part):
    """A uniform sample without replacement, in input order; ``values[i]`` is a row."""

    columns: tuple[str, ...]
    groups: tuple[str | None, ...]
    values: tuple[tuple[float | None, ...], ...] = Field(max_length=MAX_SAMPLE_ROWS)

    @model_validator(mode="after")
    def _rectangular(self) -> Self:
        if len(self.groups) != len(self.values):
            raise ValueError("a sample has one group a row")
        if any(len(row) != len(self.columns) for row in self.values):
            raise ValueError("a sample has one value a column in every row")
        return self


class Profile(Artifact):
    """What the Spark job found in a table: all of it in a few hundred kB, however many rows."""

    name: str
    run_id: str
    descriptor: Descriptor
    group_by: str | None
    rows: Rows
    rejected: Rejected
    input: InputData
    overall: Section
    groups: tuple[Group, ...]
    sample: Sample
    run: JobRun


# -- Model card --------------------------------------------------------------------------------


class StoredFile(Part):
    """An object in the store, pinned by its size and hash."""

    key: Key
    bytes: Bytes
    sha256: Sha256


class CardFeature(Part):
    """An input of the model. The range, the median and the step come from the profile."""

    name: str
    label: str
    unit: str
    group: str
    aliases: tuple[str, ...]
    decimals: Rows
    minimum: float
    maximum: float
    median: float
    step: Annotated[float, Field(gt=0)]


class CardClass(Part):
    """A class as the estimator knows it, and what people call it."""

    value: ClassValue
    label: str


class Interval(Part):
    """A figure with its 95 % interval, and the method that gave the interval."""

    value: float
    low: float
    high: float
    method: str


class ClassMetrics(Part):
    """How well one class is recognised on the held-out rows."""

    label: str
    precision: Fraction
    recall: Fraction
    f1: Fraction
    support: Rows


class CalibrationBin(Part):
    """Held-out predictions (one a row and class) whose probability lies in [low, high]."""

    low: Fraction
    high: Fraction
    count: Rows
    mean_predicted: Fraction | None
    observed: Fraction | None


class HeldOut(Part):
    """Metrics of the published estimator on rows it never saw; confusion[true][predicted]."""

    rows: Rows
    accuracy: Interval
    log_loss: Annotated[float, Field(ge=0)]
    confusion: tuple[tuple[Rows, ...], ...]
    classes: tuple[ClassMetrics, ...]
    calibration: tuple[CalibrationBin, ...]


class CrossValidation(Part):
    """Repeated stratified cross-validation of the same recipe over all rows."""

    folds: Rows
    repeats: Rows
    accuracy: Interval
    log_loss: Interval


class Importance(Part):
    """How much a feature matters: impurity decrease, and accuracy lost when it is shuffled."""

    feature: str
    impurity: float | None
    permutation: float
    permutation_sd: float


class Golden(Part):
    """Rows with the probabilities that the estimator gave where it was trained."""

    rows: tuple[tuple[float, ...], ...] = Field(min_length=1)
    probabilities: tuple[tuple[float, ...], ...] = Field(min_length=1)


class CardStep(Part):
    """A step of the estimator: import path and every parameter, as ``repr`` gives it."""

    estimator: str
    parameters: dict[str, str]


class TrainingData(Part):
    """The rows behind a model: those used, and those left out because a value was missing."""

    uri: str
    sha256: Sha256
    profile: str
    rows: Rows
    dropped: Rows
    train_rows: Rows


class ModelCard(Artifact):
    """What a published model is: inputs and classes in order, quality, origin, and its file."""

    name: str
    version: str
    title: str
    target: str
    steps: tuple[CardStep, ...]
    features: tuple[CardFeature, ...]
    classes: tuple[CardClass, ...]
    held_out: HeldOut
    cross_validation: CrossValidation
    importances: tuple[Importance, ...]
    golden: Golden
    data: TrainingData
    seed: int
    file: StoredFile

    @model_validator(mode="after")
    def _golden_rows_fit(self) -> Self:
        widths = {len(row) for row in self.golden.rows}
        answers = {len(row) for row in self.golden.probabilities}
        if widths != {len(self.features)} or answers != {len(self.classes)}:
            raise ValueError("golden rows have one value a feature and one probability a class")
        if len(self.golden.rows) != len(self.golden.probabilities):
            raise ValueError("every golden row has its probabilities")
        return self


# -- Release -----------------------------------------------------------------------------------


class ReleasedProfile(Part):
    """A profile of a release."""

    name: str
    run_id: str
    file: StoredFile


class ReleasedModel(Part):
    """A model of a release: its card, its file, and the profile that belongs to it."""

    name: str
    version: str
    profile: str
    card: StoredFile
    file: StoredFile


class Release(Artifact):
    """What is live together. Written once; ``default`` names the model that ``/predict`` serves."""

    id: str
    sequence: Annotated[int, Field(ge=1)]
    default: str
    profiles: tuple[ReleasedProfile, ...]
    models: tuple[ReleasedModel, ...]


class Pointer(Part):
    """``current.json``: the live release, and the ids of the releases before it, newest first."""

    schema_version: Literal[1] = SCHEMA_VERSION
    release: Release
    history: tuple[str, ...] = ()


A = TypeVar("A", bound=Part)


def encode(artifact: Part) -> bytes:
    """The artifact as compact UTF-8 JSON."""
    return artifact.model_dump_json().encode() + b"\n"


def decode(kind: type[A], data: bytes, *, name: str) -> A:
    """Read an artifact from its JSON.

    Raises:
        ArtifactError: The data breaks the schema; the text says where, and names ``name``.
    """
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole of it"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise ArtifactError(
            f"{name} is not a {kind.__name__} of schema {SCHEMA_VERSION}: "
            f"{place}: {first['msg']}{more}."
        ) from error
