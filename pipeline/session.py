"""The one place that starts Spark: quiet, in UTC, and on this machine only where it can be.

A local Spark runs in a Java that Python starts (``driver``), with an archive of its classes
(``archive``); a cluster is reached through Spark's own scripts, Spark Connect through ``connect``.
"""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from py4j.java_gateway import JavaGateway  # type: ignore[import-untyped]
from py4j.protocol import Py4JError  # type: ignore[import-untyped]
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from pipeline import REPOSITORY, archive, scratch
from pipeline.connect import connected, is_connect
from pipeline.driver import END_SECONDS, driver, end, interrupted_later
from pipeline.java import find_java, home_for_scripts
from pipeline.spark_settings import (
    LOOPBACK,
    is_nearby,
    java_options,
    logged_to,
    needs_scripts,
    properties,
)
from store.errors import CellarError

MASTER = "local[*]"
LOG_LINES = 15
MAX_SOCKET_BYTES = 103  # of the path of a socket: 107 on Linux, 103 on macOS
SOCKET_NAME_BYTES = 43  # a slash, a dot, a UUID and ".sock"


class SparkFailed(CellarError):
    """Spark did not start, or gave up."""


@contextlib.contextmanager
def spark_session(
    master: str = MASTER,
    settings: Mapping[str, str] | None = None,
    *,
    event_log: Path | None = None,
    light: bool = False,
) -> Iterator[SparkSession]:
    """A Spark session, stopped afterwards.

    A session that runs already (a notebook, a test) is used as it is and left running.

    Args:
        master: Where Spark runs: ``local[*]``, ``local[2]``, ``spark://host:7077``, ``yarn``,
            ``k8s://https://host:443``, or ``sc://host:15002`` for Spark Connect. Below
            ``spark-submit``, the master that it was given counts.
        settings: Spark properties that go before ours.
        event_log: A folder, made when missing, where Spark writes down all that it does in one
            plain file, named after the application. With Spark Connect the server keeps it.
        light: Whether Spark only hands out what Python works on; a local Java then starts in less
            time, and what it works on itself takes more.

    Raises:
        InputError: The master or a property cannot be used.
        NoJava: No Java can run Spark.
        SparkFailed: Spark did not start, and the text ends with what it wrote; or it gave up.
    """
    if running := SparkSession.getActiveSession():
        yield running
    elif SparkContext._active_spark_context:  # as in another thread than the one that made it
        yield SparkSession.builder.getOrCreate()
    else:
        with new_session(master, settings, event_log=event_log, light=light) as spark:
            yield spark


@contextlib.contextmanager
def new_session(
    master: str,
    settings: Mapping[str, str] | None = None,
    *,
    event_log: Path | None = None,
    light: bool = False,
) -> Iterator[SparkSession]:
    """As ``spark_session``, where no session runs yet."""
    if is_connect(master):
        try:
            with connected(master, settings or {}) as spark:
                yield spark
        except PySparkException as error:
            raise SparkFailed(f"Spark at {master} gave up: {_said(error)}") from error
        return
    chosen = logged_to(event_log) | dict(settings or {})
    conf = SparkConf(loadDefaults=False).setMaster(master)
    conf.setAll(list(properties(master, chosen).items()))
    collector, options = java_options(conf, light=light)
    found = None
    with _log() as log:
        if needs_scripts(master, chosen):
            started = _scripts_java(conf, chosen, log)
        else:
            if archive.may_use():
                found = archive.archive_for(find_java(), collector)
            started = own_java(conf, [*options, *(found.options() if found else [])], log)
        with started as context:
            yield from _session(context, log)
    if found and archive.may_make():
        found.make_later()


def _session(context: SparkContext, log: Path) -> Iterator[SparkSession]:
    try:
        with _never_lost():
            yield SparkSession(context)
    except (PySparkException, Py4JError) as error:
        if _was_interrupted(error):
            raise KeyboardInterrupt from error
        raise SparkFailed(
            f"Spark gave up: {_said(error)} What it wrote until then is in {log}"
        ) from error
    finally:
        with contextlib.suppress(Py4JError, OSError):  # a Java that died has nothing to stop
            _stop(context)
        SparkSession._instantiatedSession = SparkSession._activeSession = None


@contextlib.contextmanager
def _sockets() -> Iterator[dict[str, str]]:
    """What makes Java and the Python workers talk through files rather than TCP.

    Over TCP each task waits 40 ms in vain: for an acknowledgement that is delayed.
    """
    with tempfile.TemporaryDirectory(prefix=scratch.prefix("spark-sockets")) as folder:
        fits = len(os.fsencode(folder)) + SOCKET_NAME_BYTES <= MAX_SOCKET_BYTES
        socket = "spark.python.unix.domain.socket"
        yield {f"{socket}.enabled": "true", f"{socket}.dir": folder} if fits else {}


def _stop(context: SparkContext) -> None:
    """Stop Spark without the second that its counters take to see that nothing more comes."""
    counters: Any = getattr(context, "_accumulatorServer", None)
    context._accumulatorServer = None  # type: ignore[assignment]
    try:
        context.stop()
    finally:
        if counters:
            counters.handle_error = lambda *_: None  # it would print that Java is gone
            threading.Thread(target=counters.shutdown, daemon=True).start()


@contextlib.contextmanager
def own_java(
    conf: SparkConf, options: Sequence[str], log: Path, *, end_seconds: float = END_SECONDS
) -> Iterator[SparkContext]:
    """A context in a Java that Python starts with ``options``, and that ends with the block.

    Raises:
        NoJava: No Java can run Spark.
        SparkFailed: It did not start; the text ends with what it wrote to ``log``.
    """
    java = find_java()
    with contextlib.ExitStack() as stack, _handlers_kept(), _sockets() as more:
        conf.setAll([pair for pair in more.items() if not conf.contains(pair[0])])
        with _telling(log), _environment(conf), _never_lost():
            path = [str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]
            os.environ["PYTHONPATH"] = os.pathsep.join(path)
            process = driver(java, options, dict(os.environ), log, end_seconds=end_seconds)
            gateway = stack.enter_context(process)
            os.environ["PYSPARK_GATEWAY_PORT"] = str(gateway.port)
            os.environ["PYSPARK_GATEWAY_SECRET"] = gateway.secret
            found = launch_gateway()  # type: ignore[no-untyped-call]
            stack.callback(_forget, found)
            context = _context(conf, found)
        yield context


@contextlib.contextmanager
def _scripts_java(
    conf: SparkConf, settings: Mapping[str, str], log: Path
) -> Iterator[SparkContext]:
    """A context in a Java that Spark's scripts start, or have started: ``spark-submit``."""
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    with contextlib.ExitStack() as stack, _handlers_kept():
        with _telling(log), _environment(conf), log.open("ab") as sink, _never_lost():
            if submitted:
                gateway = launch_gateway()  # type: ignore[no-untyped-call]
                conf = _under(gateway, conf, settings)
            else:
                os.environ["JAVA_HOME"] = str(home_for_scripts(find_java()))
                collector, _ = java_options(conf)
                defaults = conf.get("spark.driver.defaultJavaOptions", "")
                conf.set("spark.driver.defaultJavaOptions", f"{defaults} {collector}")
                with interrupted_later():
                    outputs = {"stdout": sink, "stderr": subprocess.STDOUT}
                    gateway = launch_gateway(conf, outputs)  # type: ignore[no-untyped-call]
                stack.callback(end, gateway.proc, END_SECONDS)
                stack.callback(_forget, gateway)
            context = _context(conf, gateway)
        yield context


def _under(gateway: JavaGateway, conf: SparkConf, settings: Mapping[str, str]) -> SparkConf:
    """What ``spark-submit`` was told, then what this program was told, then ours."""
    told = SparkConf(_jvm=gateway.jvm)
    for name, value in conf.getAll():
        if name in settings:
            told.set(name, value)
        else:
            told.setIfMissing(name, value)
    return told


def _context(conf: SparkConf, gateway: JavaGateway) -> SparkContext:
    with SparkContext._lock:  # it would go back to one that another session left behind
        SparkContext._gateway, SparkContext._jvm = gateway, gateway.jvm
    with warnings.catch_warnings():
        # Said of paths through pandas, which nothing here takes.
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
        context = SparkContext(conf=conf, gateway=gateway)
    context.setLogLevel("ERROR")
    return context


def _forget(gateway: JavaGateway) -> None:
    """Let go of a Java that ends, so that the next session of this process starts its own."""
    with SparkContext._lock:
        SparkContext._gateway = SparkContext._jvm = None
    with contextlib.suppress(Py4JError, OSError):
        gateway.shutdown()


@contextlib.contextmanager
def _telling(log: Path) -> Iterator[None]:
    """Say what Spark wrote where it does not start."""
    try:
        yield
    except (PySparkException, Py4JError, OSError, ValueError) as error:
        raise SparkFailed(_reason(error, log)) from error


@contextlib.contextmanager
def _handlers_kept() -> Iterator[None]:
    """Spark takes Ctrl-C over to cancel its jobs; give it back when it is gone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    logging.getLogger().addFilter(_is_no_interrupt)
    try:
        yield
    finally:
        logging.getLogger().removeFilter(_is_no_interrupt)
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _never_lost() -> Iterator[None]:
    """Raise a Ctrl-C at the end that got lost: Python ignores one in a finalizer, as py4j has."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not callable(signal.getsignal(signal.SIGINT)):
        yield
        return
    pressed: list[int] = []
    before: Any = signal.getsignal(signal.SIGINT)

    def press(number: int, frame: object) -> None:
        pressed.append(number)
        before(number, frame)

    signal.signal(signal.SIGINT, press)
    try:
        yield
    except Exception as error:
        if pressed:
            raise KeyboardInterrupt from error
        raise
    finally:
        if signal.getsignal(signal.SIGINT) is press:  # a Spark that starts takes it over
            signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


def _is_no_interrupt(record: logging.LogRecord) -> bool:
    """py4j logs a trace of a Ctrl-C that comes while it talks to Java."""
    return not record.getMessage().startswith("KeyboardInterrupt while sending command")


def _was_interrupted(error: BaseException | None) -> bool:
    """Whether an error is what became of a Ctrl-C: py4j then fails to tell Java of it."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


def _said(error: Exception) -> str:
    """The first line that means something; Java's own text comes after one about the call."""
    lines = [line for line in str(error).splitlines() if line.strip(": ")] or ["no text"]
    return lines[1 if isinstance(error, Py4JError) and len(lines) > 1 else 0].strip(": ")


def _reason(error: Exception, log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
    said = "\n  ".join(lines) or "nothing"
    return f"Spark did not start ({type(error).__name__}). It wrote:\n  {said}"


@contextlib.contextmanager
def _environment(conf: SparkConf) -> Iterator[None]:
    """What the Java process inherits; ours is as before afterwards."""
    before = dict(os.environ)
    if is_nearby(conf.get("spark.master", MASTER)):
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
    handle, name = tempfile.mkstemp(prefix=scratch.prefix("spark-log"), suffix=".log")
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
