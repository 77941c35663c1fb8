"""Where in a file the columns are that a task reads."""

from typing import Literal, NamedTuple

Kind = Literal["number", "text", "date", "other", "unknown"]
Operator = Literal["==", "!=", "<", "<=", ">", ">=", "in", "is missing", "is present"]


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


class Check(NamedTuple):
    """A condition on the rows, as it is about a column of a file.

    ``as_a`` is what its cells are compared as: ``values`` are floats, days since 1970, or texts.
    ``name`` is what the column is called in an error, where cells that cannot be compared are
    one; else such a cell has no value that anything could hold for.
    """

    position: int
    operator: Operator
    as_a: Literal["number", "date", "text"]
    values: tuple[float | int | str, ...] = ()
    name: str | None = None


class Columns(NamedTuple):
    """Where in a file a descriptor's columns are: positions that count from 0.

    ``checks`` all hold for the rows that are asked for.
    """

    features: tuple[int, ...]
    categories: tuple[int, ...] = ()
    dates: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    checks: tuple[Check, ...] = ()

    @property
    def needed(self) -> tuple[int, ...]:
        """Every position, once, ascending."""
        checked = (check.position for check in self.checks)
        return tuple(
            sorted({*self.features, *self.categories, *self.dates, *self.groups, *checked})
        )


def is_number(text: str) -> bool:
    """Whether text reads as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text
