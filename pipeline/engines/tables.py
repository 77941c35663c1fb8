"""Synthetic tables of the sizes asked for: the first rows of one big one, as Parquet and CSV."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from pipeline import REPOSITORY
from pipeline.engines.kernel import batches
from pipeline.engines.question import Question
from pipeline.engines.reference import EXACT_ROWS, Right, reference
from pipeline.engines.registry import Format
from pipeline.kernel.plan import Ranges, bin_edges
from store.descriptor import Descriptor, read_descriptor
from store.engine_run import EngineTable
from store.errors import CellarError

SEED = 0
FILE_ROWS, MAX_FILES = 125_000, 16
TABLE = REPOSITORY / "data" / "wine.csv"


def synthesize(rows: int, out: Path) -> None:
    """Write so many synthetic rows and their descriptor into a new folder.

    The only place that depends on how rows are made: the verb does it, in a process of its own.
    """
    words = ["synthesize", str(TABLE), "--descriptor", str(TABLE.with_suffix(".toml"))]
    words += ["--rows", str(rows), "--out", str(out), "--seed", str(SEED)]
    command = [sys.executable, "-m", "pipeline", *words]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CellarError(f"The synthetic rows were not made. {done.stderr.strip()}")


class Table:
    """The first ``rows`` rows, in files that are written when they are first asked for."""

    def __init__(self, rows: int, folder: Path, source: "Source") -> None:
        self.rows = rows
        self._folder = folder
        self._source = source
        self._question: Question | None = None

    def files(self, format: Format) -> list[Path]:
        """The files of a format, whole: a folder gets its name when they are."""
        folder = self._folder / format
        if not folder.exists():
            draft = folder.with_name(f".{format}-{os.getpid()}")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            with contextlib.ExitStack() as undo:
                undo.callback(shutil.rmtree, draft, ignore_errors=True)
                if format == "parquet":
                    self._write_parquet(draft)
                else:
                    self._write_csv(draft)
                draft.rename(folder)
        return sorted(folder.iterdir())

    @property
    def question(self) -> Question:
        """The question about it; the edges span the finite values of each column."""
        if self._question is None:
            about = self._source.descriptor
            group_by = about.target.column if about.target else ""
            ranges = Ranges(len(about.columns))
            for batch in batches(self.files("parquet"), about.columns, group_by):
                ranges.add(batch.columns)
            edges = (
                bin_edges(*((float(low), float(high)) if low <= high else (0.0, 0.0)))
                for low, high in zip(ranges.low, ranges.high, strict=True)
            )
            self._question = Question(about.columns, group_by, tuple(edges))
        return self._question

    def reference(self) -> Right:
        """The right answer."""
        return reference(self.files("parquet"), self.question, rows=self.rows)

    def about(self, groups: int) -> EngineTable:
        """What the artifact says of it."""
        formats: list[Format] = ["parquet", "csv"]
        here = {f: self.files(f) for f in formats if (self._folder / f).exists()}
        return EngineTable(
            rows=self.rows,
            columns=len(self.question.columns),
            groups=groups,
            bytes={f: sum(file.stat().st_size for file in files) for f, files in here.items()},
            files={f: len(files) for f, files in here.items()},
            reference="exact" if self.rows <= EXACT_ROWS else "kernel",
        )

    def _write_parquet(self, folder: Path) -> None:
        count = min(MAX_FILES, max(1, self.rows // FILE_ROWS))
        size = -(-self.rows // count)
        for number, part in enumerate(_parts(self._source.batches(), self.rows, size)):
            path = folder / f"part-{number:05d}.parquet"
            pq.write_table(part, path, row_group_size=FILE_ROWS)

    def _write_csv(self, folder: Path) -> None:
        for file in self.files("parquet"):
            table = pq.read_table(file)
            pa.csv.write_csv(table, folder / f"{file.stem}.csv")


class Source:
    """The big table, made when its rows are first asked for."""

    def __init__(self, rows: int, folder: Path) -> None:
        self._rows = rows
        self._folder = folder / f"rows-{rows}"

    @property
    def descriptor(self) -> Descriptor:
        """What is said about it."""
        return read_descriptor(self._made() / "synthetic.toml")

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows in their order."""
        for file in sorted(self._made().glob("*.parquet")):
            yield from pq.ParquetFile(file).iter_batches()

    def _made(self) -> Path:
        if not self._folder.exists():
            synthesize(self._rows, self._folder)
        return self._folder


def tables(sizes: Sequence[int], folder: Path) -> list[Table]:
    """A table for each size, smallest first; nothing is made yet."""
    source = Source(max(sizes), folder)
    return [Table(rows, folder / f"first-{rows}", source) for rows in sorted(set(sizes))]


def _parts(rows: Iterable[pa.RecordBatch], total: int, size: int) -> Iterator[pa.Table]:
    """The first ``total`` rows in tables of ``size`` rows, the last one shorter."""
    held: list[pa.RecordBatch] = []
    left, room = total, size
    for whole in rows:
        batch = whole
        while batch.num_rows and left:
            taken = batch.slice(0, min(room, left))
            held.append(taken)
            batch = batch.slice(taken.num_rows)
            left, room = left - taken.num_rows, room - taken.num_rows
            if not room or not left:
                yield pa.Table.from_batches(held)
                held, room = [], size
        if not left:
            return
