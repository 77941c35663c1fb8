"""Write the list of scikit-learn's estimator classes: ``python scripts/estimator_list.py``.

A signed release may contain any of them (``dashboard/model/allowed.py``). The list is a file, so
that opening a model never looks anything up in scikit-learn; a test compares the two.
"""

import json
from pathlib import Path

from sklearn.utils import all_estimators

FILE = Path(__file__).resolve().parents[1] / "dashboard" / "model" / "estimators.json"


def estimators() -> dict[str, list[str]]:
    """The public estimators of the installed scikit-learn: the names of each module."""
    found: dict[str, list[str]] = {}
    for name, cls in all_estimators():
        found.setdefault(cls.__module__, []).append(name)
    return {module: sorted(names) for module, names in sorted(found.items())}


def main() -> None:
    """Write the list anew."""
    FILE.write_text(json.dumps(estimators(), indent=1) + "\n", encoding="utf-8")
    print(f"{FILE.name}: {sum(map(len, estimators().values()))} estimators")


if __name__ == "__main__":
    main()
