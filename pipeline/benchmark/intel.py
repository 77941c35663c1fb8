"""scikit-learn-intelex, the second CPU baseline, and whether it did the work itself."""

from typing import Any

from store.errors import CellarError


class LeftToScikitLearn(CellarError):
    """scikit-learn-intelex had scikit-learn do the fit, as it does without a word."""


def did_it_itself(model: Any) -> Any:
    """The fitted model. Raises LeftToScikitLearn where Intel's library did not fit it."""
    if not hasattr(model, "_onedal_estimator"):
        raise LeftToScikitLearn(f"{type(model).__name__} was fitted by scikit-learn")
    return model
