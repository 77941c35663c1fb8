"""What the drift test says of a model's streams, beside the newest predictions of each."""

from collections.abc import Mapping

from dashboard.drift.assessment import assess
from dashboard.drift.baseline import Baseline, baseline
from dashboard.drift.stream import Group, Stream, state_of
from dashboard.drift.verdict import DriftVerdict
from store.prediction_log.database import Engine
from store.prediction_log.entry import Source
from store.prediction_log.newest import newest
from store.schema import ModelCard, Profile

NEWEST = 500  # predictions of a stream that are shown beside the reference
KEPT = 8

# To prepare the rows of a reference takes as long as to judge a stream.
_prepared: dict[tuple[str, str], Baseline] = {}


def verdicts(engine: Engine, card: ModelCard, profile: Profile | None) -> dict[Group, DriftVerdict]:
    """What the test has found in each group of sources, as far as rows were folded into it.

    Args:
        engine: The log.
        card: Of the model; the stream is that of its version.
        profile: That it is compared with; without one, nothing is known.

    Raises:
        DatabaseAway: The database does not answer.
    """
    if profile is None:
        return {}
    known = _baseline(card, profile)
    found = {}
    for group in Group:
        state = state_of(engine, Stream(card.name, card.version, group), known)
        last = newest(engine, card.name, card.version, group.value, limit=NEWEST)
        found[group] = assess(known, state, last)
    return found


def group_of(source: Source | None, found: Mapping[Group, DriftVerdict]) -> Group:
    """The group that a source belongs to; without one, that with most predictions."""
    if source is not None:
        return next(group for group in Group if source in group.value)
    return max(Group, key=lambda group: found[group].rows if group in found else 0)


def _baseline(card: ModelCard, profile: Profile) -> Baseline:
    """The reference of a model, prepared once."""
    key = card.file.sha256, profile.run_id
    if key not in _prepared:
        while len(_prepared) >= KEPT:
            _prepared.pop(next(iter(_prepared)))
        _prepared[key] = baseline(card, profile)
    return _prepared[key]
