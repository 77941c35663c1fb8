"""A Spark cluster on this machine: a standalone master and workers, from the pip package alone.

python -m scripts.cluster start --workers 3      until Ctrl-C

Each is a process of its own on 127.0.0.1; they end with the program that started them.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.driver import command, end, jars
from pipeline.java import find_java, home_for_scripts
from scripts.servers import free_port

HOST = "127.0.0.1"
MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"
# They only pass messages: little heap, and code that is compiled fast rather than well.
SMALL = [
    "-Xmx256m",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-Dspark.master.rest.enabled=false",
]
NO_REST = "-Dspark.master.rest.enabled=false"  # it takes jobs without asking who sends them
START_SECONDS = 120.0
END_SECONDS = 20.0
POLL_SECONDS = 0.1
# A pipe that closes ends it, as it does when the program that holds the other end is killed.
UNTIL_THE_PIPE_CLOSES = '"$@" </dev/null & java=$!; cat; kill $java; wait $java'


@dataclass(frozen=True)
class Cluster:
    """A running cluster.

    Args:
        master: What ``--master`` takes: ``spark://127.0.0.1:PORT``.
        status_url: Where the master tells its state as JSON.
        pids: The processes that run the workers; executors are below them.
    """

    master: str
    status_url: str
    pids: tuple[int, ...]

    def status(self) -> dict[str, Any]:
        """Workers, applications and cores, as the master sees them now."""
        with urllib.request.urlopen(self.status_url, timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


@contextlib.contextmanager
def cluster(workers: int, *, cores: int = 1, memory: str = "1g") -> Iterator[Cluster]:
    """A master and workers, from when all are registered until the block ends.

    Args:
        workers: How many.
        cores: Of each worker.
        memory: That each worker may give to executors.

    Raises:
        NoJava: No Java can run Spark.
        RuntimeError: They were not all there within two minutes; the text ends with their logs.
    """
    java = find_java()
    port, status_port = free_port(), free_port()
    found = Cluster(f"spark://{HOST}:{port}", f"http://{HOST}:{status_port}/json/", ())
    environment = {
        **os.environ,
        "JAVA_HOME": str(home_for_scripts(java)),  # workers start executors as Spark's scripts do
        "SPARK_HOME": str(jars().parent),
        "SPARK_LOCAL_IP": HOST,
        "SPARK_SCALA_VERSION": _scala(),
    }
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spark-cluster-")))

        def started(name: str, main: str, *words: str) -> subprocess.Popen[bytes]:
            line = command(java, main, [*SMALL, NO_REST], "--host", HOST, *words)
            process = _running(line, environment, folder / f"{name}.log")
            return stack.enter_context(process)

        where = ["--port", str(port), "--webui-port", str(status_port)]
        everyone = [started("master", MASTER, *where)]
        _wait(found, 0, everyone, folder)
        size = ["--cores", str(cores), "--memory", memory, "--webui-port", "0"]
        for number in range(1, workers + 1):
            work = ["--work-dir", str(folder / f"work-{number}")]
            everyone.append(started(f"worker-{number}", WORKER, *size, *work, found.master))
        _wait(found, workers, everyone, folder)
        yield replace(found, pids=tuple(process.pid for process in everyone[1:]))


def _scala() -> str:
    """The Scala that Spark's jars are for; without its scripts, a worker cannot tell."""
    [core] = jars().glob("spark-core_*.jar")
    return core.name.split("_")[1].split("-")[0]


@contextlib.contextmanager
def _running(
    line: list[str], environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["sh", "-c", UNTIL_THE_PIPE_CLOSES, "sh", *line],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            process_group=0,  # Ctrl-C in a terminal is for us, who then end it
        )
    try:
        yield process
    finally:
        end(process, END_SECONDS)


def _wait(
    found: Cluster, workers: int, everyone: Sequence[subprocess.Popen[bytes]], folder: Path
) -> None:
    """Return when so many workers are alive, by the master's own account."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and all(process.poll() is None for process in everyone):
        with contextlib.suppress(OSError, ValueError):
            if found.status()["aliveworkers"] >= workers:
                return
        time.sleep(POLL_SECONDS)
    logs = "".join(
        f"\n{log.name}:\n{log.read_text(errors='replace')[-2000:]}"
        for log in sorted(folder.glob("*.log"))
    )
    raise RuntimeError(f"No cluster with {workers} workers at {found.master}.{logs}")


def main() -> int:
    """Run a cluster until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m scripts.cluster")
    start = parser.add_subparsers(required=True).add_parser("start", help="until Ctrl-C")
    start.add_argument("--workers", type=int, default=3, metavar="N")
    start.add_argument("--cores", type=int, default=1, metavar="N", help="of each worker")
    start.add_argument("--memory", default="1g", metavar="SIZE", help="of each worker")
    asked = parser.parse_args()
    with cluster(asked.workers, cores=asked.cores, memory=asked.memory) as found:
        print(f"{asked.workers} workers; state at {found.status_url}", file=sys.stderr)
        print(found.master, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
