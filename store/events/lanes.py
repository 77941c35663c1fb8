"""Tasks -> bars on lanes: a lane is a core of an executor, a bar one task or several in a row."""

import heapq
from collections.abc import Iterable
from typing import Final

from store.application import MAX_BARS, MAX_LANES, Bar, Lane, Timeline
from store.events.tally import OUTCOMES, Tally

FIRST_GAP: Final = 0.05  # seconds between two bars that become one; doubled until all have room


def timeline(tally: Tally, zero: int) -> Timeline:
    """The timeline of an application that started at ``zero`` (milliseconds since 1970).

    On each executor a task takes the lowest lane that is free at its launch. The driver notes the
    end of a task a moment after its core has begun the next one: where all are taken, the one that
    is free first is meant, and the bar begins there. Beyond ``MAX_BARS`` tasks, bars of one stage
    attempt and outcome that follow each other on a lane are merged over growing gaps; what still
    has no room are the shortest bars.
    """
    lanes, bars = _assigned(tally, zero)
    everything = sum(bar.tasks for bar in bars)
    bars = [bar for bar in bars if bar.lane < MAX_LANES]
    gap, merged = FIRST_GAP, False
    longest = max((bar.end for bar in bars), default=0.0)
    while len(bars) > MAX_BARS and gap < 2 * longest + 1:
        bars, merged, gap = _merged(bars, gap), True, gap * 2
    bars = heapq.nlargest(MAX_BARS, bars, key=lambda bar: bar.end - bar.start)
    bars.sort(key=lambda bar: (bar.lane, bar.start))
    return Timeline(
        lanes=tuple(lanes[:MAX_LANES]),
        bars=tuple(bars),
        merged=merged,
        left_out=everything - sum(bar.tasks for bar in bars),
    )


def _assigned(tally: Tally, zero: int) -> tuple[list[Lane], list[Bar]]:
    """Every task on its lane; lanes by executor and slot, bars by lane and start."""
    tasks = tally.tasks
    stages, executors = list(tally.stages), list(tally.executors.values())
    cores = [_Cores(executor.cores // tally.cpus_per_task) for executor in executors]
    placed: list[tuple[tuple[int, int], int, int]] = []
    for task in sorted(range(len(tasks.launch)), key=tasks.launch.__getitem__):
        executor = tasks.executor[task]
        slot, begin = cores[executor].take(tasks.launch[task], tasks.finish[task])
        placed.append(((executor, slot), task, begin))
    places = sorted({place for place, _, _ in placed})
    position = {place: number for number, place in enumerate(places)}
    bars = [
        Bar(
            lane=position[place],
            stage=stages[tasks.stage[task]][0],
            attempt=stages[tasks.stage[task]][1],
            start=max(0, begin - zero) / 1000,
            end=max(0, tasks.finish[task] - zero) / 1000,
            tasks=1,
            outcome=OUTCOMES[tasks.outcome[task]],
        )
        for place, task, begin in placed
    ]
    bars.sort(key=lambda bar: bar.lane)  # stable: by start within a lane
    return [Lane(executor=executors[executor].id, slot=slot) for executor, slot in places], bars


class _Cores:
    """The cores of an executor: those that are free by number, the others by when they will be."""

    def __init__(self, count: int) -> None:
        self._count = count  # 0 where the log does not say
        self._free: list[int] = []
        self._busy: list[tuple[int, int]] = []

    def take(self, launch: int, finish: int) -> tuple[int, int]:
        """The core for a task, and when the task begins there; launches come in order."""
        while self._busy and self._busy[0][0] <= launch:
            heapq.heappush(self._free, heapq.heappop(self._busy)[1])
        if self._free:
            slot = heapq.heappop(self._free)
        elif 0 < self._count <= len(self._busy):
            end, slot = heapq.heappop(self._busy)
            launch = min(finish, end)
        else:
            slot = len(self._busy)
        heapq.heappush(self._busy, (finish, slot))
        return slot, launch


def _merged(bars: Iterable[Bar], gap: float) -> list[Bar]:
    """Bars by lane and start, neighbours of a kind and at most ``gap`` apart made one."""
    made: list[Bar] = []
    for bar in bars:
        last = made[-1] if made else None
        if (
            last
            and (last.lane, last.stage, last.attempt, last.outcome)
            == (bar.lane, bar.stage, bar.attempt, bar.outcome)
            and bar.start - last.end <= gap
        ):
            made[-1] = last._replace(end=max(last.end, bar.end), tasks=last.tasks + bar.tasks)
        else:
            made.append(bar)
    return made
