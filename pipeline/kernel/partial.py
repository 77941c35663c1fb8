"""The state of one task: rows go in, and the states of all tasks merge into that of the table."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from pipeline.kernel import wire
from pipeline.kernel.atoms import Atoms
from pipeline.kernel.calendar import Calendar
from pipeline.kernel.group import Group, Span
from pipeline.kernel.plan import MAX_GROUPS, Codes, Floats, Grid, Ints, Plan, Table, columns_of
from pipeline.kernel.sample import Drawn, places
from store.errors import DataError

Label = str | None
SUMMED = 50  # columns that are summed by date
SCALED = 100  # columns that reach beyond 2**100, or nowhere 2**-100, lest their cubes overflow


class TooManyGroups(DataError):
    """The group column has more values than are profiled."""

    def __init__(self, column: str = "The group column") -> None:
        super().__init__(
            f"{column} has more than {MAX_GROUPS} values, and no more groups are profiled. Group "
            "by a column with fewer values."
        )


class Coded(NamedTuple):
    """A column of text: the place of each row's value in ``labels``; None is a missing value."""

    codes: npt.NDArray[np.integer[Any]]
    labels: Sequence[Label]


class Section(NamedTuple):
    """All rows, or those of one group; ``label`` is None for all of them."""

    label: Label
    group: Group


class Partial:
    """What is known about the rows so far.

    Attributes:
        groups: By the value of the group column. Rows without one are under None: they belong to
            no group, and count in the whole.
        drawn: The sample, with the groups by their order in ``groups``.
        calendars: All rows by period of each column of dates, with sums of the first columns.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.groups: dict[Label, Group] = {}
        self.drawn = Drawn(plan.sample_rows, plan.seed, len(plan.names), len(plan.categories))
        self.calendars = [Calendar(min(len(plan.names), SUMMED)) for _ in plan.dates]
        self._grid = Grid(plan)
        self._atoms = atoms_of(plan, self._grid)
        self._scale = scale_of(plan)
        self._low = np.array([np.inf if low is None else low for low in plan.low])
        self._high = np.array([-np.inf if high is None else high for high in plan.high])

    @property
    def rows(self) -> int:
        """How many rows were seen."""
        return sum(group.rows for group in self.groups.values())

    def add(
        self,
        values: Table,
        codes: npt.NDArray[np.integer[Any]] | None = None,
        labels: Sequence[Label] = (None,),
        *,
        categories: Sequence[Coded] = (),
        days: Sequence[Ints] = (),
        file: int = 0,
        rows: int | Ints = 0,
    ) -> None:
        """Take in rows.

        Args:
            values: Shape (rows, columns), or the columns; NaN is a missing value.
            codes: The place of each row's group in ``labels``; None if there are no groups.
            labels: Values of the group column, None for rows without one.
            categories: The plan's categorical columns.
            days: The plan's columns of dates, as ``Calendar.add`` takes them.
            file: The number of the file that the rows are from.
            rows: The number of each row in that file, or of the first of them.

        Raises:
            TooManyGroups: There are more than ``MAX_GROUPS``.
            DataError: A value is out of the range that the plan has.
        """
        columns = columns_of(values)
        if not columns or not len(columns[0]):
            return
        codes = np.zeros(len(columns[0]), np.intp) if codes is None else codes
        own = self._own_codes(codes, labels)
        table, ends = _by_group(columns, own, len(self.groups))
        starts = (0, *ends[:-1])
        pieces = [
            (group, slice(start, end))
            for group, start, end in zip(self.groups.values(), starts, ends, strict=True)
            if start < end
        ]
        for group, piece in pieces:
            span = Span.of(table[:, piece])
            self._check_range(span)
            group.add(table[:, piece], span, self._scale)
        self._count(table, pieces)
        self._keep(table, pieces)
        self._tally(own, categories)
        for j, day in enumerate(days):
            self.calendars[j].add(day, columns[:SUMMED])
            for code, group in enumerate(self.groups.values()):
                group.calendars[j].add(day[own == code])
        self.drawn.add(places(file, rows, len(own)), own, columns, categories)

    def merge(self, other: "Partial") -> None:
        """Take in the rows of another partial of the same plan.

        Raises:
            TooManyGroups: Together they have more than ``MAX_GROUPS``.
        """
        if self.plan != other.plan:
            raise ValueError("partials of different plans do not merge")
        own = np.array([self._code(label) for label in other.groups], np.uint8)
        for label, group in other.groups.items():
            self.groups[label].merge(group)
        for calendar, further in zip(self.calendars, other.calendars, strict=True):
            calendar.merge(further)
        self._forget()
        drawn = other.drawn
        self.drawn.join(drawn.place, own[drawn.code], drawn.values, drawn.texts)

    def sections(self) -> list[Section]:
        """All rows, then each group by its label: merged and listed in an order of their own."""
        ordered = sorted(self.groups, key=lambda label: (label is None, label or ""))
        whole = Group(self.plan)
        for label in ordered:
            whole.merge(self.groups[label])
        return [
            Section(None, whole),
            *(Section(label, self.groups[label]) for label in ordered if label is not None),
        ]

    def to_bytes(self) -> bytes:
        """The state as bytes that any machine reads."""
        arrays: dict[str, wire.Array] = {
            "counts": np.array([group.counts for group in self.groups.values()], np.int64),
            "drawn.place": self.drawn.place,
            "drawn.code": self.drawn.code,
            "drawn.values": self.drawn.values,
        }
        for i, group in enumerate(self.groups.values()):
            arrays |= {f"{i}.{name}": array for name, array in group.arrays().items()}
        for j, calendar in enumerate(self.calendars):
            arrays |= {f"calendar.{j}.{name}": part for name, part in calendar.arrays().items()}
        notes = [(label, group.notes()) for label, group in self.groups.items()]
        return wire.pack([notes, self.drawn.texts.tolist()], arrays)

    @classmethod
    def from_bytes(cls, plan: Plan, data: bytes) -> Self:
        """The state from its bytes."""
        (notes, texts), arrays = wire.unpack(data)
        partial = cls(plan)
        for i, (label, note) in enumerate(notes):
            own = wire.under(arrays, f"{i}.")
            partial.groups[label] = Group.of(plan, own, arrays["counts"][i], note)
        for j in range(len(plan.dates)):
            partial.calendars[j] = Calendar.of(wire.under(arrays, f"calendar.{j}."))
        place, code, values = (arrays[f"drawn.{name}"] for name in ("place", "code", "values"))
        words = np.array(texts, object).reshape(len(texts), len(plan.categories))
        partial.drawn.join(place, code, values, words)
        return partial

    def _own_codes(self, codes: npt.NDArray[np.integer[Any]], labels: Sequence[Label]) -> Codes:
        """The place of each row's group in ``groups``, where new ones are put in."""
        own = np.zeros(len(labels), np.uint8)  # sorting a byte is a count, not a comparison
        for code in np.flatnonzero(np.bincount(codes, minlength=len(labels))).tolist():
            own[code] = self._code(labels[code])
        return np.take(own, codes)

    def _code(self, label: Label) -> int:
        if label not in self.groups:
            if len(self.groups.keys() - {None}) == MAX_GROUPS and label is not None:
                raise TooManyGroups
            self.groups[label] = Group(self.plan)
        return list(self.groups).index(label)

    def _check_range(self, span: Span) -> None:
        outside = np.flatnonzero((span.low < self._low) | (span.high > self._high))
        if outside.size:
            raise DataError(
                f"{self.plan.names[outside[0]]} has values out of the range that was found before. "
                "The input has changed meanwhile: run it again."
            )

    def _count(self, table: Floats, pieces: Sequence[tuple[Group, slice]]) -> None:
        for j, values in enumerate(table):
            found = self._grid.place(j, values)
            for group, piece in pieces:
                np.add.at(group.counts[j], found[piece], 1)
            if (atoms := self._atoms[j]) is not None:
                here, cell = atoms.place(found, values)
                for group, piece in pieces:
                    mine = slice(*np.searchsorted(here, [piece.start, piece.stop]))
                    np.add.at(group.at[j], cell[mine], 1)

    def _tally(self, own: Codes, categories: Sequence[Coded]) -> None:
        for j, (codes, labels) in enumerate(categories):
            size = len(labels)
            cells = own.astype(np.intp) * size + codes
            rows = np.bincount(cells, minlength=len(self.groups) * size).reshape(-1, size)
            for group, found in zip(self.groups.values(), rows, strict=True):
                group.tallies[j].add(found, labels)

    def _keep(self, table: Floats, pieces: Sequence[tuple[Group, slice]]) -> None:
        for group, piece in pieces:
            if group.kept is not None:
                group.kept.append(table[:, piece].copy())
        self._forget()

    def _forget(self) -> None:
        """Drop kept values that are too many; that depends on the rows, not on their order."""
        if self.rows > self.plan.exact_rows:
            for group in self.groups.values():
                if group.rows > self.plan.small_group:
                    group.kept = None


def atoms_of(plan: Plan, grid: Grid) -> list[Atoms | None]:
    """The atoms of each column, None where it has none."""
    found = (plan.atoms_of(j) for j in range(len(plan.names)))
    return [Atoms(values, grid, j) if values else None for j, values in enumerate(found)]


def scale_of(plan: Plan) -> Floats | None:
    """Powers of two that keep sums of cubes within the floats; None where none is needed."""
    reach = [max(abs(a or 0.0), abs(b or 0.0)) for a, b in zip(plan.low, plan.high, strict=True)]
    powers = np.frexp(reach)[1]
    powers = np.where(np.abs(powers) > SCALED, powers.clip(-1_000, 1_000), 0)
    return np.ldexp(np.ones(len(powers)), -powers) if powers.any() else None


def _by_group(columns: Sequence[Floats], codes: Codes, groups: int) -> tuple[Floats, Sequence[int]]:
    """The columns with the rows of each group together, and where each group ends."""
    table = np.empty((len(columns), len(codes)))
    counts = np.bincount(codes, minlength=groups)
    if counts.max() == len(codes):
        np.stack(columns, out=table)
    else:
        order = np.argsort(codes, kind="stable")
        for j, column in enumerate(columns):
            np.take(column, order, out=table[j], mode="clip")  # with "raise" it would be buffered
    return table, counts.cumsum().tolist()
