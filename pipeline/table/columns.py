"""Where in a file the columns are that a task reads."""

from typing import Literal, NamedTuple

Kind = Literal["number", "text", "date", "other", "unknown"]


class Layout(NamedTuple):
    """The columns of a file in order. Parquet says what they hold; text does not.

    The last ``partitions`` of them are in the names of the file's folders, not in the file.
    """

    header: tuple[str, ...]
    kinds: tuple[Kind, ...]
    delimiter: str = ","
    has_header: bool = True
    partitions: int = 0

    @property
    def in_file(self) -> int:
        """How many of the columns are in the file itself."""
        return len(self.header) - self.partitions


class Columns(NamedTuple):
    """Where in a file a descriptor's columns are: positions that count from 0."""

    features: tuple[int, ...]
    categories: tuple[int, ...] = ()
    dates: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()

    @property
    def needed(self) -> tuple[int, ...]:
        """Every position, once, ascending."""
        return tuple(sorted({*self.features, *self.categories, *self.dates, *self.groups}))


def is_number(text: str) -> bool:
    """Whether text reads as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text
