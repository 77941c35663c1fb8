"""Models that serve no more, until they are closed."""

import time

from dashboard.live.snapshot import Live, LiveModel

RETIRED_SECONDS = 60.0  # until a model that was replaced is closed: no answer takes as long


class Retired:
    """Closes what serves no more, once nobody can still be asking it."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, LiveModel]] = []

    def add(self, before: Live, after: Live) -> None:
        """Take up the models that were live before and are not after."""
        serving = {id(model) for model in after.opened()}
        due = time.monotonic() + RETIRED_SECONDS
        self._waiting += [(due, model) for model in before.opened() if id(model) not in serving]

    def close(self) -> None:
        """Close those whose time has come."""
        start = time.monotonic()
        for when, model in self._waiting:
            if when <= start:
                model.predictor.close()
        self._waiting = [(when, model) for when, model in self._waiting if when > start]
