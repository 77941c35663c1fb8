"""What a benchmark run and the published record say, in sentences; from the data alone."""

from collections.abc import Sequence

from dashboard.figures.hardware.published import Count
from dashboard.figures.hardware.wording import DEVICES, ends, three, times_as, two, why_not
from dashboard.hardware.pairs import (
    Pair,
    Workload,
    crossover_of,
    gpus,
    missing,
    on_the_most_rows,
    pairs,
)
from dashboard.hardware.phases import Kind, repeats
from dashboard.hardware.ratio import geometric_mean
from store.benchmark_run import BenchmarkRun
from store.quantities import counted

NOT_COMPARED = ("noisy", "unequal")


def headline(run: BenchmarkRun) -> str:
    """How many times as fast the GPU trains, with the interval; "" where there is no such claim.

    It is of the pairs on the most rows that may be compared, the way of the data included, and
    their geometric mean where they are several. Where the interval covers 1 nothing is claimed.
    """
    found = _compared(run)
    if not found:
        return ""
    times = tuple(
        (repeats(p.cpu.timings, "whole"), repeats(p.gpu.timings, "whole"))
        for p in found
        if p.cpu.timings and p.gpu.timings
    )
    mean = geometric_mean(times)
    if not mean.clear:
        return ""
    one = len(found) == 1
    what = found[0].workload.title if one else f"{len(found)} kinds of model"
    middle = "" if one else ", geometric mean"
    return (
        f"On {found[0].rows:,} rows, {gpus(run)[0].label} trains {what} {times_as(mean)} as the "
        f"CPU of the same machine (95 % interval {ends(mean)}{middle}), the way of the data "
        "included."
    )


def summary(run: BenchmarkRun, published: Count) -> str:
    """What the headline does not say: how many win, or that nothing could be compared."""
    if not gpus(run):
        return (
            "No GPU was measured on this machine, so its CPU stands alone here. The published "
            f"record says: {record(published)}"
        )
    found = _compared(run)
    if not found:
        return (
            "Nothing was measured on both the CPU and the GPU that may be compared: the same "
            "work, an idle machine, models equally good."
        )
    counts = [
        f"the GPU is faster for {_named(found, 'faster')}",
        f"slower for {_named(found, 'slower')}",
        f"and there is no clear difference for {_named(found, 'unclear')}",
    ]
    left_out = [p for p in on_the_most_rows(pairs(run, "whole")) if p.verdict in NOT_COMPARED]
    more = f" Not compared: {_listed(left_out)}." if left_out else ""
    return f"On {found[0].rows:,} rows {', '.join(counts)}.{more}"


def record(published: Count) -> str:
    """What the published pairs say together."""
    if not published.pairs or published.median is None:
        return "nothing is published that passes these filters."
    return (
        f"of {counted(published.pairs, 'published pair')} of times, the GPU is slower in "
        f"{published.slower:,}; in the middle pair it is {three(published.median)} times as fast."
    )


def verdict_on(run: BenchmarkRun, workload: Workload, kind: Kind) -> str:
    """When a GPU is worth it for a workload, as far as it was measured."""
    kind = "whole" if kind == "first" else kind  # one run has no interval
    said = []
    for one in gpus(run):
        found = [p for p in pairs(run, kind, workload) if p.gpu.device_requested == one.device]
        if (crossing := crossover_of(run, workload, one, kind)) is not None:
            low, high = two(crossing.low), two(crossing.high)
            about = f"about {two(crossing.rows)} rows" + (f" ({low} to {high})" * (low != high))
            said.append(f"The GPU passes at {about}.")
        elif found:
            said.append(_without_crossing(found))
    return " ".join([*said, _not_measured(run, workload)]).strip()


def _without_crossing(found: Sequence[Pair]) -> str:
    verdicts = {pair.verdict for pair in found}
    over = f"{found[0].rows:,} to {found[-1].rows:,} rows"
    if len(found) == 1:
        over = f"{found[0].rows:,} rows"
    if "unequal" in verdicts:
        return "Not comparable: the models are not equally good."
    if "noisy" in verdicts:
        return "Not comparable: others used the machine."
    if verdicts == {"faster"}:
        return f"The GPU is faster on all of {over}."
    if verdicts == {"slower"}:
        return f"The GPU is slower on all of {over}."
    if verdicts == {"unclear"}:
        return f"No clear difference on {over}."
    return f"No size measured has it slower, and a larger one faster, on {over}."


def _not_measured(run: BenchmarkRun, workload: Workload) -> str:
    """What has no time and why; once for each device and reason."""
    reasons: dict[tuple[str, str], list[int]] = {}
    for cell in missing(run, workload):
        key = (DEVICES[cell.device_requested], why_not(cell))
        reasons.setdefault(key, []).append(cell.rows)
    said = [
        f"Not measured: {device}, {' and '.join(f'{n:,}' for n in rows)} rows, {why}."
        for (device, why), rows in reasons.items()
    ]
    return " ".join(said)


def _compared(run: BenchmarkRun) -> list[Pair]:
    """The pairs with the first GPU on the most rows that may be compared."""
    found = [
        p
        for one in gpus(run)[:1]
        for p in pairs(run, "whole")
        if p.gpu.device_requested == one.device and p.verdict not in NOT_COMPARED
    ]
    return on_the_most_rows(found)


def _named(found: Sequence[Pair], verdict: str) -> str:
    own = [pair for pair in found if pair.verdict == verdict]
    return f"{len(own)} ({_listed(own)})" if own else "none"


def _listed(found: Sequence[Pair]) -> str:
    return ", ".join(pair.workload.short for pair in found)
