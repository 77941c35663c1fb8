"""From the command to Spark's first task done: Spark's own way of starting, and ours.

Ours is measured as the profile starts it, without an archive of Java's classes, as on a first
run, and with it; and as the verbs start it that leave the work to Java.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from pipeline.archive import VARIABLE
from pipeline.java import find_java, home_for_scripts
from pipeline.spark_settings import SERIAL
from scripts.servers import ROOT
from tests.bench.findings import Finding, ratio

MOST = 0.4
MASTER = "local[2]"
THEIRS = "from pyspark.sql import SparkSession\n" + (
    f'session = contextlib.nullcontext(SparkSession.builder.master("{MASTER}").getOrCreate())'
)
SESSION = "from pipeline.session import spark_session\nsession = spark_session({})"
OURS = SESSION.format(f'"{MASTER}", light=True')
OURS_FOR_JAVA = SESSION.format(f'"{MASTER}"')
# CPU seconds of the whole tree, with those of children that are gone: Spark's launcher.
CHILD = """
import contextlib, json, sys, time
import psutil
{start}
with session as spark:
    assert spark.range(0, 1000, 1, 2).selectExpr("sum(id)").first()[0] == 499500
    me = psutil.Process()
    wall = time.time() - float(sys.argv[1])
    tree = [me, *me.children(recursive=True)]
    cpu = sum(sum(process.cpu_times()[:4]) for process in tree)
    print(json.dumps([wall, cpu]), flush=True)
"""


def measure(*, quick: bool) -> list[Finding]:
    """Each way in turn, again and again; the files are in the system's cache for all."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "XDG_CACHE_HOME": cache, "PYTHONPATH": str(ROOT)}
        make = f"from pipeline import rehearsal; rehearsal.make({SERIAL!r})"
        subprocess.run(
            [sys.executable, "-c", make], cwd=ROOT, env=environment, check=True, capture_output=True
        )
        archived = any(Path(cache).glob("*/spark-*.aot")) or any(Path(cache).glob("*/spark-*.jsa"))
        scripts_java = {"JAVA_HOME": str(home_for_scripts(find_java()))}
        ways: dict[str, tuple[str, dict[str, str]]] = {
            "default": (THEIRS, scripts_java),
            "ours without an archive": (OURS, {VARIABLE: "off"}),
        }
        if archived:
            ways["ours"] = (OURS, {VARIABLE: "use"})
            ways["ours for work in Java"] = (OURS_FOR_JAVA, {VARIABLE: "use"})
        found: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
        for _ in range(2 if quick else 5):
            for way, (start, more) in ways.items():
                found[way].append(_started(start, environment | more))
    theirs = found.pop("default")
    return [
        ratio(
            f"Start of Spark to its first task done, {way} / default, {what}",
            median(run[which] for run in runs),
            median(run[which] for run in theirs),
            unit=unit,
            most=MOST if way == "ours" else None,
        )
        for way, runs in found.items()
        for which, (what, unit) in enumerate((("wall", "s"), ("CPU", "cpu_s")))
    ]


def _started(start: str, environment: dict[str, str]) -> tuple[float, float]:
    """Wall and CPU seconds."""
    command = [sys.executable, "-c", CHILD.format(start=start), str(time.time())]
    answer = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    wall, cpu = json.loads(answer.stdout.splitlines()[-1])
    return wall, cpu
