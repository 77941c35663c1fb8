"""How the web half is served: ``python serve.py app:server``.

Granian takes connections and HTTP apart in Rust; a thread of Python sees a request when its head
is whole. What is imported here is shared by the workers, since they are forks of this process.
``PORT`` and ``WEB_CONCURRENCY`` steer it; docs/decisions/0011-granian.md says why it is so.
"""

import gc
import multiprocessing
import os
import socket
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import MPServer

from dashboard.settings import Settings

THREADS = 8  # of Python in a worker; more of them only wait for each other
IDLE_SECONDS = 95  # longer than a router's 90, or it writes into a closed connection
GRACEFUL_SECONDS = 20  # for running requests after SIGTERM; a host's SIGKILL follows after 30
SHARED_MEMORY = Path("/dev/shm")


def main() -> None:
    """Serve the application that the command line names, until SIGTERM or SIGINT."""
    [target] = sys.argv[1:]
    settings = Settings.from_environment()
    # A host's router comes from outside and may speak IPv6; a laptop shows nothing to its network.
    address = "::" if settings.hosted else "127.0.0.1"
    _refuse_taken_port(address, settings.port)
    multiprocessing.set_start_method("fork")
    with TemporaryDirectory(prefix="cellar-lab-", dir=_fastest()) as counts:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts  # read when prometheus-client is imported
        import_module(target.partition(":")[0])
        gc.collect()
        gc.freeze()  # the collector would write into pages that the workers share
        MPServer(
            target,
            address=address,
            port=settings.port,
            interface=Interfaces.WSGI,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=1000 * IDLE_SECONDS),
            workers=settings.workers,
            blocking_threads=THREADS,
            respawn_failed_workers=True,
            workers_kill_timeout=GRACEFUL_SECONDS,
        ).serve()


def _refuse_taken_port(address: str, port: int) -> None:
    """Exit if somebody listens: the workers share the port, and would share it with him too."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            sys.exit(f"Port {port} cannot be used: {error.strerror}. Set PORT to another one.")


def _fastest() -> Path | None:
    """Where files are memory, if this system has such a place."""
    return SHARED_MEMORY if SHARED_MEMORY.is_dir() else None


if __name__ == "__main__":
    main()
