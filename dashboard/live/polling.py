"""How long to wait before the store is asked again."""

import random

JITTER = 0.2  # so that workers and servers do not ask all at once
MAX_POLLS = 12  # the longest pause while the store fails: two minutes of 10 s polls

_RANDOM = random.SystemRandom()  # forked workers share the state of any other


def pause(poll_seconds: float, failures: int) -> float:
    """Seconds until the next look: twice as many after each failure, at most 12 polls, ± 20 %."""
    polls = min(2.0 ** min(failures, 10), MAX_POLLS)
    return float(poll_seconds * polls * _RANDOM.uniform(1 - JITTER, 1 + JITTER))
