"""Who computes the statistics of a profile, each in a process of its own that stays warm.

python -m tests.bench.contestants NAME   answers "ready", then each line of work when it is done

The work is JSON: {"do": "profile", "where": FOLDER}; Spark also knows "scan", which reads the same
columns of the same files and does nothing with them.
"""

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.processes import Watched, watched
from tests.bench.rivals import FEATURES, GROUP, RIVALS, THREADS, ranges_of
from tests.bench.tables import DESCRIPTOR

if TYPE_CHECKING:
    from pipeline.runners import Runner

Work = Callable[[str], object]
MASTER = f"local[{THREADS}]"


@contextmanager
def contestant(name: str, environment: Mapping[str, str] | None = None) -> Iterator[Watched]:
    """A contestant that is ready to work."""
    variables = {**os.environ, "POLARS_MAX_THREADS": str(THREADS), **(environment or {})}
    command = [sys.executable, "-m", __name__, name]
    with watched(command, variables) as process:
        yield process


@contextmanager
def _spark() -> Iterator[dict[str, Work]]:
    from pipeline.runners import SparkRunner
    from pipeline.session import spark_session
    from pipeline.workers import parallelism, ship

    with spark_session(MASTER) as spark:
        ship(spark)
        runner = SparkRunner(spark, parallelism=parallelism(spark))
        names = [f"`{name}`" for name in (*FEATURES, GROUP)]

        def scan(where: str) -> None:
            rows = spark.read.parquet(f"{where}/*.parquet").select(*names)
            rows.write.format("noop").mode("overwrite").save()

        yield {"profile": lambda where: _condense(where, runner), "scan": scan}


@contextmanager
def _local() -> Iterator[dict[str, Work]]:
    from pipeline.runners import LocalRunner

    yield {"profile": lambda where: _condense(where, LocalRunner(THREADS))}


@contextmanager
def _rival(name: str) -> Iterator[dict[str, Work]]:
    def profile(where: str) -> None:
        folder = Path(where)
        RIVALS[name](folder, ranges_of(folder))

    yield {"profile": profile}


def _condense(where: str, runner: "Runner") -> None:
    """All that ``python -m pipeline profile`` does but for hashing the files and storing."""
    from pipeline.condense import condense
    from pipeline.inputs import find_input
    from pipeline.table.prepare import prepare
    from store.descriptor import read_descriptor

    descriptor = read_descriptor(DESCRIPTOR)
    table = prepare(find_input(where), descriptor, [GROUP], needs_group=True)
    condense(table, descriptor, [GROUP], runner, uri=where)


def main() -> None:
    """Do what comes in on standard input until it closes."""
    name = sys.argv[1]
    known = {"spark": _spark, "local": _local}
    work_of = known[name]() if name in known else _rival(name)
    # What Spark or a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w")
    with answers, contextlib.redirect_stdout(sys.stderr), work_of as works:
        print(json.dumps("ready"), file=answers, flush=True)
        for line in sys.stdin:
            work = json.loads(line)
            works[work["do"]](work["where"])
            print(json.dumps("done"), file=answers, flush=True)


if __name__ == "__main__":
    main()
