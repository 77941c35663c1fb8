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
from functools import cache
from importlib import metadata
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import AwareDatetime, Field, ValidationError, model_validator

from store.artifacts.law import KEY
from store.descriptor import Descriptor
from store.errors import ArtifactError
from store.part import Fraction, Part, Rows
from store.trust import Trust

SCHEMA_VERSION: Final = 1
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
MAX_SAMPLE_ROWS = 2_000
MAX_REJECTED_EXAMPLES = 100
MAX_CORRELATED = 100
MAX_TREND_COLUMNS = 50
MAX_INPUT_FILES = 1_000
MAX_SHOWN_PREDICTIONS = 300
MAX_INPUT_CATEGORIES = 200  # different texts that an input of a model may have
ASKED = "-asked"

Bytes = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Key = Annotated[str, Field(pattern=f"^(?:{KEY.pattern})$")]
ReleaseId = Annotated[str, Field(pattern=r"^[0-9]{6,}-[0-9a-f]{6}$")]
ClassValue = bool | int | str


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
    return {"python": platform.python_version()} | {p: _version(p) for p in packages}


@cache
def _version(package: str) -> str:
    """Looked up once: it takes milliseconds, and every release says it."""
    return metadata.version(package)


def asked_name(model: str) -> str:
    """What the profile is called of that which a model was asked: ``wine-asked``."""
    return f"{model[: 63 - len(ASKED)]}{ASKED}"


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
    "0.01" ... "0.99" and interpolated linearly (Hyndman & Fan 1996, type 7); each is at most
    ``rank_error`` of ``count`` away from its rank, 0 where they are exact.
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
    rank_error: Fraction = 0.0
    histogram: Histogram | None


class ValueCount(Part):
    """How often a value occurs."""

    value: str
    count: Rows


class CategoryProfile(Part):
    """A categorical column: its most frequent values, most frequent first.

    Of a column with very many values ``distinct`` is an estimate, with ``distinct_error`` as its
    standard error relative to it, and a count in ``top`` is too low by at most ``count_error``.
    Both are 0 where the figures are exact.
    """

    name: str
    count: Rows
    missing: Rows
    distinct: Rows
    distinct_error: Fraction = 0.0
    top: tuple[ValueCount, ...]
    count_error: Rows = 0


class Trend(Part):
    """A date column: how many rows each period has, and the mean of the numeric columns in it.

    ``starts`` are the first days of the periods that have rows, ascending, as ISO dates; a period
    is a ``step``. ``minimum`` and ``maximum`` are days. ``means`` has one list a numeric column,
    null where it has no value in the period; only the section of all rows carries it, for the
    first ``MAX_TREND_COLUMNS`` columns.
    """

    name: str
    count: Rows
    missing: Rows
    minimum: str | None
    maximum: str | None
    step: Literal["day", "month", "year"]
    starts: tuple[str, ...]
    counts: tuple[Rows, ...]
    means: dict[str, tuple[float | None, ...]] = {}


class Section(Part):
    """The rows of one group, or all of them.

    ``correlation`` is Pearson's r between the first ``MAX_CORRELATED`` columns in their order,
    over the rows where both have a value; null where one of them does not vary.
    """

    rows: Rows
    columns: tuple[ColumnProfile, ...]
    categories: tuple[CategoryProfile, ...] = ()
    trends: tuple[Trend, ...] = ()
    correlation: tuple[tuple[float | None, ...], ...]

    def column(self, name: str) -> ColumnProfile:
        """The column of this name. Raises KeyError."""
        return {column.name: column for column in self.columns}[name]


class Group(Section):
    """The rows with one value of the group column, and what people call that value."""

    value: str
    label: str


class Grouping(Part):
    """The groups by another column."""

    column: str
    label: str
    groups: tuple[Group, ...]


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
    """A file or object that was read; the name is relative to the input.

    ``sha256`` is that of its content; null where reading all of it for that was not worth it.
    """

    name: str
    bytes: Bytes
    sha256: Sha256 | None


class InputData(Part):
    """Where the rows came from.

    ``sha256`` is over the sorted names and content hashes of the files when ``hashed`` is
    ``content``; over their names, sizes and versions (ETag, or time of change) when it is
    ``listing``; and of a table that only Spark can read over what Spark says of it. ``files`` are
    the first ``MAX_INPUT_FILES`` of ``file_count``.
    """

    uri: str
    format: Literal["csv", "json", "parquet", "table"]
    bytes: Bytes
    hashed: Literal["content", "listing"] = "content"
    sha256: Sha256
    file_count: Rows
    files: tuple[InputFile, ...]


class JobRun(Part):
    """How a profile came about, in short. Seconds are wall time.

    ``engine`` is ``spark`` (Spark's tasks read the files and condense them with arrays),
    ``dataframe`` (Spark's own operators, for what only Spark can read) or ``local`` (the same
    arrays without Spark). ``passes`` counts how often all rows were read. ``start_seconds`` is the
    start of Java and Spark, ``read_seconds`` looking at the input and its ranges,
    ``aggregate_seconds`` the aggregation, ``total_seconds`` all of it. What Spark did in detail
    is the artifact ``store.application.Application`` beside the profile.
    """

    engine: Literal["spark", "dataframe", "local"]
    engine_version: str
    java_version: str | None
    master: str | None
    application_id: str | None
    started: AwareDatetime
    start_seconds: Seconds
    read_seconds: Seconds
    aggregate_seconds: Seconds
    total_seconds: Seconds
    passes: Rows
    jobs: Rows
    stages: Rows
    tasks: Rows


class Sample(Part):
    """A uniform sample without replacement, in input order; ``values[i]`` is a row.

    ``texts[i]`` are its values of ``categories``, those with at most ``MAX_INPUT_CATEGORIES``
    different ones. Where there is none, both are left out, for readers that do not know them.
    """

    columns: tuple[str, ...]
    groups: tuple[str | None, ...]
    values: tuple[tuple[float | None, ...], ...] = Field(max_length=MAX_SAMPLE_ROWS)
    categories: tuple[str, ...] = Field(default=(), exclude_if=lambda names: not names)
    texts: tuple[tuple[str | None, ...], ...] = Field(default=(), exclude_if=lambda rows: not rows)

    @model_validator(mode="after")
    def _rectangular(self) -> Self:
        if len(self.groups) != len(self.values):
            raise ValueError("a sample has one group a row")
        if any(len(row) != len(self.columns) for row in self.values):
            raise ValueError("a sample has one value a column in every row")
        if len(self.texts) != (len(self.values) if self.categories else 0) or any(
            len(row) != len(self.categories) for row in self.texts
        ):
            raise ValueError("a sample has one text a category in every row")
        return self


class Profile(Artifact):
    """What the Spark job found in a table: all of it in a few hundred kB, however many rows.

    ``where`` are the conditions that hold for its rows, such as ``acidity >= 3.5``; to the profile,
    the table has no other rows.
    """

    name: str
    run_id: str
    descriptor: Descriptor
    group_by: str | None
    where: tuple[str, ...] = ()
    rows: Rows
    rejected: Rejected
    input: InputData
    overall: Section
    groups: tuple[Group, ...]
    groupings: tuple[Grouping, ...] = ()
    sample: Sample
    run: JobRun

    def by(self, column: str) -> Self:
        """The profile with its rows grouped by another column of ``groupings``. Raises KeyError."""
        if column == self.group_by:
            return self
        grouping = {other.column: other for other in self.groupings}[column]
        return self.model_copy(update={"group_by": column, "groups": grouping.groups})


# -- Model card --------------------------------------------------------------------------------


class StoredFile(Part):
    """An object in the store, pinned by its size and hash."""

    key: Key
    bytes: Bytes
    sha256: Sha256


class CardFeature(Part):
    """An input of the model. The range, the median and the step come from the profile.

    One with ``categories`` takes one of these texts, the most frequent first. In a row of numbers
    a text stands as its place among them, from 0 on: that is what the range and the median of
    such a feature are, so that its median is the most frequent category.
    """

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
    categories: tuple[str, ...] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _places(self) -> Self:
        if self.categories is None:
            return self
        if len(set(self.categories)) < len(self.categories):
            raise ValueError("a category is named twice")
        places = (0, len(self.categories) - 1, 0, 1, 0)
        if (self.minimum, self.maximum, self.median, self.step, self.decimals) != places:
            raise ValueError("the range of categories is that of their places, in steps of 1")
        return self


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


class HeldOutRegression(Part):
    """The same of a regressor. A residual is true less predicted; all but R2 in the target's unit.

    ``residuals`` are keyed as the quantiles of a column are; ``sample`` are (true, predicted).
    """

    rows: Annotated[int, Field(ge=2)]
    r2: Interval
    mean_absolute_error: Annotated[float, Field(ge=0)]
    root_mean_squared_error: Annotated[float, Field(ge=0)]
    median_absolute_error: Annotated[float, Field(ge=0)]
    residuals: dict[str, float]
    sample: tuple[tuple[float, float], ...] = Field(max_length=MAX_SHOWN_PREDICTIONS)


class CrossValidation(Part):
    """Repeated stratified cross-validation of the same recipe over all rows."""

    folds: Rows
    repeats: Rows
    accuracy: Interval
    log_loss: Interval


class CrossValidationRegression(Part):
    """Repeated cross-validation of a regressor."""

    folds: Rows
    repeats: Rows
    r2: Interval
    mean_absolute_error: Interval


class Importance(Part):
    """How much a feature matters: impurity decrease, and what is lost when it is shuffled.

    That is accuracy for a classifier, R2 for a regressor.
    """

    feature: str
    impurity: float | None
    permutation: float
    permutation_sd: float


class Golden(Part):
    """Rows with the probabilities that the estimator gave where it was trained.

    A category stands as its place among those of its feature. The answer of a regressor is one
    number: its prediction.
    """

    rows: tuple[tuple[float, ...], ...] = Field(min_length=1)
    probabilities: tuple[tuple[float, ...], ...] = Field(min_length=1)


class CardStep(Part):
    """A step of the estimator: import path and every parameter, as ``repr`` gives it."""

    estimator: str
    parameters: dict[str, str]


class FeedbackRows(Part):
    """Rows that people labelled, by saying of answers whether they were right.

    ``rows`` were trained on beside those of the table, and nothing was measured on them. The
    others were left out, by reason.
    """

    rows: Rows
    left_out: dict[str, Rows]

    @property
    def summary(self) -> str:
        """Such as ``12 rows; left out: 3 x a row of the table``."""
        reasons = "; ".join(f"{count:,} x {why}" for why, count in self.left_out.items())
        return f"{self.rows:,} rows" + (f"; left out: {reasons}" if reasons else "")


class TrainingData(Part):
    """The rows behind a model: those used, and those left out because a value was missing.

    ``train_rows``, of the table, is None where it was trained elsewhere, and nobody here knows on
    what. ``feedback`` has only a model that was trained with feedback.
    """

    uri: str
    sha256: Sha256
    profile: str
    rows: Rows
    dropped: Rows
    train_rows: Rows | None
    # Left out where there is none, for readers that do not know it.
    feedback: FeedbackRows | None = Field(default=None, exclude_if=lambda value: value is None)


class PredictedNumber(Part):
    """What a regressor predicts: its unit, its decimals, and its values in the rows."""

    unit: str
    decimals: Rows
    values: ColumnProfile


class Adopted(Part):
    """Where a model that was trained elsewhere came from, and what its file says of itself.

    ``written_with`` are versions found in the file: what it was pickled with, where it tells.
    """

    source: str
    format: str
    protocol: Rows | None
    written_with: dict[str, str]


class ModelCard(Artifact):
    """What a published model is: inputs and classes in order, quality, origin, and its file.

    A classifier has ``classes`` and a regressor has ``number``. ``held_out`` was measured on rows
    that the model never saw, ``on_given`` on rows that it may have seen; None was not measured.
    ``adopted`` and no ``seed`` has a model that was trained elsewhere. ``trust`` has no card from
    before it was measured.
    """

    name: str
    version: str
    title: str
    kind: Literal["classifier", "regressor"] = "classifier"
    target: str
    steps: tuple[CardStep, ...]
    features: tuple[CardFeature, ...]
    classes: tuple[CardClass, ...]
    number: PredictedNumber | None = None
    held_out: HeldOut | HeldOutRegression | None
    on_given: HeldOut | HeldOutRegression | None = None
    cross_validation: CrossValidation | CrossValidationRegression | None
    importances: tuple[Importance, ...]
    golden: Golden
    data: TrainingData
    seed: int | None
    adopted: Adopted | None = None
    trust: Trust | None = None
    file: StoredFile
    flat: StoredFile | None = None

    @property
    def outputs(self) -> int:
        """How many numbers an answer has: one a class, or the one that a regressor predicts."""
        return len(self.classes) or 1

    @model_validator(mode="after")
    def _is_of_its_kind(self) -> Self:
        regressor = self.kind == "regressor"
        if bool(self.classes) == regressor or (self.number is not None) != regressor:
            raise ValueError("a classifier has classes, a regressor has the number it predicts")
        found = [part for part in (self.held_out, self.on_given) if part is not None]
        fitting: type[Part] = HeldOutRegression if regressor else HeldOut
        crossed: type[Part] = CrossValidationRegression if regressor else CrossValidation
        if not all(isinstance(part, fitting) for part in found) or (
            self.cross_validation is not None and not isinstance(self.cross_validation, crossed)
        ):
            raise ValueError(f"the metrics are not those of a {self.kind}")
        return self

    @model_validator(mode="after")
    def _trust_fits(self) -> Self:
        sizes = {"features": len(self.features), "classes": len(self.classes)}
        if self.trust is not None and (problem := self.trust.problem(**sizes)):
            raise ValueError(problem)
        return self

    @model_validator(mode="after")
    def _golden_rows_fit(self) -> Self:
        widths = {len(row) for row in self.golden.rows}
        answers = {len(row) for row in self.golden.probabilities}
        if widths != {len(self.features)} or answers != {self.outputs}:
            raise ValueError("golden rows have one value a feature and one probability a class")
        if len(self.golden.rows) != len(self.golden.probabilities):
            raise ValueError("every golden row has its probabilities")
        places = [(i, len(f.categories)) for i, f in enumerate(self.features) if f.categories]
        if any(row[i] not in range(count) for row in self.golden.rows for i, count in places):
            raise ValueError("a golden row has a category that its feature does not have")
        return self


# -- Release -----------------------------------------------------------------------------------


class ReleasedProfile(Part):
    """A profile of a release, and what Spark did for it where that was kept."""

    name: str
    run_id: str
    file: StoredFile
    application: StoredFile | None = None


class ReleasedModel(Part):
    """A model of a release: its card, its file, and the profile that belongs to it.

    ``flat`` is the same model as plain numbers, where it has such a form.
    """

    name: str
    version: str
    profile: str
    card: StoredFile
    file: StoredFile
    flat: StoredFile | None = None


class Release(Artifact):
    """What is live together. Written once; ``default`` names the model that ``/predict`` serves.

    ``candidates`` may become live: they are served beside those that are. ``results`` are
    measurements by kind, such as ``engines``.
    """

    id: ReleaseId
    sequence: Annotated[int, Field(ge=1)]
    default: str
    profiles: tuple[ReleasedProfile, ...]
    models: tuple[ReleasedModel, ...]
    candidates: tuple[ReleasedModel, ...] = ()
    results: dict[str, StoredFile] = {}


class Pointer(Part):
    """``current.json``: the live release, and the ids of those that were live before, newest first.

    ``signature`` is that of the release, where it was signed (``store.signature``). ``revision``
    counts the writes, so that no two pointers are the same bytes. ``removing`` are the keys that a
    prune at work takes away, which nobody may publish any more.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    release: Release
    history: tuple[ReleaseId, ...] = ()
    signature: str | None = None
    revision: Annotated[int, Field(ge=0)] = 0
    removing: tuple[Key, ...] = ()


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
