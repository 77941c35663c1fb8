"""The packages that a benchmark needs and that are not installed here.

``python -m pipeline.benchmark.needs`` runs before any of them is there, so it imports nothing but
Python's own.
"""

import importlib.util
import sys
from collections.abc import Mapping
from typing import Final

# How each is imported -> how pip calls it. XGBoost's own wheel works on both devices.
NEEDED: Final[Mapping[str, str]] = {
    "click": "click",
    "numpy": "numpy",
    "psutil": "psutil",
    "pydantic": "pydantic",
    "pynvml": "nvidia-ml-py",
    "rich": "rich",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
    "threadpoolctl": "threadpoolctl",
    "xgboost": "xgboost",
}


def missing() -> list[str]:
    """What pip has to install; what is there stays as it is."""
    return [name for module, name in NEEDED.items() if importlib.util.find_spec(module) is None]


if __name__ == "__main__":
    sys.stdout.write("\n".join(missing()))
