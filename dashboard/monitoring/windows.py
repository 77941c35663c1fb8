"""Spans of time that Monitor shows, each in about 200 steps or fewer."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from store.errors import InputError
from store.prediction_log.entry import Period

PERIODS: tuple[Period, ...] = (60, 3_600, 86_400)  # seconds, of the log's tallies
MOST_STEPS = 200
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
CUSTOM = "custom"
SPANS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}
LABELS = {"hour": "Hour", "day": "Day", "week": "Week", "month": "Month", CUSTOM: "From – to"}
WORDS = {60: "minute", 3_600: "hour", 86_400: "day"}


class Window(NamedTuple):
    """A span of time.

    ``since`` begins a step and ``until`` ends one, which may not be over yet. ``period`` is that
    of the tallies to read and ``step`` that of a bar, both in seconds; ``step`` is a multiple.
    """

    since: datetime
    until: datetime
    period: Period
    step: int

    @property
    def starts(self) -> list[datetime]:
        """When each step begins."""
        count = round((self.until - self.since).total_seconds()) // self.step
        return [self.since + timedelta(seconds=i * self.step) for i in range(count)]

    @property
    def word(self) -> str:
        """What a step is called: ``minute``, or ``7 days``."""
        times = self.step // self.period
        return WORDS[self.period] if times == 1 else f"{times} {WORDS[self.period]}s"


def window(choice: str, now: datetime, *, since: str = "", until: str = "") -> Window:
    """The span of a choice that ends now; of ``custom`` the one between two times in UTC.

    Args:
        choice: A key of ``LABELS``; an unknown one is the hour.
        now: The moment.
        since, until: Of ``custom``, such as ``2026-11-29T20:50``.

    Raises:
        InputError: A time is missing or none, or the span holds no moment before now.
    """
    if choice != CUSTOM:
        span = SPANS.get(choice, SPANS["hour"])
        period = _period(span)
        end = _end_of_step(now, period)
        return Window(end - span, end, period, period)
    first = max(_moment(since, "beginning"), EARLIEST)
    last = min(_moment(until, "end"), now)
    if first >= last:
        raise InputError("The beginning has to lie before the end, and before now.")
    period = _period(last - first)
    step = period * -(-_steps(last - first, period) // MOST_STEPS)
    return Window(_start_of_step(first, step), _end_of_step(last, step), period, step)


def _period(span: timedelta) -> Period:
    return next((p for p in PERIODS if _steps(span, p) <= MOST_STEPS), PERIODS[-1])


def _steps(span: timedelta, period: int) -> int:
    return int(-(-span.total_seconds() // period))


def _start_of_step(moment: datetime, step: int) -> datetime:
    return datetime.fromtimestamp(moment.timestamp() // step * step, UTC)


def _end_of_step(moment: datetime, step: int) -> datetime:
    return datetime.fromtimestamp(-(-moment.timestamp() // step) * step, UTC)


def _moment(text: str, which: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"The {which} has to be a day and a time.") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
