"""The versions a model was made with, beside those here. They explain; they never decide."""

import platform
from collections.abc import Mapping
from importlib import metadata

PACKAGES = ("scikit-learn", "numpy")


def made_with(software: Mapping[str, str]) -> str:
    """The versions of a card that differ from those here, as words; "" where none does.

    Of Python only the minor version counts.

        >>> made_with({"scikit-learn": "1.2.0"})            # doctest: +SKIP
        'scikit-learn 1.2.0 (here 1.9.1)'
    """
    here = {package: metadata.version(package) for package in PACKAGES}
    different = [
        f"{package} {software[package]} (here {version})"
        for package, version in here.items()
        if software.get(package, version) != version
    ]
    python = platform.python_version()
    if _minor(software.get("python", python)) != _minor(python):
        different.append(f"Python {software['python']} (here {python})")
    return ", ".join(different)


def _minor(version: str) -> list[str]:
    return version.split(".")[:2]
