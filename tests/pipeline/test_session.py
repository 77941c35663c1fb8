"""How Spark is set up."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from pyspark import SparkConf
from pyspark.sql import SparkSession

from pipeline import session
from pipeline.archive import VARIABLE
from pipeline.connect import NoConnect
from pipeline.session import SparkFailed, new_session, spark_session
from store.errors import InputError


def test_spark_listens_to_this_machine_only_and_keeps_utc(spark: SparkSession) -> None:
    conf = spark.sparkContext.getConf()

    assert conf.get("spark.driver.host") == conf.get("spark.driver.bindAddress") == "127.0.0.1"
    assert spark.sparkContext.uiWebUrl is None
    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"
    assert spark.conf.get("spark.sql.catalogImplementation") == "in-memory"


def test_a_session_that_runs_already_is_used_and_left_running(spark: SparkSession) -> None:
    with spark_session("local[1]") as used:
        assert used is spark or used.sparkContext is spark.sparkContext

    assert spark.range(1).collect()


def test_what_java_inherits_is_no_part_of_our_own_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    before = dict(os.environ)

    with session._environment(SparkConf(loadDefaults=False).setMaster("local[2]")):
        inside = dict(os.environ)

    assert dict(os.environ) == before
    assert inside["SPARK_LOCAL_IP"] == "127.0.0.1"
    assert inside["PYSPARK_PYTHON"] == sys.executable


def test_a_cluster_elsewhere_is_not_told_this_machines_address_or_its_python(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SPARK_LOCAL_IP", raising=False)
    monkeypatch.delenv("PYSPARK_PYTHON", raising=False)

    with session._environment(SparkConf(loadDefaults=False).setMaster("spark://far:7077")):
        assert not {"SPARK_LOCAL_IP", "PYSPARK_PYTHON"} & set(os.environ)


def test_the_text_of_a_failure_is_what_java_said() -> None:
    class FromJava(session.Py4JError):  # type: ignore[misc, name-defined]
        def __str__(self) -> str:
            return (
                "An error occurred while calling o1.collect.\n: java.lang.Error: no memory\n\tat x"
            )

    assert session._said(FromJava()) == "java.lang.Error: no memory"
    assert session._said(ValueError("bad\nmore")) == "bad"


def test_a_spark_that_does_not_start_is_told_with_its_last_words(
    tmp_path: Path,
) -> None:
    log = tmp_path / "spark.log"
    log.write_text("".join(f"line {i}\n" for i in range(50)))

    reason = session._reason(OSError("x"), log)

    assert reason.splitlines()[0] == "Spark did not start (OSError). It wrote:"
    assert reason.splitlines()[1:] == [f"  line {i}" for i in range(35, 50)]


# A program that starts Spark twice, from a folder that is not ours, with what it says on the way.
TWICE = """
import os, signal, sys, tempfile
from pathlib import Path
from pipeline.session import spark_session
from pipeline.workers import described, parallelism, ship

def where(batches):
    import pipeline, pyarrow
    for batch in batches:
        said = f"{pipeline.__cached__} {os.environ['OPENBLAS_NUM_THREADS']}"
        yield pyarrow.RecordBatch.from_pydict({"said": [said]})

before = signal.getsignal(signal.SIGINT)
with spark_session("local[2]", event_log=Path("events")) as spark:
    first = spark.sparkContext.applicationId
    ship(spark)
    assert not spark.sparkContext._python_includes
    assert parallelism(spark) == 2
    [folder] = Path(tempfile.gettempdir()).glob(f"spark-sockets-{os.getpid()}-*")
    assert len(list(folder.glob(".*.sock"))) == 1  # what counts for the driver; workers' come later
    with described(spark, "Where am I?"):
        [row] = spark.range(0, 1, 1, 1).mapInArrow(where, "said string").collect()
    assert row.said.endswith(".pyc 1"), row
    assert spark.sparkContext.getLocalProperty("spark.job.description") is None
assert signal.getsignal(signal.SIGINT) is before
assert [file.name for file in Path("events").iterdir()] == [first]
assert not list(Path(tempfile.gettempdir()).glob(f"spark-sockets-{os.getpid()}-*"))
assert "Where am I?" in Path("events", first).read_text()
with spark_session("local[1]", {"spark.driver.memory": "700m"}) as spark:
    assert spark.sparkContext.applicationId != first
    runtime = spark.sparkContext._jvm.java.lang.Runtime.getRuntime()
    assert 600 << 20 < runtime.maxMemory() <= 700 << 20
    print(os.getpid(), flush=True)
    sys.stdin.read()
"""


# Ctrl-C while Java starts, at a moment when Python ignores it: in a finalizer, as py4j has them.
PRESSED = """
import os, signal
from pipeline import session

class Late:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1_000):
            pass

made = session._context

def context(*given):
    late = Late()
    del late
    return made(*given)

session._context = context
try:
    with session.new_session("local[1]"):
        print("went on")
except KeyboardInterrupt:
    print("stopped")
"""


def test_a_ctrl_c_that_python_ignores_stops_a_start_all_the_same(root: Path) -> None:
    program = [sys.executable, "-c", PRESSED]
    environment = {**os.environ, "PYTHONPATH": str(root), VARIABLE: "use"}
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=120)

    assert done.stdout == "stopped\n", done.stderr


def test_spark_starts_again_and_again_and_ends_with_us_even_when_we_are_killed(
    root: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", TWICE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root), VARIABLE: "use", "XDG_CACHE_HOME": str(cache)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    ready = process.stdout.readline()
    started = psutil.Process(process.pid).children(recursive=True) if ready else []

    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()

    assert [child.name() for child in started] == ["java"]
    assert psutil.wait_procs(started, timeout=60)[1] == []


def test_a_java_that_does_not_start_is_told_with_what_it_said() -> None:
    settings = {"spark.driver.extraJavaOptions": "-XX:-IgnoreUnrecognizedVMOptions -XX:NoSuch=1"}

    with (
        pytest.raises(SparkFailed, match=r"(?s)did not start.*NoSuch"),
        new_session("local[1]", settings),
    ):
        pytest.fail("it started")


def test_a_heap_of_no_size_is_the_persons_to_mend() -> None:

    with (
        pytest.raises(InputError, match=r"spark\.driver\.memory=much is no size"),
        new_session("local[1]", {"spark.driver.memory": "much"}),
    ):
        pytest.fail("it started")


def test_spark_connect_without_its_packages_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "grpc", None)
    # pyspark takes a main module without a file, as of a test process beside others, for doctests
    monkeypatch.setattr(sys.modules["__main__"], "__file__", __file__, raising=False)
    before = dict(os.environ)

    with pytest.raises(NoConnect, match="Run: pip install grpcio"), new_session("sc://127.0.0.1"):
        pytest.fail("it connected")

    assert dict(os.environ) == before


def test_an_error_that_comes_of_ctrl_c_is_a_ctrl_c() -> None:
    def interrupted() -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise ValueError("cannot tell Java of it") from None

    with pytest.raises(ValueError, match="Java") as caught:
        interrupted()

    assert session._was_interrupted(caught.value)
    assert not session._was_interrupted(ValueError("alone"))
