"""What a model was trained on, as its profile tells it."""

from dashboard.view import groupings
from store.schema import ModelCard, Profile


def class_shares(card: ModelCard, profile: Profile | None) -> dict[str, float]:
    """The share of each class among the rows of the training table, by label.

    Empty where the profile is not here, or its rows are not told apart by class.
    """
    target = profile.descriptor.target if profile else None
    if profile is None or target is None or target.column not in groupings(profile):
        return {}
    rows = {group.value: group.rows for group in profile.by(target.column).groups}
    total = sum(rows.values()) or 1
    return {one.label: rows.get(str(one.value), 0) / total for one in card.classes}
