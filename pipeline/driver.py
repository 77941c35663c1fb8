"""The Java process of a local Spark, started from Python alone.

Spark's own way is a shell script that starts one Java to find out how to start the second.
This starts the second: the same main class with the same options.
"""

import contextlib
import signal
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from pipeline.java import Java

MAIN = "org.apache.spark.api.python.PythonGatewayServer"
POLL_SECONDS = 0.01
END_SECONDS = 20.0

# What Spark's launcher passes to every Java (org.apache.spark.launcher.JavaModuleOptions), but
# for a module that small Java runtimes leave out and that Spark does without.
MODULE_OPTIONS = (
    "-XX:+IgnoreUnrecognizedVMOptions",
    *(
        f"--add-opens=java.base/{package}=ALL-UNNAMED"
        for package in (
            "java.lang",
            "java.lang.invoke",
            "java.lang.reflect",
            "java.io",
            "java.net",
            "java.nio",
            "java.util",
            "java.util.concurrent",
            "java.util.concurrent.atomic",
            "jdk.internal.ref",
            "sun.nio.ch",
            "sun.nio.cs",
            "sun.security.action",
            "sun.util.calendar",
        )
    ),
    "--add-opens=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dio.netty.allocator.type=pooled",
    "-Dio.netty.handler.ssl.defaultEndpointVerificationAlgorithm=NONE",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
)


class Gateway(NamedTuple):
    """Where the Java process listens for Python, and what to say to it."""

    port: int
    secret: str


def jars() -> Path:
    """The folder of Spark's own jars."""
    spec = find_spec("pyspark")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "jars"


def command(java: Java, main: str, options: Sequence[str], *arguments: str) -> list[str]:
    """How to start a class of Spark's."""
    program = str(java.home / "bin" / "java")
    return [program, "-cp", str(jars() / "*"), *MODULE_OPTIONS, *options, main, *arguments]


@contextlib.contextmanager
def driver(
    java: Java,
    options: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    *,
    end_seconds: float = END_SECONDS,
) -> Iterator[Gateway]:
    """A Java process that waits for Python to make a Spark context in it.

    It ends with the block, and with this process however that ends: its standard input is a
    pipe that we hold, and it goes when the pipe closes.

    Args:
        java: What to run it with.
        options: Options for Java beyond those that Spark always wants.
        environment: The whole environment of the process.
        log: What it prints is added to this file.
        end_seconds: How long it may take to end before it is killed.

    Raises:
        OSError: It did not start, or ended before it listened.
    """
    with tempfile.TemporaryDirectory() as folder, log.open("ab") as sink:
        answer = Path(folder) / "gateway"
        # Without SPARK_HOME, Python workers import the pyspark that is installed, which is
        # compiled, rather than the sources in Spark's zip.
        own = {name: value for name, value in environment.items() if name != "SPARK_HOME"}
        own |= {"SPARK_CONNECT_MODE": "0", "_PYSPARK_DRIVER_CONN_INFO_PATH": str(answer)}
        process = None
        try:
            with interrupted_later():
                process = subprocess.Popen(
                    command(java, MAIN, options),
                    stdin=subprocess.PIPE,
                    stdout=sink,
                    stderr=subprocess.STDOUT,
                    env=own,
                    process_group=0,  # Ctrl-C in a terminal is for us, who then end it
                )
            while not answer.exists():
                if (code := process.poll()) is not None:
                    raise OSError(f"Java ended with exit code {code} before Spark was up.")
                time.sleep(POLL_SECONDS)
            yield _read(answer)
        finally:
            if process is not None:
                end(process, end_seconds)


@contextlib.contextmanager
def interrupted_later() -> Iterator[None]:
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


def _read(answer: Path) -> Gateway:
    """Java writes beside and renames, so the file is whole: a port, a length, the secret."""
    said = answer.read_bytes()
    port, length = struct.unpack("!ii", said[:8])
    return Gateway(port, said[8 : 8 + length].decode())


def end(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Close the pipe, and kill what has not ended ``seconds`` later."""
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    except BaseException:  # Ctrl-C once more
        process.kill()
        raise
