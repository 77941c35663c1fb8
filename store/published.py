"""Timings and prices that others published: ``data/published``, each with where it came from.

They are facts with a source, never measurements of ours, and are shown apart from those. A blank
cell of the files means that the source does not say; it is None here, and never filled in.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)
from pydantic.dataclasses import dataclass

from store.errors import ArtifactError

Interest = Literal["vendor", "maintainer", "independent"]


def _none_where_blank(text: object) -> object:
    return None if text == "" else text


BLANK = BeforeValidator(_none_where_blank)
Text = Annotated[str, AfterValidator(sys.intern)]  # a hundred rows say the same, kept once
Said = Annotated[Text, Field(min_length=1)]
Date = Annotated[
    Text, Field(pattern=r"^20[0-9]{2}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$")
]
Link = Annotated[Text, Field(pattern=r"^https://[^\s]+$")]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


# With slots a row takes a ninth of a model's memory, and a web worker keeps them all.
@dataclass(config=STRICT, frozen=True, slots=True)
class PublishedTiming:
    """A pair of training times as somebody printed it, or a speed-up without times.

    Args:
        speedup: As printed, perhaps a range or a lower bound.
        publisher: Who published it, in short.
        interest: ``vendor`` sells the hardware, ``maintainer`` writes the library.
        transfer: Whether the time on the GPU has the way of the data there and back in it.
        same_machine: Whether both times are of one machine.
        equal_quality: Whether both models are equally good.
        source_date: A year, a month or a day, as the source has it.
    """

    algorithm: Said
    dataset: Said
    rows: Annotated[Count | None, BLANK]
    cols: Annotated[Count | None, BLANK]
    cpu: Annotated[Text | None, BLANK]
    gpu: Said
    library: Said
    cpu_seconds: Annotated[Positive | None, BLANK]
    gpu_seconds: Annotated[Positive | None, BLANK]
    speedup: Annotated[Text | None, BLANK]
    publisher: Said
    interest: Interest
    transfer: Annotated[Literal["included", "excluded"] | None, BLANK]
    same_machine: Annotated[bool | None, BLANK]
    equal_quality: Annotated[bool | None, BLANK]
    source_title: Said
    source_url: Link
    source_date: Date
    note: Annotated[Text | None, BLANK]

    @property
    def ratio(self) -> float | None:
        """CPU seconds over GPU seconds, where both are printed."""
        if self.cpu_seconds is None or self.gpu_seconds is None:
            return None
        return self.cpu_seconds / self.gpu_seconds


@dataclass(config=STRICT, frozen=True, slots=True)
class PublishedPrice:
    """What an hour of a rented machine cost, as somebody printed it.

    ``as_of`` is None where the source has no date: such a price can be chosen, and is said to be
    undated, but is never joined with a published time.
    """

    provider: Said
    instance: Said
    device: Annotated[Text | None, BLANK]
    vcpus: Annotated[Count | None, BLANK]
    memory_gib: Annotated[Positive | None, BLANK]
    usd_per_hour: Positive
    billing: Annotated[Text | None, BLANK]
    region: Annotated[Text | None, BLANK]
    as_of: Annotated[Date | None, BLANK]
    source_title: Said
    source_url: Link
    note: Annotated[Text | None, BLANK]


class Published(NamedTuple):
    """All that others published."""

    timings: tuple[PublishedTiming, ...]
    prices: tuple[PublishedPrice, ...]

    @property
    def dated_prices(self) -> list[PublishedPrice]:
        """The prices with a date, in the order of the file."""
        return [price for price in self.prices if price.as_of]


P = TypeVar("P", PublishedTiming, PublishedPrice)


def read_published(folder: Path) -> Published:
    """Read ``timings.csv`` and ``prices.csv``.

    Raises:
        ArtifactError: A row has no source, URL or date, or a number that is none; the text names
            the file, the row and the column.
    """
    return Published(
        tuple(_rows(PublishedTiming, folder / "timings.csv")),
        tuple(_rows(PublishedPrice, folder / "prices.csv")),
    )


def _rows(kind: type[P], file: Path) -> Iterator[P]:
    reader = TypeAdapter(kind)
    with file.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            try:
                yield reader.validate_strings(row)
            except ValidationError as error:
                first = error.errors()[0]
                place = ".".join(str(part) for part in first["loc"][:1])
                raise ArtifactError(
                    f"{file.name}, row {number}: {place}: {first['msg']}."
                ) from error
