"""Environments for what is measured, each of its own, made by uv on first use.

``host`` is a host's, with what the web half needs and nothing else: Dash loads IPython, for
instance, wherever the tools of developers have brought it. The others are for the programs that
ours is compared with, and so is what they are given to run with. All live below ``.cellar/peers``.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.servers import ROOT
from store.artifacts import open_store
from store.releases import read_pointer
from tests.bench.release import ARTIFACTS, TABLE

QUICKSTARTS = ROOT / "tests" / "bench" / "quickstarts"
MODEL = ("scikit-learn==1.9.1", "numpy==2.4.6", "joblib==1.6.0")

_HOME = ROOT / ".cellar" / "peers"


def folder(name: str) -> Path:
    """Where the environment of a program is, or will be."""
    return _HOME / name


def install(
    name: str, title: str, packages: Sequence[str], prepare: Sequence[str] | None = None
) -> Path:
    """Make the environment, unless it holds these packages already; gives its folder.

    Args:
        name: That of the folder.
        title: That of the program, for people.
        packages: Requirements with their versions.
        prepare: A command to run once in the new environment.

    Raises:
        CalledProcessError: It cannot be installed.
    """
    home = folder(name)
    mark = home / "installed.txt"
    if mark.exists() and mark.read_text(encoding="utf-8").split() == list(packages):
        return home
    print(f"(installing {title} in {home})", file=sys.stderr, flush=True)
    shutil.rmtree(home, ignore_errors=True)
    uv = str(Path(sys.executable).with_name("uv"))
    _run([uv, "venv", "--quiet", "--python", sys.executable, str(home)])
    _run([uv, "pip", "install", "--quiet", "--compile-bytecode", "-p", str(home), *packages])
    if prepare:
        _run(prepare, {**os.environ, **variables(home)})
    mark.write_text("\n".join(packages), encoding="utf-8")
    return home


def host() -> Path:
    """The environment of a host. Raises as ``install``."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    packages = [line.partition("#")[0].strip() for line in lines]
    return install("host", "what a host has", [package for package in packages if package])


def variables(home: Path) -> dict[str, str]:
    """Model, table, the environment's programs first; no telemetry: it would be measured too."""
    return {
        "WINE_MODEL": str(_model_file()),
        "WINE_TABLE": str(TABLE),
        "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "BENTOML_DO_NOT_TRACK": "1",
        "GRADIO_ANALYTICS_ENABLED": "0",
        "MLFLOW_DISABLE_TELEMETRY": "1",
    }


def _run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


def _model_file() -> Path:
    """The file of the committed default model."""
    release = read_pointer(open_store(str(ARTIFACTS))).release
    [released] = [model for model in release.models if model.name == release.default]
    return ARTIFACTS / released.file.key
