"""Speed and memory as ratios, measured side by side in one run. It prints; it never fails a build.

python -m tests.bench                      all of it, about half an hour on two processors
python -m tests.bench --quick              fewer repeats
python -m tests.bench --only warm scale    some of its parts
python -m tests.bench --data DIR           where its tables are, or are made
python -m tests.bench --out FILE           the figures as JSON too; other parts in FILE stay
python -m tests.bench --write FILE         the same as a page to read; with "--only" and no part,
                                           of what the file of --out has
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from scripts import browser
from tests.bench import (
    batch,
    crossover,
    drift,
    hardware,
    load,
    log,
    log_database,
    memory,
    opening,
    page,
    peers,
    prediction,
    remote,
    requests,
    scale,
    spark_job,
    start,
    startup,
    tables,
    warm,
    web,
    without_spark,
)
from tests.bench.findings import Finding
from tests.bench.release import Wine, wine
from tests.bench.report import Measured, Report, load_average, machine, now


@dataclass(frozen=True)
class Asked:
    """What a part may need."""

    quick: bool
    data: Path
    cache: Path

    @cached_property
    def model(self) -> Wine:
        """The committed model."""
        return wine()


class Part(NamedTuple):
    """One part of the bench."""

    measure: Callable[[Asked], list[Finding]]
    needs_browser: bool = False
    needs_wrk: bool = False


PARTS = {
    "prediction": Part(lambda asked: prediction.measure(asked.model, quick=asked.quick)),
    "opening": Part(lambda asked: opening.measure(asked.model, quick=asked.quick)),
    "requests": Part(
        lambda asked: requests.measure(asked.model.body(), asked.cache, quick=asked.quick),
        needs_wrk=True,
    ),
    "log": Part(
        lambda asked: log.measure(asked.model.body(), asked.cache, quick=asked.quick),
        needs_wrk=True,
    ),
    "peers": Part(
        lambda asked: peers.measure(asked.model, asked.cache, quick=asked.quick), needs_wrk=True
    ),
    "batch": Part(lambda asked: batch.measure(asked.model, asked.cache, quick=asked.quick)),
    "log-database": Part(
        lambda asked: log_database.measure(asked.model, asked.cache, quick=asked.quick)
    ),
    "memory": Part(lambda asked: memory.measure(asked.cache), needs_browser=True),
    "web": Part(
        lambda asked: web.measure(asked.model, asked.cache, quick=asked.quick), needs_browser=True
    ),
    "drift": Part(lambda asked: drift.measure(quick=asked.quick)),
    "start": Part(lambda asked: start.measure(asked.model.body(), quick=asked.quick)),
    "startup": Part(lambda asked: startup.measure(quick=asked.quick)),
    "wine": Part(lambda asked: spark_job.measure(quick=asked.quick)),
    "warm": Part(lambda asked: warm.measure(asked.data, quick=asked.quick)),
    "crossover": Part(lambda asked: crossover.measure(asked.data, quick=asked.quick)),
    "scale": Part(lambda asked: scale.measure(asked.data, quick=asked.quick)),
    "s3": Part(lambda asked: remote.measure(asked.data, quick=asked.quick)),
    "hardware": Part(lambda asked: hardware.measure(quick=asked.quick)),
    "local": Part(lambda asked: without_spark.measure(asked.data, quick=asked.quick)),
}
VERDICTS = {True: "met", False: "not met", None: ""}


def main() -> int:
    """Measure, and print a line each as it is found."""
    options = _options()
    if any(PARTS[name].needs_browser for name in options.only) and browser.find() is None:
        print(browser.MISSING, file=sys.stderr)
        return 1
    if any(PARTS[name].needs_wrk for name in options.only) and load.is_missing():
        print(load.MISSING, file=sys.stderr)
        return 1

    report = Report.read(options.out) if options.out else Report()
    print(f"{machine()}; load {load_average():.1f}. Medians of repeats in turn.\n")
    with TemporaryDirectory() as cache:
        asked = Asked(options.quick, options.data, Path(cache))
        for name in options.only:
            report.parts[name] = measured = _measured(PARTS[name], asked)
            for finding in measured.findings:
                print(line(finding), flush=True)
            if options.out:
                report.write(options.out)
    if options.write:
        options.write.write_text(page.text(report), encoding="utf-8")
    loads = [one for name in options.only for one in report.parts[name].load]
    if loads:
        print(f"\nLoad {min(loads):.1f} to {max(loads):.1f} while measuring.")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument(
        "--only",
        nargs="*",
        choices=PARTS,
        default=list(PARTS),
        metavar="PART",
        help=f"parts of it: {', '.join(PARTS)}",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=tables.CACHE,
        metavar="DIR",
        help=f"where the tables are, or are made (default: {tables.CACHE})",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write a page in Markdown")
    return parser.parse_args()


def _measured(part: Part, asked: Asked) -> Measured:
    began, before = now(), load_average()
    findings = part.measure(asked)
    return Measured(began, machine(), (before, load_average()), asked.quick, findings)


def line(finding: Finding) -> str:
    """One line of the table."""
    target = f"{finding.target:<16} {VERDICTS[finding.met]}"
    return f"{finding.what:<72} {finding.measured:<54} {target}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
