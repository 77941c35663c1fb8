"""What a person sees of a run, on standard error: each cell in a line, and the time left."""

import time
from collections.abc import Callable
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from store.quantities import duration


class Shown(Protocol):
    """What the harness tells."""

    def begin(self, text: str) -> None:
        """Something is under way."""

    def end(self, text: str, work: float) -> None:
        """A cell is done, which was so much of the work."""


class Bar:
    """A bar on a terminal; in a log file, lines alone.

    Args:
        work: All of it, in the units of ``end``.
        limit_seconds: What the run may take; the time left is never more than that allows.
        console: Where it is shown; standard error without it.
        clock: Tells the seconds.
    """

    def __init__(
        self,
        work: float,
        limit_seconds: float,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console or Console(stderr=True, highlight=False)
        self._work, self._done, self._limit = work, 0.0, limit_seconds
        self._clock, self._start = clock, clock()
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[left]}"),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=work, left="")

    def __enter__(self) -> "Bar":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def note(self, text: str) -> None:
        """Say something that is no cell."""
        self._console.print(text, markup=False, soft_wrap=True)

    def begin(self, text: str) -> None:
        """Show what is under way."""
        self._bar.update(self._task, description=text)

    def end(self, text: str, work: float) -> None:
        """Print a cell, and show how long the others may take."""
        self._done += work
        left = f"about {duration(self.left())} left"
        self._bar.update(self._task, completed=self._done, left=left)
        self.note(text)

    def left(self) -> float:
        """Seconds that the rest may take, at the pace so far."""
        spent = self._clock() - self._start
        at_this_pace = spent * (self._work / self._done - 1) if self._done else self._limit
        return max(0.0, min(at_this_pace, self._limit - spent))
