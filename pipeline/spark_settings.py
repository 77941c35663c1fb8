"""The properties that Spark starts with, by where it runs, and the options for its Java."""

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pyspark import SparkConf

from pipeline import REPOSITORY
from store.errors import InputError

LOOPBACK = "127.0.0.1"
SERIAL = "-XX:+UseSerialGC"  # starts fastest, and is right for heaps of a few GB
SERIAL_BYTES = 4 << 30
# Java compiles fast rather than well: half of what it does in a job of seconds is to compile.
LIGHT = "-XX:TieredStopAtLevel=1"
UNITS = {"b": 0, "k": 10, "m": 20, "g": 30, "t": 40, "p": 50}

SETTINGS = {
    "spark.app.name": "cellar-lab",
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
    "spark.driver.defaultJavaOptions": "-Duser.timezone=UTC",
    # A task has one core, however many numpy's algebra finds on the machine.
    "spark.executorEnv.OPENBLAS_NUM_THREADS": "1",
    "spark.executorEnv.OMP_NUM_THREADS": "1",
    "spark.executorEnv.MKL_NUM_THREADS": "1",
}
# Nobody else on the network has to reach a Spark of this machine.
ON_THIS_MACHINE = {"spark.driver.host": LOOPBACK, "spark.driver.bindAddress": LOOPBACK}
# Workers import this program from here, where it is compiled to bytecode.
LOCAL = {"spark.executorEnv.PYTHONPATH": str(REPOSITORY)}
CLUSTER = {
    "spark.executor.defaultJavaOptions": "-Duser.timezone=UTC",
    # Machines come and go, and every task can be done again.
    "spark.task.maxFailures": "8",
}
# What only Spark's own scripts can do before Java starts: jars to fetch, another Spark to start.
FOR_SCRIPTS = ("spark.jars", "spark.submit.", "spark.driver.extraClassPath", "spark.driver.extraL")
SCRIPT_VARIABLES = ("SPARK_HOME", "SPARK_CONF_DIR", "PYSPARK_SUBMIT_ARGS", "PYSPARK_GATEWAY_PORT")


def is_local(master: str) -> bool:
    """Whether the tasks run in the driver's own process: ``local``, ``local[2]``, ``local[*,4]``.

    >>> [is_local(master) for master in ("local", "local[*,4]", "local-cluster[2,1,512]", "yarn")]
    [True, True, False, False]
    """
    return re.fullmatch(r"local(\[[^\]]*\])?", master) is not None


def is_nearby(master: str) -> bool:
    """Whether everything runs on this machine: a local master, or a cluster on loopback."""
    return is_local(master) or urlsplit(master).hostname in {LOOPBACK, "localhost"}


def properties(master: str, settings: Mapping[str, str]) -> dict[str, str]:
    """All of ours for a master, with ``settings`` before them."""
    where = LOCAL if is_local(master) else CLUSTER
    return SETTINGS | where | (ON_THIS_MACHINE if is_nearby(master) else {}) | dict(settings)


def logged_to(folder: Path | None) -> dict[str, str]:
    """What makes Spark write its event log to ``folder``, as one plain file."""
    if folder is None:
        return {}
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": folder.resolve().as_uri(),
        "spark.eventLog.rolling.enabled": "false",
        "spark.eventLog.compress": "false",
    }


def needs_scripts(master: str, settings: Mapping[str, str]) -> bool:
    """Whether Spark's own scripts have to start it, or have already."""
    return (
        not is_local(master)
        or any(os.environ.get(name) for name in SCRIPT_VARIABLES)
        or any(name.startswith(FOR_SCRIPTS) for name in settings)
    )


def java_options(conf: SparkConf, *, light: bool = False) -> tuple[str, list[str]]:
    """The garbage collector, and the options for the driver's Java; the collector is one of them.

    Args:
        conf: The properties that Spark starts with.
        light: Whether Java is only to hand out what Python works on.

    Raises:
        InputError: The size of the heap is none.
    """
    memory = conf.get("spark.driver.memory", "1g")
    size = byte_size(memory)
    if not size:
        raise InputError(f"spark.driver.memory={memory} is no size of memory, such as 2g or 800m.")
    given = [
        word
        for name in ("spark.driver.defaultJavaOptions", "spark.driver.extraJavaOptions")
        for word in shlex.split(conf.get(name, ""))
    ]
    chosen = [word for word in given if re.fullmatch(r"-XX:\+Use\w+GC", word)]
    collector = chosen[-1] if chosen else SERIAL if size <= SERIAL_BYTES else "-XX:+UseG1GC"
    ours = [*([LIGHT] if light else []), *([] if chosen else [collector])]
    return collector, [f"-Xmx{size}", *ours, *given]


def byte_size(text: str) -> int | None:
    """The bytes of a size as Spark writes it; None where it is none.

    >>> byte_size("2g"), byte_size("800M"), byte_size("512"), byte_size("much")
    (2147483648, 838860800, 536870912, None)
    """
    found = re.fullmatch(r"(\d+)(?:([bkmgtp])|([kmgtp])b)?", text.strip().lower())
    return int(found[1]) << UNITS[found[2] or found[3] or "m"] if found else None
