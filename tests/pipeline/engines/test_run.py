"""The verb: sizes and engines in, an artifact out; drafts, and the tables behind it."""

import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from pipeline.__main__ import cli
from pipeline.engines import run as engines
from pipeline.engines import tables
from pipeline.engines.harness import Plan, begun, measure
from pipeline.engines.registry import BY_NAME, ENGINES
from pipeline.engines.run import Order, named, run_engines, sizes
from pipeline.progress import Steps
from store.engine_run import EngineRun
from store.errors import InputError
from store.releases import read_pointer
from store.schema import decode, encode

DESCRIPTOR = """
name = "made"
[target]
column = "g"
[[feature]]
column = "x"
[[feature]]
column = "y"
"""


@pytest.fixture
def made(monkeypatch):
    """Rows that are made without Spark; notes how many were asked for."""
    asked = []

    def synthesize(rows, out):
        asked.append(rows)
        out.mkdir(parents=True)
        for number, start in enumerate(range(0, rows, 1_000)):
            n = min(1_000, rows - start)
            x = [float(start + i) for i in range(n)]
            g = ["ab"[i % 2] for i in range(n)]
            table = pa.table({"x": x, "y": [v / 7 for v in x], "g": g})
            pq.write_table(table, out / f"part-{number:03d}.parquet")
        (out / "synthetic.toml").write_text(DESCRIPTOR, encoding="utf-8")

    monkeypatch.setattr(tables, "synthesize", synthesize)
    return asked


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "cellar-lab" / "engines"


def call(*words):
    return CliRunner().invoke(cli, ["engines", *words])


def test_the_verb_measures_stores_and_publishes(made, cache, shelf):
    words = ["--rows", "100,2500", "--engines", "sequential,kernel", "--budget", "20"]

    done = call(*words, "--repeats", "1", "--publish", "--artifacts", shelf.url)

    assert done.exit_code == 0, done.output
    key = done.stdout.splitlines()[-1]
    run = decode(EngineRun, shelf.get(key, max_bytes=2**20), name=key)
    assert [(c.engine, c.rows, c.status) for c in run.cells] == [
        ("sequential", 100, "ok"),
        ("kernel", 100, "ok"),
        ("sequential", 2_500, "ok"),
        ("kernel", 2_500, "ok"),
    ]
    assert all(cell.max_relative_difference < 1e-9 for cell in run.cells)
    assert [(t.rows, t.columns, t.groups, t.reference) for t in run.tables] == [
        (100, 2, 2, "exact"),
        (2_500, 2, 2, "exact"),
    ]
    assert read_pointer(shelf).release.results["engines"].key == key
    assert made == [2_500]
    assert not cache.exists()


def test_an_artifact_names_no_host_person_or_path(made, cache, shelf, tmp_path):
    order = Order((100,), (BY_NAME["sequential"],), 20, 1)

    stored = run_engines(order, shelf, Steps())

    text = shelf.get(stored.key, max_bytes=2**20).decode()
    named = {os.uname().nodename, str(tmp_path), str(cache), os.path.expanduser("~")}
    assert [name for name in named if name in text] == []


def test_without_a_run_that_was_cut_off_there_is_nothing_to_resume(cache, shelf):
    done = call("--resume", "--artifacts", shelf.url)

    assert done.exit_code == 2
    assert "No run was cut off" in done.stderr


def test_a_run_is_resumed_with_what_was_measured(made, cache, shelf, monkeypatch):
    seen = []

    def interrupted(*words, save, before, **more):
        def stop(run):
            save(run)
            raise KeyboardInterrupt

        return measure(*words, save=stop, before=before, **more)

    monkeypatch.setattr(engines, "measure", interrupted)
    order = Order((100,), (BY_NAME["sequential"],), 20, 1)
    with pytest.raises(KeyboardInterrupt):
        run_engines(order, shelf, Steps())

    def resumed(*words, before, **more):
        seen.append(before)
        return measure(*words, before=before, **more)

    monkeypatch.setattr(engines, "measure", resumed)
    both = order._replace(engines=(BY_NAME["sequential"], BY_NAME["kernel"]), resume=True)
    stored = run_engines(both, shelf, Steps())

    assert len(seen[0].cells) == 1
    assert stored.run.cell("sequential", 100) == seen[0].cell("sequential", 100)
    assert stored.run.cell("kernel", 100).status == "ok"
    assert made == [100]


def test_a_run_with_another_budget_is_not_resumed(made, cache, shelf, monkeypatch):
    cache.mkdir(parents=True)
    (cache / "draft.json").write_bytes(encode(begun(Plan(ENGINES, 30, 3), engines.DATA)))

    done = call("--resume", "--artifacts", shelf.url)

    assert done.exit_code == 2
    assert "another budget seconds: 30.0, and now it is 60.0" in done.stderr


def test_two_runs_at_once_would_disturb_each_other(made, cache, shelf):
    cache.mkdir(parents=True)
    (cache / "process").write_text(str(os.getppid()))

    with pytest.raises(InputError, match="Another run is under way"):
        run_engines(Order((100,), (BY_NAME["sequential"],), 20, 1), shelf, Steps())


@pytest.mark.parametrize("text", ["", "many", "1e3,", "inf", "nan", "5", "1e12", "-1e3"])
def test_sizes_that_cannot_be_are_refused(text):
    with pytest.raises(InputError):
        sizes(text)


def test_sizes_are_ascending_and_each_once():
    assert sizes("1e4,1000,10000") == (1_000, 10_000)


def test_engines_are_named_and_an_unknown_one_is_refused():
    assert named("all") == ENGINES
    assert [engine.name for engine in named("duckdb,rdd,duckdb")] == ["duckdb", "rdd"]
    with pytest.raises(InputError, match=r'"mysql" is no engine\. There are: sequential'):
        named("rdd,mysql")


def test_a_small_table_is_the_first_rows_of_the_big_one_in_both_formats(made, tmp_path):
    small, big = tables.tables((1_500, 4_000), tmp_path)

    rows = pq.read_table(small.files("parquet")[0])["x"].to_pylist()
    assert rows == [float(i) for i in range(1_500)]
    assert pa.csv.read_csv(small.files("csv")[0])["x"].to_pylist() == rows
    assert small.question.edges[0][0] == 0.0
    assert small.question.edges[0][-1] == 1_499.0
    assert sum(pq.read_metadata(file).num_rows for file in big.files("parquet")) == 4_000
    assert made == [4_000]


def test_a_big_table_has_several_files_of_whole_parts(made, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "FILE_ROWS", 700)
    (table,) = tables.tables((2_600,), tmp_path)

    counts = [pq.read_metadata(file).num_rows for file in table.files("parquet")]

    assert counts == [867, 867, 866]
    assert len(table.files("csv")) == 3
