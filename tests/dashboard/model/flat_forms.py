"""The flat forms of published models, as the child makes them."""

from dashboard.model.flatten import CannotFlatten, flatten
from tests.dashboard.model.published import Published


def flat_form(model: Published) -> bytes | None:
    """The bytes of ``flat.json``, or None if the model has no flat form."""
    try:
        return flatten(model.estimator, model.rows[:5], model.ranges).to_json().encode()
    except (CannotFlatten, AttributeError, ValueError):
        return None
