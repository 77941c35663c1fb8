"""The verbs, as people and scripts may rely on them."""

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import psutil
import pytest
from click.testing import CliRunner, Result

from pipeline.__main__ import cli
from pipeline.command_line import explain
from store.artifacts import FolderStore
from store.errors import DataError, StoreUnavailable
from store.releases import publish, read_pointer, read_profile, read_signed_pointer
from store.schema import Profile, decode
from store.signature import key_pair, new_key
from tests import builders
from tests.pipeline.conftest import Verb, Write
from tests.pipeline.processes import command, processes_of


@pytest.fixture
def no_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a machine with every program of this one but Java."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for folder in os.environ["PATH"].split(os.pathsep):
        for program in Path(folder).glob("*"):
            link = programs / program.name
            if not program.name.startswith("java") and not os.path.lexists(link):
                link.symlink_to(program)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert shutil.which("java", path=str(programs)) is None
    return {"PATH": str(programs), "XDG_CACHE_HOME": str(tmp_path / "cache")}


def test_profile_works_without_java_and_prints_its_key_last(
    root: Path, tmp_path: Path, no_java: dict[str, str]
) -> None:
    words = [str(root / "data" / "wine.csv"), "--conf", "spark.app.name=mine"]
    process = command(
        root, "profile", *words, cwd=tmp_path, env={"ARTIFACTS_URL": "shelf", **no_java}
    )
    out, err = process.communicate(timeout=120)

    assert process.returncode == 0, err
    key = out.splitlines()[-1]
    profile = decode(Profile, (tmp_path / "shelf" / key).read_bytes(), name=key)
    assert key == f"profiles/wine/{profile.run_id}/profile.json"
    assert (profile.rows, profile.group_by, profile.input.uri) == (178, "cultivar", "data/wine.csv")
    assert profile.run.java_version.startswith("25")
    assert (profile.run.engine, profile.run.passes, profile.run.tasks) == ("spark", 2, 2)
    steps = [line.rpartition(":")[0] for line in err.splitlines()]
    assert steps == ["Look at the table", "Start Java and Spark", "Aggregate"]
    assert profile.run.total_seconds >= profile.run.start_seconds > 0.1


def java_starts(shelf: Path, _err: IO[str]) -> None:
    while not any(process.name() == "java" for process in processes_of(shelf)):
        time.sleep(0.05)


def spark_works(_shelf: Path, err: IO[str]) -> None:
    assert err.readline().startswith("Look at the table")
    assert err.readline().startswith("Start Java and Spark")


@pytest.mark.parametrize("moment", [java_starts, spark_works])
def test_ctrl_c_leaves_nothing_published_and_nothing_running(
    moment: Callable[[Path, IO[str]], None], root: Path, tmp_path: Path
) -> None:
    shelf = tmp_path / "shelf"
    process = command(root, "run", cwd=tmp_path, env={"ARTIFACTS_URL": str(shelf)})
    assert process.stderr is not None
    moment(shelf, process.stderr)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 130, err
    assert err.splitlines()[-1] == "Error: Stopped. What is live stayed as it was."
    assert not (shelf / "current.json").exists()
    assert psutil.wait_procs(processes_of(shelf), timeout=20)[1] == []


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ([], "drinks.csv is empty"),
        (["acidity,sugar"], "no usable row: only a header"),
        (["acidity,colour", "1,2"], 'no column "sugar". Found: acidity, colour.'),
        (
            ["acidity,sugar", "1,low", "2,high"],
            'The column "sugar" of drinks.csv has to be numeric',
        ),
    ],
)
def test_a_table_that_cannot_be_used_exits_2_and_stores_nothing(
    lines: list[str], text: str, verb: Verb, write: Write, shelf: FolderStore
) -> None:
    write(
        "drinks.toml",
        'name = "drinks"',
        *(f'[[feature]]\ncolumn = "{c}"' for c in ("acidity", "sugar")),
    )

    result = verb("profile", write("drinks.csv", *lines))

    assert result.exit_code == 2
    assert result.stdout == ""
    assert text in result.stderr.splitlines()[-1]
    assert shelf.keys() == []


def test_a_table_without_a_descriptor_is_profiled_by_its_columns(
    verb: Verb, write: Write, shelf: FolderStore
) -> None:
    file = write("My drinks.csv", "sugar,shop", "1,A", "2,A", "4,B")

    result = verb("profile", file, "--group-by", "shop", "--name", "sweets")

    assert result.exit_code == 0, result.stderr
    key = result.stdout.splitlines()[-1]
    profile = decode(Profile, shelf.get(key, max_bytes=10**6), name=key)
    assert (profile.name, profile.group_by) == ("sweets", "shop")
    assert [(g.value, g.rows, g.columns[0].mean) for g in profile.groups] == [
        ("A", 2, 1.5),
        ("B", 1, 4.0),
    ]
    assert "NaN" not in profile.model_dump_json()


@pytest.mark.parametrize(
    "words",
    [
        ["profile"],
        ["profile", "x.csv", "--conf", "novalue"],
        ["publish", "--card", "../secret"],
        ["publish", "--candidate", "--default"],
        ["promote", "../wine"],
        ["prune"],
        ["prune", "--keep", "0"],
        ["rollback", "/etc/passwd"],
        ["nothing"],
        ["run", "--bad"],
    ],
)
def test_wrong_arguments_exit_2(words: list[str]) -> None:
    assert CliRunner().invoke(cli, words).exit_code == 2


def test_a_store_that_fails_exits_1(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("There is no bucket wines. Make it, or correct ARTIFACTS_URL.")

    monkeypatch.setattr("store.releases.rollback", away)
    result = verb("rollback")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: There is no bucket wines. Make it, or correct ARTIFACTS_URL.\n"


def test_a_fault_of_ours_is_one_line_and_the_way_to_its_traceback(
    verb: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr("pipeline.holdings.verify", broken)
    result = verb("verify")

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "Error: KeyError: 'oops'",
        "This is a fault of the program. To see where, run: python -m pipeline --debug verify ...",
    ]
    with_debug = CliRunner().invoke(cli, ["--debug", "verify"])
    assert isinstance(with_debug.exception, KeyError)


def test_iris_goes_the_whole_way_with_its_own_descriptor(
    verb: Verb, iris: Path, shelf: FolderStore
) -> None:
    result = verb("run", "--descriptor", iris)

    assert result.exit_code == 0, result.stderr
    release = read_pointer(shelf).release
    assert (release.default, [m.name for m in release.models]) == ("iris", ["iris"])
    profile = read_profile(shelf, release.profiles[0])
    assert [(g.label, g.rows) for g in profile.groups] == [
        ("setosa", 50),
        ("versicolor", 50),
        ("virginica", 50),
    ]
    assert profile.overall.column("petal_length").mean == pytest.approx(3.758)
    assert "150 flowers of iris.csv" in result.stdout
    assert "LogisticRegression" in result.stdout
    assert verb("verify").stdout.startswith(f"{release.id} is whole: 4 objects")


def test_a_second_table_joins_the_release_and_the_first_stays_the_default(
    verb: Verb, iris: Path, shelf: FolderStore
) -> None:
    builders.put_profile(shelf)
    builders.put_model(shelf)
    assert verb("publish").exit_code == 0
    assert verb("profile", iris.with_suffix(".csv")).exit_code == 0
    trained = verb("train", "--descriptor", iris)
    assert trained.exit_code == 0, trained.stderr

    result = verb("publish", "--name", "iris")

    assert result.exit_code == 0, result.stderr
    release = read_pointer(shelf).release
    assert (release.id, release.default) == (result.stdout.strip(), "drinks")
    assert [model.name for model in release.models] == ["drinks", "iris"]
    assert trained.stdout.splitlines()[-1] == release.models[1].card.key
    assert verb("publish", "--name", "iris", "--default").exit_code == 0
    assert read_pointer(shelf).release.default == "iris"


def test_training_on_another_table_than_the_profiled_one_is_refused(
    verb: Verb, iris: Path, shelf: FolderStore
) -> None:
    assert verb("profile", iris.with_suffix(".csv")).exit_code == 0
    with iris.with_suffix(".csv").open("a") as file:
        file.write("1,1,1,1,0\n")

    result = verb("train", "--descriptor", iris)

    assert result.exit_code == 2
    assert "is not the table of the profile" in result.stderr
    assert shelf.keys("models/") == []


def test_a_bad_model_stops_a_run_before_any_row_is_read(
    verb: Verb, iris: Path, shelf: FolderStore
) -> None:
    iris.write_text(
        iris.read_text().replace("LogisticRegression", "Lasso").replace("C =", "alpha =")
    )

    result = verb("run", "--descriptor", iris)

    assert result.exit_code == 2
    assert "Lasso is no classifier" in result.stderr
    assert "Read the table" not in result.stderr
    assert shelf.keys() == []


def test_rollback_makes_the_release_before_live_again(verb: Verb, shelf: FolderStore) -> None:
    ids = []
    for day in (1, 2):
        builders.put_profile(shelf, run_id=f"2026110{day}T120000Z-aaaaaa")
        ids.append(verb("publish").stdout.strip())

    result = verb("rollback")

    assert (result.exit_code, result.stdout.strip()) == (0, ids[0])
    assert read_pointer(shelf).release.id == ids[0]
    lines = [line.split() for line in verb("list").stdout.splitlines()]
    assert ["profile", "drinks", "20261101T120000Z-aaaaaa", "live"] in lines
    assert ["profile", "drinks", "20261102T120000Z-aaaaaa"] in lines
    assert ["release", ids[0], "live"] in [line[:3] for line in lines]


# The registry


def registered(shelf: FolderStore) -> list[str]:
    """Publish a profile with a model, twice; gives the ids of the versions."""
    versions = [f"2026110{day}T120000Z-aaaaaa" for day in (1, 2)]
    for version in versions:
        profile_at = builders.put_profile(shelf, run_id=version)
        publish(shelf, profile_at, builders.put_model(shelf, version=version))
    return versions


def words_of(result: Result) -> list[list[str]]:
    """What was printed, line by line, word by word."""
    assert result.exit_code == 0, result.stderr
    return [line.split() for line in result.stdout.splitlines()]


def test_a_candidate_waits_beside_the_live_model_until_it_is_promoted(
    verb: Verb, shelf: FolderStore
) -> None:
    first, second = registered(shelf)
    builders.put_model(shelf, version="20261103T120000Z-cccccc")

    assert verb("publish", "--candidate").exit_code == 0
    waiting = words_of(verb("list"))
    assert verb("promote", "drinks").exit_code == 0
    promoted = words_of(verb("list"))

    about = [str(len(builders.MODEL_BYTES)), "2026-11-01", "12:00", "1.9.1", "accuracy", "100.0%"]
    candidate = ["model", "drinks", "20261103T120000Z-cccccc"]
    assert ["model", "drinks", first, *about] in waiting
    assert ["model", "drinks", second, "live", "(default)", *about] in waiting
    assert [*candidate, "candidate", *about] in waiting
    assert [*candidate, "live", "(default)", *about] in promoted
    assert ["model", "drinks", second, *about] in promoted


def test_any_stored_version_can_be_promoted(verb: Verb, shelf: FolderStore) -> None:
    first, _ = registered(shelf)

    result = verb("promote", "drinks", "--version", first)

    assert result.exit_code == 0, result.stderr
    [model] = read_pointer(shelf).release.models
    assert model.version == first


def test_what_cannot_be_promoted_is_named(verb: Verb, shelf: FolderStore) -> None:
    registered(shelf)
    before = read_pointer(shelf)

    none = verb("promote", "drinks")
    unknown = verb("promote", "drinks", "--version", "20261109T120000Z-ffffff")

    assert (none.exit_code, unknown.exit_code) == (1, 1)
    assert "There is no candidate drinks. Found: none. Or name a --version." in none.stderr
    assert "no models/drinks/20261109T120000Z-ffffff/card.json" in unknown.stderr
    assert read_pointer(shelf) == before


def test_one_model_goes_back_and_the_rest_stays(verb: Verb, shelf: FolderStore) -> None:
    first, second = registered(shelf)

    result = verb("rollback", "--model", "drinks")

    assert result.exit_code == 0, result.stderr
    release = read_pointer(shelf).release
    assert [model.version for model in release.models] == [first]
    assert [profile.run_id for profile in release.profiles] == [second]
    assert verb("rollback", "000001-abcdef", "--model", "drinks").exit_code == 2


def test_the_history_says_what_changed_in_each_release(verb: Verb, shelf: FolderStore) -> None:
    first, second = registered(shelf)
    verb("rollback", "--model", "drinks")

    lines = verb("list", "--releases").stdout.splitlines()

    pointer = read_pointer(shelf)
    ids = [line.split()[0] for line in lines[1:] if line[0] != " "]
    assert ids == [pointer.release.id, *pointer.history]
    assert [line.rstrip().split("  ")[-1].strip() for line in lines[1:]] == [
        f"model drinks: {second} -> {first}",
        f"model drinks: {first} -> {second}",
        f"profile drinks: {first} -> {second}",
        f"model drinks: {first}",
        f"profile drinks: {first}",
    ]
    assert "live" in lines[1].split()
    assert "live" not in lines[2].split()


def test_a_store_where_nothing_is_published_is_listed_as_empty(verb: Verb) -> None:
    assert verb("list").exit_code == 0
    assert verb("list", "--releases").exit_code == 0


def test_prune_says_what_it_would_remove_and_then_removes_it(
    verb: Verb, shelf: FolderStore
) -> None:
    first, second = registered(shelf)
    before = shelf.keys()

    young = verb("prune", "--keep", "1", "--older", "99999d")
    would = verb("prune", "--keep", "1", "--older", "0", "--dry-run")
    untouched = shelf.keys()
    done = verb("prune", "--keep", "1", "--older", "0")

    assert young.stdout == "0 objects, 0 bytes removed.\n"
    assert untouched == before
    removed = set(before) - set(shelf.keys())
    assert removed == {key for key in before if first in key or key.startswith("releases/000001-")}
    total = f"4 objects, {words_of(done)[-1][2]} bytes"
    assert would.stdout.splitlines()[-1] == f"{total} would be removed."
    assert done.stdout.splitlines()[-1] == f"{total} removed."
    assert f"models/drinks/{first}" in done.stdout
    assert second not in done.stdout
    assert verb("verify").exit_code == 0


@pytest.mark.parametrize("age", ["", "h", "1", "-1h", "1.5h", "1y", "²h", "9999999d"])
def test_an_age_that_is_none_exits_2(age: str, verb: Verb) -> None:
    result = verb("prune", "--keep", "1", "--older", age)

    assert result.exit_code == 2
    assert "write 90m, 2h, 7d or 0" in result.stderr


def test_any_release_can_be_verified(verb: Verb, shelf: FolderStore) -> None:
    first, _ = registered(shelf)
    [before] = read_pointer(shelf).history
    assert verb("verify", before).stdout.startswith(f"{before} is whole: 3 objects")

    shelf.put(f"models/drinks/{first}/model.joblib", b"another")

    assert verb("verify").exit_code == 0
    assert "models/drinks" in verb("verify", before).stderr


def test_the_documents_name_every_verb_and_option_of_the_registry(root: Path) -> None:
    told = (root / "docs" / "deploy.md").read_text(encoding="utf-8")

    for verb in ("publish", "promote", "rollback", "list", "verify", "prune", "keygen", "sign"):
        assert f"`{verb}" in told, verb
    for option in ("--candidate", "--version", "--model", "--releases", "--keep", "--older"):
        assert option in told, option


# Signing


@pytest.fixture
def key_file(verb: Verb, tmp_path: Path) -> Path:
    file = tmp_path / "key.pem"
    assert verb("keygen", "--out", file).exit_code == 0
    return file


def test_a_private_key_is_for_its_owner_alone_and_never_replaced(
    verb: Verb, tmp_path: Path
) -> None:
    file = tmp_path / "key.pem"

    made = verb("keygen", "--out", file)
    content = file.read_bytes()
    again = verb("keygen", "--out", file)

    assert made.stdout.splitlines()[-1] == f"MODEL_PUBLIC_KEY={key_pair(content).public}"
    assert "PRIVATE" not in made.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    assert again.exit_code == 2
    assert "is there already, and a key is never replaced" in again.stderr
    assert file.read_bytes() == content


def test_a_signed_release_is_verified_with_its_public_key(
    verb: Verb, shelf: FolderStore, key_file: Path
) -> None:
    registered(shelf)
    public = key_pair(key_file.read_bytes()).public
    before = verb("verify", "--public-key", public)

    signed = verb("sign", "--key", key_file)
    after = verb("verify", "--public-key", public)
    other = verb("verify", "--public-key", new_key().public)

    assert before.exit_code == 1
    assert "is not trusted: The release has no signature." in before.stderr
    assert signed.stdout.strip() == read_pointer(shelf).release.id
    assert after.stdout.endswith("It is signed with a key that is trusted here.\n")
    assert other.exit_code == 1
    assert "of another key" in other.stderr


def test_publish_promote_and_rollback_sign_at_once(
    verb: Verb, shelf: FolderStore, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(shelf)
    verb("sign", "--key", key_file)
    monkeypatch.setenv("MODEL_PRIVATE_KEY_FILE", str(key_file))
    monkeypatch.setenv("MODEL_PUBLIC_KEY", key_pair(key_file.read_bytes()).public)
    builders.put_model(shelf, version="20261103T120000Z-cccccc")

    for words in (
        ["publish", "--candidate"],
        ["promote", "drinks"],
        ["rollback"],
        ["rollback", "--model", "drinks"],
    ):
        result = verb(*words)

        assert result.exit_code == 0, result.stderr
        assert result.stderr == ""
        assert verb("verify").exit_code == 0, words


def test_a_run_signs_and_reads_no_row_where_it_could_not(
    verb: Verb, iris: Path, shelf: FolderStore, key_file: Path
) -> None:
    words = ("run", "--descriptor", iris, "--engine", "local", "--key", key_file)
    registered(shelf)
    before = shelf.keys()

    refused = verb(*words)
    untouched = shelf.keys()
    verb("sign", "--key", key_file)
    done = verb(*words)

    assert refused.exit_code == 1
    assert "is not signed with this key" in refused.stderr
    assert untouched == before
    assert done.exit_code == 0, done.stderr
    assert read_signed_pointer(shelf, (key_pair(key_file.read_bytes()).public,)) is not None


def test_a_release_that_lost_its_signature_is_told(
    verb: Verb, shelf: FolderStore, key_file: Path
) -> None:
    registered(shelf)
    verb("sign", "--key", key_file)
    builders.put_profile(shelf, run_id="20261103T120000Z-cccccc")

    result = verb("publish")

    assert result.exit_code == 0
    assert result.stdout.strip() == read_pointer(shelf).release.id
    assert "python -m pipeline sign --key FILE" in result.stderr


def test_a_key_that_is_none_stops_a_verb_before_it_begins(
    verb: Verb, shelf: FolderStore, tmp_path: Path
) -> None:
    registered(shelf)
    before = read_pointer(shelf)
    (tmp_path / "broken.pem").write_text("-----BEGIN")

    broken = verb("publish", "--key", tmp_path / "broken.pem")
    missing = verb("sign", "--key", tmp_path / "missing.pem")

    assert (broken.exit_code, missing.exit_code) == (2, 2)
    assert "broken.pem: This is no private key in PEM" in broken.stderr
    assert "missing.pem cannot be read: No such file" in missing.stderr
    assert verb("sign").exit_code == 2
    assert read_pointer(shelf) == before


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_the_help_of_every_verb_has_an_example(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])

    assert result.exit_code == 0
    assert f"Example: python -m pipeline {name}" in result.stdout


def test_an_input_error_is_told_apart_from_a_failure_of_ours() -> None:
    assert explain(DataError("no rows"), verb="run") == (2, "no rows")
    assert explain(ModuleNotFoundError("x", name="pyspark"), verb="run") == (
        1,
        "The package pyspark is not installed. Run: pip install -r requirements-pipeline.txt",
    )
