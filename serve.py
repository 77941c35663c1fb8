"""How the web half is served: ``python serve.py app:server``.

Granian takes connections and HTTP apart in Rust; a thread of Python sees a request when its head
is whole. What is imported here is shared by the workers, since they are forks of this process.
``PORT`` and ``WEB_CONCURRENCY`` steer it; docs/decisions/0011-granian-serves-forks.md says why.
"""

import ctypes
import gc
import multiprocessing
import os
import socket
import sys
import time
from importlib import import_module
from threading import Thread

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import MPServer

from dashboard.services import EXTENSION
from dashboard.settings import Settings

THREADS = 16  # of Python in a worker, made as they are needed: slow clients hold one each
IDLE_SECONDS = 95  # longer than a router's 90, or it writes into a closed connection
TRIM_SECONDS = 5
GRACEFUL_SECONDS = 20  # for running requests after SIGTERM; a host's SIGKILL follows after 30

# malloc.h's M_ARENA_MAX, M_MMAP_THRESHOLD and M_TRIM_THRESHOLD.
MALLOC = {-8: 1, -3: 1_000_000, -1: 8_000_000}


def main() -> None:
    """Serve the application that the command line names, until SIGTERM or SIGINT."""
    [target] = sys.argv[1:]
    prepared = server(target, Settings.from_environment())
    _refuse_taken_port(prepared.bind_addr, prepared.bind_port)
    multiprocessing.set_start_method("fork")
    _keep_memory_together()
    module, _, name = target.partition(":")
    application = getattr(import_module(module), name)
    if door := getattr(application, "extensions", {}).get(EXTENSION):
        os.register_at_fork(after_in_child=door.start)  # a worker loads before its first request
    gc.collect()
    gc.freeze()  # the collector would write into pages that the workers share
    prepared.serve()


def server(target: str, settings: Settings) -> MPServer:
    """The server of an application, not yet listening."""
    return MPServer(
        target,
        # A host's router comes from outside and may speak IPv6; a laptop shows nothing to its
        # network.
        address="::" if settings.hosted else "127.0.0.1",
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=1000 * IDLE_SECONDS),
        websockets=False,
        workers=settings.workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACEFUL_SECONDS,
    )


def _keep_memory_together() -> None:
    """Have glibc give back what a page took for a moment; other systems are left as they are.

    By default each thread gets a heap of its own, and keeps what it once held: after a visit to
    every page that is twice the memory of all that is in use. Smaller bounds than these save no
    more of it, and double the time of a table of 1,000 rows. What they leave is given back now
    and then, when nobody waits for it.
    """
    try:
        libc = ctypes.CDLL(None)
        mallopt, trim = libc.mallopt, libc.malloc_trim
    except (AttributeError, OSError, TypeError):
        return
    for parameter, value in MALLOC.items():
        mallopt(parameter, value)

    def give_back() -> None:
        while True:
            time.sleep(TRIM_SECONDS)
            trim(0)

    def begin() -> None:
        Thread(target=give_back, name="memory", daemon=True).start()

    os.register_at_fork(after_in_child=begin)  # in each worker: no thread outlives a fork


def _refuse_taken_port(address: str, port: int) -> None:
    """Exit if somebody listens: the workers share the port, and would share it with him too."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            sys.exit(f"Port {port} cannot be used: {error.strerror}. Set PORT to another one.")


if __name__ == "__main__":
    main()
