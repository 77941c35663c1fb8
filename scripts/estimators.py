"""The table of scikit-learn's classifiers and regressors that are served: docs/estimators.md.

python -m scripts.estimators

Each is fitted on a small table, written as a file, opened with the checks of the web half, and
asked; its answers have to be those of scikit-learn.
"""

import io
import re
import warnings
from collections.abc import Iterator
from inspect import Parameter, signature
from typing import Any, NamedTuple

import joblib
import numpy as np
import sklearn
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils import all_estimators

from dashboard.model.flat import FlatModel
from dashboard.model.opener import opened
from scripts.servers import ROOT

FILE = ROOT / "docs" / "estimators.md"
RTOL = 1e-9
SMALLER = {"n_estimators": 5, "max_iter": 60}  # a small table is learnt with little
# What makes the dashboard's question one that they can answer.
OPTIONS: dict[str, dict[str, Any]] = {
    "SGDClassifier": {"loss": "log_loss"},
    "VotingClassifier": {"voting": "soft"},
    "SelfTrainingClassifier": {"estimator": LogisticRegression()},
    "OrthogonalMatchingPursuitCV": {"cv": 3, "max_iter": 3},
    # And what spares time, for no other answer.
    "LogisticRegressionCV": {"Cs": 3, "cv": 2},
    "HistGradientBoostingClassifier": {"max_iter": 10},
    "HistGradientBoostingRegressor": {"max_iter": 10},
}
TWO_CLASSES = ("FixedThresholdClassifier", "TunedThresholdClassifierCV")
NEEDS = ("estimator", "base_estimator", "estimators")
NO_FLAT = "has no flat form yet"
UNCHECKED = re.compile(r"It contains '[\w.]+\.(?P<name>\w+)', which this server has no structural")
INTRO = """# Which estimators are served

Every classifier and regressor of scikit-learn {version}, fitted on a small table, opened with all
checks, and compared with scikit-learn's own answers. Written by `python -m scripts.estimators`; a
test compares it.

* **flat**: its numbers answer by themselves, bit for bit as scikit-learn does, in microseconds.
* **served**: scikit-learn answers in a confined process of its own.
* **signed only**: its parts have no structural check, so that it opens in a signed release alone.
* **refused**: it does not open or cannot be shown, for the reason named.
"""


class Served(NamedTuple):
    """How an estimator is served, and why not better."""

    name: str
    kind: str
    how: str
    reason: str


def main() -> None:
    """Write the table anew."""
    found = list(survey())
    FILE.write_text(document(found), encoding="utf-8")
    print(f"{FILE.relative_to(ROOT)}: {len(found)} estimators")


def survey() -> Iterator[Served]:
    """Every classifier and regressor, by name."""
    for kind in ("classifier", "regressor"):
        for name, cls in all_estimators(type_filter=kind):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of convergence, on a table as small as this
                yield Served(name, kind, *served(cls, kind))


def served(cls: Any, kind: str) -> tuple[str, str]:
    """How one is served, and the reason where that is not flat."""
    rows, true = (load_iris if kind == "classifier" else load_diabetes)(return_X_y=True)
    rows, true = np.abs(rows[::2]), np.abs(true[::2])  # some take no negative numbers
    if cls.__name__ in TWO_CLASSES:
        rows, true = rows[true < 2], true[true < 2]
    try:
        model = _made(cls, kind).fit(rows[:, :4], true)
        answers = _answers(model, kind, rows[:, :4])
    except Exception as error:
        return "refused", f"cannot be fitted to one target here: {_line(error)}"
    if answers is None:
        return "refused", "it has no predict_proba, and the dashboard shows probabilities"
    card = _card(model, kind, rows[:, :4], answers)
    file = io.BytesIO()
    joblib.dump(model, file)
    ask, told = opened(file.getvalue(), card)
    unsigned = told.get("refused")
    if unsigned:
        ask, told = opened(file.getvalue(), card, signed=True)
        if "refused" in told:
            return "refused", _line(told["refused"])
    asked = FlatModel.from_data(told["flat"]).predict_proba_rows if "flat" in told else ask
    assert asked is not None
    if not np.allclose(asked(rows[1::7, :4]), answers[1::7], rtol=RTOL, atol=1e-12):
        return "refused", "it answers differently from scikit-learn"
    if unsigned:
        return "signed only", _line(unsigned)
    return ("flat", "") if "flat" in told else ("served", _line(told["reason"]))


def document(found: list[Served]) -> str:
    """The page, as Markdown."""
    counts = {how: sum(s.how == how for s in found) for how in sorted({s.how for s in found})}
    lines = [INTRO.format(version=sklearn.__version__)]
    lines.append(", ".join(f"{count} {how}" for how, count in counts.items()) + ".\n")
    for kind in ("classifier", "regressor"):
        lines.append(f"## {kind.capitalize()}s\n\n| estimator | | why |\n|---|---|---|")
        lines += [f"| {s.name} | {s.how} | {s.reason} |" for s in found if s.kind == kind]
        lines.append("")
    return "\n".join(lines)


def _made(cls: Any, kind: str) -> Any:
    """An instance; what it needs is a simple model."""
    parameters = cls._get_param_names()
    options: dict[str, Any] = {name: value for name, value in SMALLER.items() if name in parameters}
    for name in NEEDS:
        if name not in parameters or signature(cls).parameters[name].default is not Parameter.empty:
            continue
        simple = LogisticRegression() if kind == "classifier" else Ridge()
        options[name] = [("first", simple)] if name == "estimators" else simple
    if "random_state" in parameters:
        options["random_state"] = 0
    return cls(**options | OPTIONS.get(cls.__name__, {}))


def _answers(model: Any, kind: str, rows: Any) -> Any:
    if kind == "regressor":
        return np.asarray(model.predict(rows), dtype=np.float64).reshape(len(rows), -1)
    return model.predict_proba(rows) if hasattr(model, "predict_proba") else None


def _card(model: Any, kind: str, rows: Any, answers: Any) -> dict[str, Any]:
    """As much of a card as opening needs."""
    classes = [] if kind == "regressor" else np.asarray(model.classes_).tolist()
    steps = [step for _, step in getattr(model, "steps", [("", model)])]
    ends = zip(rows.min(axis=0).tolist(), rows.max(axis=0).tolist(), strict=True)
    return {
        "kind": kind,
        "features": [
            {"name": f"x{i}", "minimum": low, "maximum": high} for i, (low, high) in enumerate(ends)
        ],
        "classes": [{"value": value, "label": str(value)} for value in classes],
        "steps": [{"estimator": f"sklearn.{type(step).__name__}"} for step in steps],
        "golden": {"rows": rows[::9].tolist(), "probabilities": answers[::9].tolist()},
        "software": {"scikit-learn": sklearn.__version__},
    }


def _line(error: object) -> str:
    """The first sentence of a reason, as a cell of a table."""
    text = str(error).strip().partition("\n")[0].partition(". ")[0].rstrip(".")
    if text.endswith(NO_FLAT):
        return ""
    if found := UNCHECKED.match(text):
        return f"no structural check of {found['name']}"
    return text.replace("|", "/")[:160]


if __name__ == "__main__":
    main()
