"""Find PostgreSQL's programs for the tests and the bench, or install Debian's; run a server.

python -m scripts.postgres      prints the folder of its programs
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg

from scripts.servers import free_port

DEBIAN = Path("/usr/lib/postgresql")
MISSING = (
    "PostgreSQL is not here: install Debian's package postgresql, then python -m scripts.postgres"
)
START_SECONDS = 30.0


def find() -> Path | None:
    """The folder of initdb and postgres: that on the PATH, else the newest of Debian's."""
    if (program := shutil.which("initdb")) is not None:
        return Path(program).resolve().parent
    folders = sorted(DEBIAN.glob("*/bin"), key=lambda folder: float(folder.parent.name))
    return next((folder for folder in reversed(folders) if (folder / "initdb").is_file()), None)


def install() -> None:
    """Install Debian's PostgreSQL. Raises OSError or CalledProcessError where that fails."""
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "postgresql"]):
        subprocess.run(["apt-get", "--quiet", "--quiet", *arguments], check=True)


def main() -> int:
    """Make sure that it is here. Where it cannot be had that is said, and the exit code is 0."""
    if find() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print("No PostgreSQL found; installing Debian's.", file=sys.stderr)
        try:
            install()
        except (OSError, subprocess.CalledProcessError) as error:
            print(error, file=sys.stderr)
    if (folder := find()) is None:
        print(f"{MISSING} Its tests are skipped.", file=sys.stderr)
    else:
        print(folder)
    return 0


class Server:
    """A PostgreSQL on 127.0.0.1 with a folder and a password of its own.

    It runs as the user ``postgres`` where we are root, whom it refuses. ``durable`` makes it wait
    for the disk, as a real one does.
    """

    def __init__(self, programs: Path, folder: Path, *, durable: bool = False) -> None:
        self.programs = programs
        self.folder = folder
        self.durable = durable
        self.port = free_port()
        self.password = secrets.token_hex(8)
        self.process: subprocess.Popen[bytes] | None = None
        self._as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
            self._as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def url(self, database: str = "postgres", *, password: str | None = None) -> str:
        """The URL of a database."""
        return f"postgresql://cellar:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Make a database; gives its URL."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"'.encode())
        return self.url(database)

    def initialise(self) -> None:
        """Make the files of the server. Raises CalledProcessError."""
        secret = self.folder / "password"
        secret.write_text(self.password, encoding="ascii")
        self._run(
            "initdb",
            *("--pgdata", str(self.folder / "data"), "--username", "cellar", "--no-sync"),
            *("--pwfile", str(secret), "--auth", "scram-sha-256"),
            *("--encoding", "UTF8", "--no-locale"),
        )

    def start(self) -> None:
        """Start it and wait until it answers. Raises RuntimeError."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.folder,
            "fsync": "on" if self.durable else "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.programs / "postgres"), "-D", str(self.folder / "data"), *options],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                **self._as_user,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(psycopg.OperationalError), psycopg.connect(self.url()):
                return
            time.sleep(0.05)
        said = (self.folder / "log").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"PostgreSQL does not start:\n{said}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT cuts off whoever is connected, SIGQUIT is a crash."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(START_SECONDS)
            self.process = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """It stands still: it takes connections, as the system does that for it, and is silent."""
        assert self.process is not None
        of_server = psutil.Process(self.process.pid)
        everyone = [of_server, *of_server.children(recursive=True)]
        for process in everyone:
            process.suspend()
        try:
            yield
        finally:
            for process in everyone:
                process.resume()

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.programs / program), *arguments],
            cwd=self.folder,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            **self._as_user,
        )


@contextmanager
def running(*, durable: bool = False) -> Iterator[Server]:
    """A new server until the block ends; nothing of it stays. Raises RuntimeError."""
    if (programs := find()) is None:
        raise RuntimeError(MISSING)
    with tempfile.TemporaryDirectory(prefix="cellar-pg-") as name:
        server = Server(programs, Path(name), durable=durable)
        server.initialise()
        try:
            server.start()
            yield server
        finally:
            server.stop()


if __name__ == "__main__":
    sys.exit(main())
