"""Synthetic rows: like the table, the same for a seed, and marked as what they are."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from scipy.stats import ks_2samp, spearmanr  # type: ignore[import-untyped]

from pipeline import synthesize as module
from pipeline.__main__ import cli
from pipeline.described import describe
from pipeline.frames import GROUP
from pipeline.inputs import find_input
from pipeline.progress import Steps
from pipeline.read import read
from pipeline.remote import list_files, location
from pipeline.synthesize import Made, Order, files, model, synthesize, with_groups
from pipeline.synthesize.blocks import BLOCK_ROWS, block, quantiles
from pipeline.synthesize.files import Format, Writing, generate
from pipeline.synthesize.model import Model, correlation, decimals, factor, fit
from store.artifacts import FolderStore, S3Store
from store.descriptor import Descriptor, Feature, Target, read_descriptor
from store.errors import DataError, InputError, StoreUnavailable
from store.schema import Profile, decode
from tests.pipeline.conftest import Verb, Write

ROWS = 20_000
CLASSES = (0, 1, 2)


def synth(*words: str | int | Path) -> Result:
    """Call the verb in this process."""
    return CliRunner().invoke(cli, ["synthesize", *map(str, words)])


def make(order: Order, *, master: str = "local[2]", partitions: int | None = None) -> Made:
    return synthesize(order, Steps(), master=master, settings={}, partitions=partitions)


def hashes(folder: Path) -> dict[str, str]:
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.iterdir())
    }


def table_of(rows: list[tuple], descriptor: Descriptor) -> pa.Table:
    """Rows of (group, features..., categories...) as the reader gives them."""
    names = [GROUP, *descriptor.columns, *descriptor.categories]
    types = [pa.string(), *[pa.float64()] * len(descriptor.columns)]
    types += [pa.string()] * len(descriptor.categories)
    columns = zip(*rows, strict=True)
    return pa.table({n: pa.array(c, t) for n, c, t in zip(names, columns, types, strict=True)})


def drawn(model: Model, seed: int = 0) -> pa.Table:
    return pa.Table.from_batches(block(model, seed, 0))


@pytest.fixture
def stock() -> Descriptor:
    """A whole-number feature, one with gaps, and a category."""
    return Descriptor(
        name="stock",
        target=Target(column="kind"),
        features=(Feature(column="bottles"), Feature(column="price", decimals=1)),
        categories=("shop",),
    )


@pytest.fixture(scope="module")
def wine(root: Path) -> pa.Table:
    return pa.csv.read_csv(root / "data" / "wine.csv")


@pytest.fixture(scope="module")
def imitation(
    spark: SparkSession, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """20,000 rows like the wines, made by the verb."""
    out = tmp_path_factory.mktemp("made") / "wines"
    result = synth("--rows", ROWS, "--out", out, "--descriptor", root / "data" / "wine.toml")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"20,000 synthetic rows, {size_of(out):,} bytes, ")
    assert lines[1:] == [str(out)]
    yield out
    shutil.rmtree(out)


def size_of(out: Path) -> int:
    return sum(file.stat().st_size for file in out.glob("part-*"))


@pytest.fixture(scope="module")
def likeness(wine: pa.Table, imitation: Path) -> Callable[[int], tuple[np.ndarray, np.ndarray]]:
    """The real and the synthetic rows of a class, columns in the same order."""
    made = pq.read_table(imitation / "part-00000.parquet")
    names = [name for name in wine.column_names if name != "cultivar"]

    def pair(value: int) -> tuple[np.ndarray, np.ndarray]:
        both = [table.filter(pc.field("cultivar") == value) for table in (wine, made)]
        real, copy = (np.array([t[n].to_numpy() for n in names], dtype=float) for t in both)
        return real, copy

    return pair


# Like the table


def test_groups_have_the_shares_of_the_table(likeness: Callable) -> None:
    for value in CLASSES:
        real, copy = likeness(value)
        share = real.shape[1] / 178
        error = np.sqrt(share * (1 - share) / ROWS)
        assert abs(copy.shape[1] / ROWS - share) < 4 * error


def test_means_of_each_group_are_the_table_s_within_four_standard_errors(
    likeness: Callable,
) -> None:
    for value in CLASSES:
        real, copy = likeness(value)
        error = copy.std(axis=1) / np.sqrt(copy.shape[1])
        assert (np.abs(copy.mean(axis=1) - real.mean(axis=1)) < 4 * error).all()


def test_rank_correlations_of_each_group_are_the_table_s(likeness: Callable) -> None:
    for value in CLASSES:
        real, copy = likeness(value)
        difference = spearmanr(copy.T).statistic - spearmanr(real.T).statistic
        assert np.abs(difference).max() < 0.05


def test_every_marginal_passes_for_the_empirical_one(likeness: Callable) -> None:
    for value in CLASSES:
        real, copy = likeness(value)
        n, m = real.shape[1], copy.shape[1]
        critical = 1.358 * np.sqrt((n + m) / (n * m))  # Smirnov, two samples, level 5 %
        distances = [ks_2samp(*columns).statistic for columns in zip(real, copy, strict=True)]
        assert max(distances) < critical
        assert max(distances) < 1 / n + 1.95 / np.sqrt(m)  # and it is no worse than a step


def test_no_value_is_outside_what_was_observed_and_decimals_are_kept(likeness: Callable) -> None:
    digits = [2, 2, 2, 1, 0, 2, 2, 2, 2, 2, 2, 2, 0]
    every = np.hstack([likeness(value)[0] for value in CLASSES])
    for value in CLASSES:
        real, copy = likeness(value)
        assert (copy.min(axis=1) >= real.min(axis=1)).all()
        assert (copy.max(axis=1) <= real.max(axis=1)).all()
        for i, column in enumerate(copy):
            if decimals(every[i], digits[i]) is not None:
                assert (np.round(column, digits[i]) == column).all()


def test_missing_values_and_labels_have_their_rate_in_each_group(stock: Descriptor) -> None:
    rows = [("a", i, None if i % 4 == 0 else 0.5, "X" if i % 2 else None) for i in range(40)]
    rows += [("b", i, 7.5, "Y") for i in range(60)]

    made = drawn(fit(table_of(rows, stock), stock))

    assert made.schema.names == ["bottles", "price", "shop", "kind"]
    a, b = (made.filter(pc.field("kind") == kind) for kind in "ab")
    assert len(a) / len(made) == pytest.approx(0.4, abs=0.01)
    assert a["price"].null_count / len(a) == pytest.approx(0.25, abs=0.01)
    assert a["shop"].null_count / len(a) == pytest.approx(0.5, abs=0.015)
    assert set(b["shop"].to_pylist()) == {"Y"}
    assert set(b["price"].to_pylist()) == {7.5}
    assert a["bottles"].null_count == b["bottles"].null_count == 0
    assert set(a["bottles"].to_pylist()) == set(map(float, range(40)))  # whole, as observed


def test_a_column_may_be_missing_or_constant_in_a_whole_group(stock: Descriptor) -> None:
    rows = [("1", 5, None, "X"), ("1", 5, None, "X"), ("2", 1, 2.5, None), ("2", 3, 2.5, None)]

    made = drawn(fit(table_of(rows, stock), stock))

    first = made.filter(pc.field("kind") == 1)  # whole numbers stay whole
    assert first["price"].null_count == len(first) > 0
    assert set(first["bottles"].to_pylist()) == {5.0}


def test_a_table_without_a_target_is_one_group() -> None:
    descriptor = Descriptor(name="x", features=(Feature(column="a"),))

    made = drawn(fit(pa.table({"a": [1.25, 2.5, None]}), descriptor))

    assert made.schema.names == ["a"]
    assert made["a"].null_count / BLOCK_ROWS == pytest.approx(1 / 3, abs=0.01)


def test_dates_go_with_the_features_and_are_days_again() -> None:
    descriptor = Descriptor(name="x", features=(Feature(column="a"),), dates=("day",))
    days = pa.array([*range(20_000, 20_099), None], pa.int32()).cast(pa.date32())
    table = pa.table({"a": [float(i) for i in range(100)], "day": days})

    made = drawn(fit(table, descriptor))

    assert made.schema.types == [pa.float64(), pa.date32()]
    both = made.filter(pc.field("day").is_valid())
    day = both["day"].cast(pa.int32()).to_numpy()
    assert (day.min(), day.max()) == (20_000, 20_098)
    assert 1 - len(both) / len(made) == pytest.approx(0.01, abs=0.003)
    assert spearmanr(both["a"].to_numpy(), day).statistic > 0.99


def test_a_column_that_is_grouped_by_is_imitated_too() -> None:
    descriptor = Descriptor(
        name="x",
        features=(Feature(column="a"),),
        categories=("shop",),
        target=Target(column="kind"),
        group_by=("kind", "shop", "a", "city"),
    )

    assert with_groups(descriptor).categories == ("shop", "city")


def test_decimals_are_kept_only_where_every_value_has_them() -> None:
    values = np.array([1.5, 2.25])

    assert decimals(values, 2) == 2
    assert decimals(values, 1) is None
    assert decimals(values, None) == 2
    assert decimals(np.array([1.0, 1e300]), None) == 0
    assert decimals(np.array([1 / 3]), None) is None


@given(
    st.lists(st.floats(-1e308, 1e308), min_size=1, max_size=30),
    st.lists(st.floats(0, 1), min_size=1),
)
def test_quantiles_ascend_within_the_observed_range(values: list, shares: list) -> None:
    found = quantiles(np.sort(values), np.sort(shares))

    assert (np.diff(found) >= 0).all() or len(found) == 1 or np.isinf(np.diff(found)).any()
    assert min(values) <= found.min() <= found.max() <= max(values)


def test_the_quantile_function_keeps_the_mean() -> None:
    values = np.array([0.0, 1.0, 10.0])

    found = quantiles(values, (np.arange(300_000) + 0.5) / 300_000)

    assert found.mean() == pytest.approx(values.mean(), rel=1e-9)


def test_a_matrix_that_is_no_correlation_gets_the_nearest_one() -> None:
    # Higham 2002, the matrix of section 4 and its answer
    lower = factor(np.array([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]]))

    found = lower @ lower.T
    assert np.diag(found) == pytest.approx(1, abs=1e-4)
    assert found[0] == pytest.approx([1, 0.7607, 0.1573], abs=1e-3)


def test_correlation_uses_the_rows_that_have_both_values() -> None:
    gap = np.nan
    found = correlation(np.array([[1.0, 2, 3, gap], [10, 20, 30, 40], [5, 5, 5, 5]]))

    assert found[0, 1] == pytest.approx(1)
    assert found[2].tolist() == [0, 0, 1]


# The same rows


@pytest.fixture
def wines(spark: SparkSession, root: Path) -> Model:
    found = find_input(str(root / "data" / "wine.csv"))
    descriptor = describe(found, str(root / "data" / "wine.csv"), given=None)
    return fit(read(spark, found, descriptor, groups=["cultivar"]).frame.toArrow(), descriptor)


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_the_files_are_the_same_for_any_number_of_partitions(
    spark: SparkSession, wines: Model, format: Format, tmp_path: Path
) -> None:
    found = []
    for partitions in (1, 2, 7):
        folder = tmp_path / str(partitions)
        folder.mkdir()
        writing = Writing(wines, 4 * BLOCK_ROWS + 5, 7, format, location(str(folder)), "synthetic")
        generate(spark, writing, partitions=partitions)
        found.append(hashes(folder))

    assert list(found[0]) == [f"part-{i:05d}.{format}" for i in range(5)]
    assert found[0] == found[1] == found[2]


def test_another_master_and_another_seed(
    root: Path, wines: Model, imitation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A process of its own, since a session that runs is used whatever --master says.

    words = ["--rows", str(ROWS), "--out", "wines", "--descriptor", "data/wine.toml"]
    (tmp_path / "data").symlink_to(root / "data")
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "synthesize", *words, "--master", "local[1]"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert hashes(tmp_path / "wines") == hashes(imitation)
    steps = [line.rpartition(":")[0] for line in done.stderr.splitlines()]
    assert steps == ["Start Java and Spark", "Read the table", "Fit the table", "Generate rows"]


def test_rows_depend_on_the_seed_and_the_block(wines: Model) -> None:
    first, again = (next(block(wines, 0, 0)) for _ in range(2))

    assert first.equals(again)
    assert not first.equals(next(block(wines, 1, 0)))
    assert not first.equals(next(block(wines, 0, 1)))


def test_the_first_rows_are_the_same_however_many_follow(
    root: Path, imitation: Path, tmp_path: Path
) -> None:
    made = make(Order(str(root / "data" / "wine.csv"), 10, str(tmp_path / "few")))

    few = pq.read_table(Path(made.out) / "part-00000.parquet")
    assert few.equals(pq.read_table(imitation / "part-00000.parquet").slice(0, 10))


def test_a_fit_does_not_depend_on_the_order_of_the_rows(stock: Descriptor) -> None:
    random = np.random.default_rng(0)
    rows = [("a", *random.normal(size=2), "X" if i % 3 else "Y") for i in range(500)]

    one, other = (fit(table_of(r, stock), stock) for r in (rows, rows[::-1]))

    assert drawn(one).equals(drawn(other))


# Marked as synthetic


def test_the_descriptor_says_synthetic_and_from_what(root: Path, imitation: Path) -> None:
    original = read_descriptor(root / "data" / "wine.toml")
    described = read_descriptor(imitation / "synthetic.toml")

    assert (described.name, described.title) == ("wine-synthetic", "Wine cultivars (synthetic)")
    assert (described.row, described.rows) == ("synthetic wine", "synthetic wines")
    assert described.synthetic
    digest = hashlib.sha256((root / "data" / "wine.csv").read_bytes()).hexdigest()
    for part in ("Synthetic: 20,000 rows", "seed 0", "data/wine.csv", digest, original.credit):
        assert part in described.credit
    assert described.features == original.features
    assert described.model == original.model
    assert "Random real wine" not in [preset.label for preset in described.presets]
    metadata = pq.read_schema(imitation / "part-00000.parquet").metadata
    assert metadata[b"synthetic"].decode() == described.credit


def test_rows_that_say_so_are_synthetic_whatever_the_descriptor_says(
    root: Path, imitation: Path
) -> None:
    real = root / "data" / "wine.toml"
    found = find_input(str(imitation))
    for toml in real, None:
        described = describe(found, str(imitation), given=toml, group_by=["cultivar"])

        assert described.synthetic
        assert described.rows.startswith("synthetic ")
        assert described.title.endswith("(synthetic)")
        assert described.credit == read_descriptor(imitation / "synthetic.toml").credit


def test_profile_takes_the_folder_with_its_descriptor(
    verb: Verb, imitation: Path, shelf: FolderStore
) -> None:
    result = verb("profile", imitation, "--descriptor", imitation / "synthetic.toml")

    assert result.exit_code == 0, result.stderr
    key = result.stdout.splitlines()[-1]
    profile = decode(Profile, shelf.get(key, max_bytes=10**7), name=key)
    assert (profile.name, profile.rows, profile.rejected.rows) == ("wine-synthetic", ROWS, 0)
    assert [group.label for group in profile.groups] == ["Barolo", "Grignolino", "Barbera"]


# What cannot be used


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["t.csv", "--rows", "0"], "--rows is 0. Ask for 1 to"),
        (["t.csv", "--rows", "-5"], "--rows is -5"),
        (["t.csv", "--rows", "5", "--seed", "-1"], "--seed is -1"),
        (["--rows", "5"], "Name the table to imitate"),
        (["none.csv", "--rows", "5"], "There is no file at"),
        (["t.csv", "--rows", "5", "--descriptor", "none.toml"], "There is no descriptor at"),
        (["--rows", "5", "--descriptor", "none.toml"], "There is no descriptor at"),
        (["empty.csv", "--rows", "5"], "no usable row"),
        (["single.csv", "--rows", "5", "--descriptor", "t.toml"], 'group "b" of kind has one'),
    ],
)
def test_what_cannot_be_used_exits_2_and_leaves_nothing(
    words: list[str],
    text: str,
    spark: SparkSession,
    write: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write("t.csv", "a,kind", "1,a", "2,a", "3,b", "4,b")
    write("single.csv", "a,kind", "1,a", "2,a", "3,b")
    write("empty.csv", "a,kind")
    write("t.toml", 'name = "t"', "[target]", 'column = "kind"', "[[feature]]", 'column = "a"')
    write("empty.toml", 'name = "t"', "[[feature]]", 'column = "a"')
    before = sorted(tmp_path.iterdir())
    monkeypatch.chdir(tmp_path)

    result = synth(*words, "--out", "made")

    assert result.exit_code == 2
    assert text in result.stderr.splitlines()[-1]
    assert (result.stdout, sorted(tmp_path.iterdir())) == ("", before)


def test_a_folder_with_something_in_it_is_refused_and_an_empty_one_is_used(
    spark: SparkSession, write: Write, tmp_path: Path
) -> None:
    table = write("t.csv", "a", "1", "2")
    kept = write("made/kept.txt", "mine")

    refused = synth(table, "--rows", 5, "--out", kept.parent)
    kept.unlink()
    used = synth(table, "--rows", 5, "--out", kept.parent, "--format", "csv")

    assert (refused.exit_code, used.exit_code) == (2, 0), used.output
    assert "made is not empty" in refused.stderr
    assert sorted(hashes(kept.parent)) == ["part-00000.csv", "synthetic.toml"]
    assert len((kept.parent / "part-00000.csv").read_text().splitlines()) == 6


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError])
def test_what_fails_in_the_middle_leaves_nothing(
    failure: type[BaseException],
    spark: SparkSession,
    write: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = write("t.csv", "a", "1", "2")

    def stopped(spark: SparkSession, writing: Writing, partitions: int | None) -> int:
        generate(spark, writing, partitions=partitions)
        assert list_files(writing.folder.url)
        raise failure

    monkeypatch.setattr(module, "generate", stopped)
    with pytest.raises(failure):
        make(Order(str(table), 5, str(tmp_path / "made")))

    assert list(tmp_path.iterdir()) == [table]


def test_a_task_that_fails_ends_it_and_leaves_nothing(
    spark: SparkSession, stock: Descriptor, tmp_path: Path
) -> None:
    model = fit(table_of([("a", 1, 2, "X"), ("a", 2, 3, "X")], stock), stock)
    writing = Writing(model, 5, 0, "parquet", location(str(tmp_path / "gone")), "")

    with pytest.raises(Exception, match="gone"):
        generate(spark, writing)

    assert list(tmp_path.iterdir()) == []


def test_a_table_too_big_to_fit_is_refused(
    spark: SparkSession, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "MAX_CELLS", 3)
    table = write("t.csv", "a,b", "1,2", "2,3")

    with pytest.raises(DataError, match=r"2 rows of 2 columns, and at most 3 values"):
        make(Order(str(table), 5, str(tmp_path / "made")))


# In S3


def keys(url: str) -> list[str]:
    return [found.key for found in S3Store(url).objects()]


@pytest.fixture
def wines_url(workers_s3_url: str) -> str:
    return f"{workers_s3_url}/big wines"


def test_s3_gets_the_same_files_and_their_descriptor(
    spark: SparkSession, root: Path, wines_url: str, imitation: Path
) -> None:
    result = synth(
        *("--rows", ROWS, "--out", f"{wines_url}/", "--descriptor", root / "data" / "wine.toml")
    )

    assert result.exit_code == 0, result.output
    files = list_files(wines_url)
    filesystem = location(wines_url).filesystem()
    made = {f.name: filesystem.open_input_file(f.path).read() for f in files}
    assert made == {file.name: file.read_bytes() for file in imitation.iterdir()}
    assert result.stdout.splitlines()[1:] == [f"{wines_url}/"]


def test_a_table_in_s3_gives_the_same_rows(
    spark: SparkSession, root: Path, workers_s3_url: str, imitation: Path, tmp_path: Path
) -> None:
    S3Store(workers_s3_url).put("wine.csv", (root / "data" / "wine.csv").read_bytes())

    made = make(
        Order(
            f"{workers_s3_url}/wine.csv", 1_000, str(tmp_path / "made"), root / "data" / "wine.toml"
        )
    )

    rows = pq.read_table(Path(made.out) / "part-00000.parquet")
    assert rows.equals(pq.read_table(imitation / "part-00000.parquet").slice(0, 1_000))
    credit = rows.schema.metadata[b"synthetic"].decode()
    assert re.search(
        rf"{workers_s3_url}/wine.csv \(SHA-256 of its listing [0-9a-f]{{64}}\)", credit
    )


def test_a_prefix_with_something_under_it_is_refused(
    spark: SparkSession, write: Write, s3_url: str
) -> None:
    S3Store(s3_url).put("kept.txt", b"mine")

    refused = synth(write("t.csv", "a", "1", "2"), "--rows", 5, "--out", s3_url)

    assert (refused.exit_code, keys(s3_url)) == (2, ["kept.txt"])
    assert f"{s3_url} is not empty. Name a new prefix" in refused.stderr


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError])
def test_a_prefix_is_as_it_was_when_something_fails_in_the_middle(
    failure: type[BaseException],
    spark: SparkSession,
    write: Write,
    wines_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stopped(spark: SparkSession, writing: Writing, partitions: int | None) -> int:
        generate(spark, writing, partitions=partitions)
        S3Store(wines_url).put("notes.txt", b"somebody else's")
        raise failure

    monkeypatch.setattr(module, "generate", stopped)
    with pytest.raises(failure):
        make(Order(str(write("t.csv", "a", "1", "2")), 5, wines_url))

    assert keys(wines_url) == ["notes.txt"]


def test_a_file_that_fails_in_the_middle_never_appears(
    wines: Model, wines_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(model: Model, seed: int, number: int) -> Iterator[pa.RecordBatch]:
        if number == 1:
            raise OSError("no space left")
        return block(model, seed, number)

    monkeypatch.setattr(files, "block", broken)
    rows = 65 * BLOCK_ROWS
    writing = Writing(wines, rows, 0, "parquet", location(wines_url), "")
    with pytest.raises(OSError, match="no space left"):
        files._write(writing, 0)

    assert keys(wines_url) == []


def test_a_server_that_stores_other_bytes_than_were_sent_is_noticed(
    wines: Model, wines_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # moto keeps the frame of a checksum that follows the bytes of an unsigned request, as some
    # servers in use do of any request.
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_supported")
    unsigned = location(wines_url)._replace(anonymous=True)

    with pytest.raises(StoreUnavailable, match=r"bytes were sent, and .*=when_required"):
        files._write(Writing(wines, 5, 0, "csv", unsigned, ""), 0)


def test_what_s3_refuses_a_task_is_said_calmly(
    spark: SparkSession, wines: Model, wines_url: str, free_port: int
) -> None:
    gone = location(wines_url)._replace(endpoint=f"http://127.0.0.1:{free_port}")

    with pytest.raises(StoreUnavailable, match=r"big wines: no connection\. Check"):
        generate(spark, Writing(wines, 5, 0, "csv", gone, ""))


@pytest.mark.parametrize(
    ("out", "text"),
    [
        ("gs://bucket/x", "gs://bucket/x is neither a folder nor s3://bucket/prefix"),
        ("s3://no-such-bucket/x", "There is no bucket no-such-bucket"),
        ("s3://bucket/a//b", "s3://bucket/a//b has an empty part"),
    ],
)
def test_a_place_that_cannot_be_written_to(out: str, text: str, write: Write, s3_url: str) -> None:
    with pytest.raises(InputError, match=text):
        make(Order(str(write("t.csv", "a", "1")), 5, out))
