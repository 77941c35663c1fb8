"""Load from wrk over loopback, and the processor time that the server takes for it."""

import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from statistics import median

from tests.bench.served import Request, Served

MISSING = "wrk is missing, which sends the load: apt-get install wrk (Debian), brew install wrk."
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}  # in milliseconds


@dataclass(frozen=True)
class Load:
    """How a server did: requests a second, the median of their times, its processor time each.

    ``requests`` is how many it answered.
    """

    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    requests: float

    @classmethod
    def median(cls, rounds: "list[Load]") -> "Load":
        """The median of each figure."""
        names = ("per_second", "p50_ms", "p99_ms", "cpu_us", "requests")
        return cls(*(median(getattr(one, name) for one in rounds) for name in names))


def is_missing() -> bool:
    """Whether there is no wrk here."""
    return shutil.which("wrk") is None


def load(served: Served, request: Request, *, connections: int, seconds: int) -> Load:
    """Send the same request again and again over so many connections that stay open.

    Raises:
        RuntimeError: Not every answer was a 200.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_script(request))
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
        before = served.cpu_seconds()
        done = subprocess.run(
            [*command, "--latency", "-s", script.name, served.url],
            capture_output=True,
            text=True,
            check=True,
        )
        spent = served.cpu_seconds() - before
    return _read(done.stdout, spent)


def _script(request: Request) -> str:
    """What wrk sends, in Lua; JSON's strings are Lua's too."""
    lines = [f"wrk.path = {json.dumps(request.path)}"]
    if request.body is not None:
        body = f"[==[{request.body.decode()}]==]"
        lines += ['wrk.method = "POST"', f"wrk.body = {body}"]
        lines += ['wrk.headers["Content-Type"] = "application/json"']
    return "\n".join(lines)


def _read(said: str, cpu_seconds: float) -> Load:
    """The figures in wrk's report."""
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(f"Not every request was answered with 200.\n{said}")
    sent = int(_found(r"(\d+) requests in", said))
    return Load(
        per_second=float(_found(r"Requests/sec:\s+([\d.]+)", said)),
        p50_ms=_milliseconds(_found(r"\n\s+50%\s+(\S+)", said)),
        p99_ms=_milliseconds(_found(r"\n\s+99%\s+(\S+)", said)),
        cpu_us=1e6 * cpu_seconds / sent,
        requests=sent,
    )


def _found(pattern: str, said: str) -> str:
    found = re.search(pattern, said)
    if found is None:
        raise RuntimeError(f"wrk said something else than expected.\n{said}")
    return found.group(1)


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * UNITS[unit]
