"""How long it would have taken with N cores: list scheduling of the measured tasks.

Graham (1969), "Bounds on multiprocessing timing anomalies"; Sparklens (Qubole) asks the same.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from store.application import Estimate, Scaling
from store.events.tally import JobTally, Tally

MOST_CORES: Final = 4_096
WORTH: Final = 0.99  # more cores that save less than 1 % end the list
ASSUMPTIONS: Final = (
    "Every task takes as long as it did, on whatever core; more tasks at once do not slow the "
    "disk, the network or each other.",
    "The tasks stay as they were cut: with more cores one would cut more of them.",
    "Tasks run in the order of their stages, each as soon as a core is free and the stages before "
    "its own are done; jobs that overlapped may overlap again, others follow each other.",
    "The driver's time between jobs stays the same, and so does what each job took beyond its "
    "tasks (planning, starting tasks, collecting results) with the cores that it had.",
)


def scaling(tally: Tally, *, cores: int, driver_ms: int) -> Scaling:
    """The estimates for 1, 2, 4, ... cores and for those that there were.

    For the cores that there were the estimate is the measured time, unless the schedule is slower
    than what was measured; then it is that of the schedule.
    """
    work = _work(tally)
    groups = _groups(list(tally.jobs.values()), tally)
    measured = [_measured(group) for group in groups]
    beyond = [
        max(0, taken - _makespan(group, work, tally, cores))
        for group, taken in zip(groups, measured, strict=True)
    ]
    fixed = driver_ms + sum(beyond)

    def seconds(number: int) -> float:
        return (fixed + sum(_makespan(group, work, tally, number) for group in groups)) / 1000

    estimates = {cores: seconds(cores)}
    number, before = 1, float("inf")
    while number <= MOST_CORES:
        estimates[number] = seconds(number)
        if number > cores and estimates[number] > WORTH * before:
            break
        before, number = estimates[number], number * 2
    floor = fixed + sum(_makespan(group, work, tally, None) for group in groups)
    return Scaling(
        estimates=tuple(Estimate(cores=n, seconds=s) for n, s in sorted(estimates.items())),
        floor_seconds=floor / 1000,
        assumptions=ASSUMPTIONS,
    )


def _work(tally: Tally) -> dict[int, list[int]]:
    """The milliseconds of every task by its stage, all attempts together, in order of launch."""
    stages = list(tally.stages)
    work: dict[int, list[int]] = {}
    for index, launch in enumerate(tally.tasks.launch):
        stage = stages[tally.tasks.stage[index]][0]
        work.setdefault(stage, []).append(tally.tasks.finish[index] - launch)
    return work


def _groups(jobs: list[JobTally], tally: Tally) -> list[list[JobTally]]:
    """Jobs that overlapped in time together, in order."""
    groups: list[list[JobTally]] = []
    end = -1
    for job in sorted(jobs, key=lambda job: job.submitted):
        if groups and job.submitted < end:
            groups[-1].append(job)
        else:
            groups.append([job])
        end = max(end, job.completed if job.completed is not None else tally.last)
    return groups


def _measured(group: Sequence[JobTally]) -> int:
    """The milliseconds from the first submission of a group to its last completion."""
    ends = [job.completed for job in group if job.completed is not None]
    begin = min(job.submitted for job in group)
    return max(ends, default=begin) - begin


def _makespan(
    group: Sequence[JobTally], work: Mapping[int, list[int]], tally: Tally, cores: int | None
) -> int:
    """The milliseconds that the tasks of a group take on so many cores; None is without end."""
    begin = min(job.submitted for job in group)
    earliest: dict[int, int] = {}
    for job in group:
        for stage in job.stages:
            earliest.setdefault(stage, job.submitted - begin)
    parents = {stage.id: stage.parents for stage in tally.stages.values()}
    free = [0] * (cores or 0)
    done: dict[int, int] = {}
    for stage in sorted(earliest.keys() & work.keys()):
        before = [done.get(ran, 0) for p in parents[stage] if (ran := tally.ran(p)) is not None]
        ready = max([earliest[stage], *before])
        done[stage] = (
            ready + max(work[stage]) if cores is None else _scheduled(work[stage], ready, free)
        )
    return max(done.values(), default=0)


def _scheduled(tasks: Iterable[int], ready: int, free: list[int]) -> int:
    """Give each task the core that is free first, not before ``ready``; gives the last end."""
    end = ready
    for task in tasks:
        finish = max(free[0], ready) + task
        heapq.heapreplace(free, finish)
        end = max(end, finish)
    return end
