"""How long it would have taken with N cores: list scheduling of the measured tasks.

Graham (1969), "Bounds on multiprocessing timing anomalies"; Sparklens (Qubole) asks the same.
"""

import heapq
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

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
    needs = _needs(tally)
    works = [_Work(group, needs) for group in _groups(tally)]
    fixed = driver_ms + sum(max(0, work.measured - work.makespan(cores)) for work in works)

    def seconds(number: int | None) -> float:
        return (fixed + sum(work.makespan(number) for work in works)) / 1000

    estimates = {cores: seconds(cores)}
    number, before = 1, float("inf")
    while number <= MOST_CORES:
        estimates[number] = seconds(number)
        if number > cores and estimates[number] > WORTH * before:
            break
        before, number = estimates[number], number * 2
    return Scaling(
        estimates=tuple(Estimate(cores=n, seconds=s) for n, s in sorted(estimates.items())),
        floor_seconds=seconds(None),
        assumptions=ASSUMPTIONS,
    )


class _Need(NamedTuple):
    """What a stage needs: the stages before it, and milliseconds for each of its tasks."""

    parents: list[int]
    times: "array[int]"


def _needs(tally: Tally) -> dict[int, _Need]:
    """What every stage needs, its attempts together, tasks in the order in which they ended."""
    needs: dict[int, _Need] = {}
    for stage in tally.stages.values():
        ran = (tally.ran(parent) for parent in stage.parents)
        parents = [parent for parent in ran if parent is not None and parent < stage.id]
        needs.setdefault(stage.id, _Need(parents, array("q")))
    ids = [stage for stage, _ in tally.stages]
    for index, launch in enumerate(tally.tasks.launch):
        stage_id = ids[tally.tasks.stage[index]]
        needs[stage_id].times.append(tally.tasks.finish[index] - launch)
    return needs


def _groups(tally: Tally) -> list[list[JobTally]]:
    """Jobs that overlapped in time together, in order."""
    groups: list[list[JobTally]] = []
    end = -1
    for job in sorted(tally.jobs.values(), key=lambda job: job.submitted):
        if groups and job.submitted < end:
            groups[-1].append(job)
        else:
            groups.append([job])
        end = max(end, job.completed if job.completed is not None else tally.last)
    return groups


class _Work:
    """What a group of jobs had to do. All times are milliseconds, from its first submission on."""

    def __init__(self, group: Sequence[JobTally], needs: Mapping[int, _Need]) -> None:
        begin = min(job.submitted for job in group)
        ends = [job.completed for job in group if job.completed is not None]
        earliest: dict[int, int] = {}
        for job in group:
            for stage in job.stages:
                earliest.setdefault(stage, job.submitted - begin)
        known = [stage for stage in sorted(earliest) if stage in needs and needs[stage].times]
        self.measured = max(ends, default=begin) - begin
        self.stages = [(stage, earliest[stage], needs[stage]) for stage in known]
        self.tasks = sum(len(need.times) for _, _, need in self.stages)

    def makespan(self, cores: int | None) -> int:
        """How long the tasks take on so many cores; None is without end."""
        free = [0] * min(cores or 0, self.tasks)
        done: dict[int, int] = {}
        for stage, earliest, (parents, times) in self.stages:
            ready = max([earliest, *(done.get(parent, 0) for parent in parents)])
            done[stage] = ready + max(times) if cores is None else _scheduled(times, ready, free)
        return max(done.values(), default=0)


def _scheduled(tasks: Iterable[int], ready: int, free: list[int]) -> int:
    """Give each task the core that is free first, not before ``ready``; gives the last end."""
    end = ready
    for task in tasks:
        finish = max(free[0], ready) + task
        heapq.heapreplace(free, finish)
        end = max(end, finish)
    return end
