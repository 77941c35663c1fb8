"""What a person may say about a table: labels, units, groups, the target, presets, the model.

Nothing about a particular table stands in Python code; ``data/wine.toml`` is the worked example.
"""

import codecs
import re
import tomllib
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from store.errors import DescriptorError

SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class _Entry(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False
    )


class Feature(_Entry):
    """One numeric column: how it is called here (``column``) and elsewhere (``aliases``)."""

    column: str
    label: str = ""
    unit: str = ""
    group: str = "Features"
    decimals: int | None = Field(default=None, ge=0, le=12)
    aliases: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The label, or the column's name made readable."""
        return self.label or self.column.replace("_", " ").capitalize()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that a program may use for this feature, its own first."""
        return (self.column, *self.aliases)


class Target(_Entry):
    """What a model learns to tell: a label column, or one of the features.

    ``classes`` maps the values of a label column, as text, to what people call them. A target that
    is one of the features is a number; its unit and decimals are those of the feature.
    """

    column: str
    label: str = ""
    classes: dict[str, str] = {}

    @property
    def title(self) -> str:
        """The label, or the column's name made readable."""
        return self.label or self.column.replace("_", " ").capitalize()

    def class_label(self, value: object) -> str:
        """What people call the class ``value``; its own text where nothing else is said."""
        return self.classes.get(str(value), str(value))


class Preset(_Entry):
    """A starting point for the sliders.

    ``kind`` is ``median`` (of all rows), ``class_median`` (of the class ``of``), ``random_row``
    and ``borderline`` (a real row that the model finds hard), or ``values`` (given here).
    """

    label: str
    kind: Literal["median", "class_median", "random_row", "borderline", "values"]
    of: str | None = None
    values: dict[str, float] = {}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.kind == "class_median") != (self.of is not None):
            raise ValueError('"of" names the class of a class_median preset, and of no other')
        if (self.kind == "values") != bool(self.values):
            raise ValueError('"values" belongs to a preset of kind "values", and to no other')
        return self


class Step(_Entry):
    """One scikit-learn class by its import path, with constructor parameters."""

    estimator: str
    parameters: dict[str, Any] = {}


Kind = Literal["classifier", "regressor"]


class ModelSpec(_Entry):
    """The model to train: one step is the estimator itself, several are a Pipeline.

    ``kind`` need not be said of a target that is one of the features, nor of an estimator whose
    name ends in Regressor. ``inputs`` are the columns that the model sees, features or categories;
    without them it sees every feature but its target.
    """

    steps: tuple[Step, ...] = Field(alias="step", min_length=1)
    kind: Kind | None = None
    inputs: tuple[str, ...] = ()
    seed: int = 0
    test_fraction: float = Field(default=0.25, gt=0, lt=1)
    folds: int = Field(default=5, ge=2)
    repeats: int = Field(default=10, ge=1)

    @property
    def is_regressor(self) -> bool:
        """Whether what is said here already says that it predicts a number."""
        named = self.steps[-1].estimator.endswith("Regressor")
        return self.kind == "regressor" or (self.kind is None and named)


class TextFormat(_Entry):
    """How a CSV table is written, where looking at its first lines would tell it wrongly.

    Without ``header`` the columns are called ``column_1``, ``column_2``, ...; None is found out.
    """

    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    header: bool | None = None
    quote: str = Field(default='"', min_length=1, max_length=1)
    encoding: str = "utf-8"

    @field_validator("encoding")
    @classmethod
    def _known(cls, encoding: str) -> str:
        try:
            return codecs.lookup(encoding).name
        except LookupError as error:
            raise ValueError(f'"{encoding}" is no encoding that Python knows') from error


class Descriptor(_Entry):
    """Everything a person said about one table.

    ``source`` is where the rows are: a URI, or a path relative to the descriptor's own folder.
    ``row`` and ``rows`` are the words for one and many of them ("wine", "wines").
    ``group_by`` are columns to group by besides a target with classes, categories or not; ``dates``
    are columns of dates or times. ``synthetic`` rows were drawn, not observed.
    """

    name: str
    title: str = ""
    row: str = "row"
    rows: str = "rows"
    source: str = ""
    credit: str = ""
    synthetic: bool = False
    target: Target | None = None
    features: tuple[Feature, ...] = Field(alias="feature", min_length=1)
    categories: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    csv: TextFormat = TextFormat()
    presets: tuple[Preset, ...] = Field(default=(), alias="preset")
    model: ModelSpec | None = None

    @field_validator("name")
    @classmethod
    def _slug(cls, name: str) -> str:
        if not SLUG.fullmatch(name):
            raise ValueError("a name is made of a-z, 0-9, - and _, at most 63 characters")
        return name

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        seen: dict[str, str] = {}
        for feature in self.features:
            for name in feature.names:
                if name in seen:
                    raise ValueError(f'"{name}" names both {seen[name]} and {feature.column}')
                seen[name] = feature.column
        return self

    @model_validator(mode="after")
    def _a_number_is_a_feature(self) -> Self:
        """Profile a target that is a number with the features, whether it is named there or not."""
        if self.target is None:
            return self
        target, model = self.target, self.model
        is_feature = target.column in self.columns
        if is_feature and (target.classes or (model and model.kind == "classifier")):
            raise ValueError(f'"{target.column}" is the target of a classifier, and a feature')
        if not is_feature and model and model.is_regressor:
            own = Feature(column=target.column, label=target.label)
            object.__setattr__(self, "features", (*self.features, own))
        return self

    @model_validator(mode="after")
    def _inputs_are_columns(self) -> Self:
        inputs = self.model.inputs if self.model else ()
        known = {*self.columns, *self.categories} - {self.target.column if self.target else ""}
        if unknown := [name for name in inputs if name not in known]:
            raise ValueError(f"inputs name {', '.join(unknown)}, no feature and no category")
        if len(set(inputs)) < len(inputs):
            raise ValueError("inputs name a column twice")
        if self.model and not self.inputs:
            raise ValueError("the model has no input: its target is the only feature")
        return self

    @property
    def kind(self) -> Kind:
        """What kind of model the target asks for: a number among the features, or classes."""
        is_number = self.target is not None and self.target.column in self.columns
        return "regressor" if is_number else "classifier"

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that a model sees, in order."""
        if self.model and self.model.inputs:
            return self.model.inputs
        target = self.target.column if self.target else None
        return tuple(name for name in self.columns if name != target)

    @property
    def columns(self) -> tuple[str, ...]:
        """The feature columns, in order."""
        return tuple(feature.column for feature in self.features)

    def feature(self, column: str) -> Feature:
        """The feature of this column. Raises KeyError."""
        by_column = {feature.column: feature for feature in self.features}
        return by_column[column]


def read_descriptor(path: Path) -> Descriptor:
    """Read a TOML descriptor.

    Raises:
        DescriptorError: The file is missing, is not TOML, or says something unknown; the text
            names each entry that is wrong.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DescriptorError(f"There is no descriptor at {path}.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DescriptorError(f"{path} is not a readable TOML file: {error}") from error
    try:
        return Descriptor.model_validate(raw)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in item['loc']) or 'file'}: {item['msg']}"
            for item in error.errors()
        )
        raise DescriptorError(f"{path} does not describe a table: {wrong}") from error
