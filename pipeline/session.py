"""The one place that starts Spark: quiet, on this machine only, in UTC."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

from py4j.protocol import Py4JError  # type: ignore[import-untyped]
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from pipeline.java import find_java
from store.errors import CellarError

MASTER = "local[*]"
LOOPBACK = "127.0.0.1"
LOG_LINES = 15

SETTINGS = {
    "spark.app.name": "cellar-lab",
    "spark.driver.host": LOOPBACK,
    "spark.driver.bindAddress": LOOPBACK,
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.memory": "1g",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.caseSensitive": "true",
    "spark.sql.ansi.enabled": "true",
    # Results are small: a few partitions after a shuffle, and no job for each stage.
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.adaptive.enabled": "false",
    # Files split alike on every machine, so that the sample of a big table is the same too.
    "spark.sql.files.minPartitionNum": "32",
    # The serial collector starts fastest and is right for heaps of a few GB.
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -Duser.timezone=UTC",
}


class SparkFailed(CellarError):
    """Spark did not start, or gave up."""


@contextlib.contextmanager
def spark_session(
    master: str = MASTER, settings: Mapping[str, str] | None = None
) -> Iterator[SparkSession]:
    """A Spark session, stopped afterwards.

    A session that runs already (a notebook, ``spark-submit``, a test) is used as it is and
    left running.

    Args:
        master: Where Spark runs: ``local[*]``, ``local[2]``, ``spark://host:7077``, ...
        settings: Spark properties that go before ours.

    Raises:
        NoJava: No Java can run Spark.
        SparkFailed: Spark did not start, and the text ends with what it wrote; or it gave up.
    """
    if running := SparkSession.getActiveSession():
        yield running
        return
    conf = SparkConf(loadDefaults=False).setMaster(master)
    conf.setAll([*SETTINGS.items(), *(settings or {}).items()])
    with _log() as log:
        context = _start(conf, log)
        try:
            yield SparkSession(context)
        except (PySparkException, Py4JError) as error:
            raise SparkFailed(
                f"Spark gave up: {_said(error)} What it wrote until then is in {log}"
            ) from error
        finally:
            context.stop()


def _start(conf: SparkConf, log: Path) -> SparkContext:
    """Start Java and Spark in it; both write to ``log`` and nothing to the terminal."""
    with _environment(), log.open("ab") as sink, warnings.catch_warnings():
        # Said of paths through pandas, which nothing here takes.
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
        try:
            outputs = {"stdout": sink, "stderr": subprocess.STDOUT}
            with _interrupted_later():
                gateway = launch_gateway(conf, outputs)  # type: ignore[no-untyped-call]
            context = SparkContext(conf=conf, gateway=gateway)
        except (PySparkException, OSError, ValueError) as error:
            raise SparkFailed(_reason(error, log)) from error
    context.setLogLevel("ERROR")
    return context


@contextlib.contextmanager
def _interrupted_later() -> Iterator[None]:
    """Hold Ctrl-C back: a Java that is left alone while it starts would wait for us for ever."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Ctrl-C goes to the main thread
        return
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


def _said(error: Exception) -> str:
    """The first line that means something; Java's own text comes after one about the call."""
    lines = [line for line in str(error).splitlines() if line.strip(": ")]
    return lines[1 if isinstance(error, Py4JError) and len(lines) > 1 else 0].strip(": ")


def _reason(error: Exception, log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
    said = "\n  ".join(lines) or "nothing"
    return f"Spark did not start ({type(error).__name__}). It wrote:\n  {said}"


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    """What the Java process inherits; ours is as before afterwards."""
    before = dict(os.environ)
    os.environ["JAVA_HOME"] = str(find_java().home)
    # Without it executors listen on the machine's own address, whatever the driver does.
    os.environ.setdefault("SPARK_LOCAL_IP", LOOPBACK)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _log() -> Iterator[Path]:
    """A file for what Java and Spark write; it stays only where an error sends people to it."""
    handle, name = tempfile.mkstemp(prefix="spark-", suffix=".log")
    os.close(handle)
    log = Path(name)
    try:
        yield log
    except SparkFailed as error:
        if name not in str(error):
            log.unlink()
        raise
    except BaseException:
        log.unlink()
        raise
    log.unlink()
