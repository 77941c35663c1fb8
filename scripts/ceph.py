"""A real S3 server on 127.0.0.1: Ceph's gateway over a store in memory, from Debian's packages.

python -m scripts.ceph      fetches it into .cellar/ceph if need be, serves until Ctrl-C, and prints
                            the variables that lead there

Unlike the emulators it checks signatures and asks who may do what. Nothing is installed: packages
are fetched with apt-get, which takes an administrator and Debian 12, and unpacked. Where they are
not here, the tests that want them are skipped.
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from scripts.servers import ROOT, free_port, running

VERSION = "16.2.15+ds-0+deb12u2"
HOME = ROOT / ".cellar" / "ceph" / VERSION
LIBRARIES = "usr/lib/x86_64-linux-gnu"
COMMAND_SECONDS = 60
CONFIGURATION = """\
[global]
fsid = {fsid}
mon host = v2:127.0.0.1:{mon_port}/0
public addr = 127.0.0.1
keyring = {data}/keyring
run dir = {data}
log file = {data}/$name.log
admin socket = {data}/$name.asok
pid file = {data}/$name.pid
plugin dir = {libraries}/ceph
erasure code dir = {libraries}/ceph/erasure-code
osd class dir = {libraries}/rados-classes
osd data = {data}/osd
mon data = {data}/mon
osd objectstore = memstore
memstore device bytes = 1073741824
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon max pg per osd = 1000
osd crush chooseleaf type = 0
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw data = {data}
"""


class Gateway(NamedTuple):
    """Where the server is, and who may do everything there."""

    url: str
    access_key: str
    secret_key: str

    def variables(self) -> dict[str, str]:
        """What to set so that S3 means this server."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_ENDPOINT_URL_S3": self.url,
            "AWS_REGION": "us-east-1",
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }


def missing() -> str | None:
    """Why the server cannot be started here, or None."""
    if (HOME / "usr/bin/radosgw").is_file():
        return None
    return "Ceph is not in .cellar/ceph; as an administrator of Debian 12: python -m scripts.ceph"


def main() -> int:
    """Fetch and serve."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # stops the servers on the way out
    if missing():
        fetch()
    with gateway() as server:
        for name, value in server.variables().items():
            print(f"export {name}={value}", flush=True)
        signal.pause()
    return 0


def fetch() -> None:
    """Fetch the packages and unpack them. Raises CalledProcessError where apt-get cannot."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "partial").mkdir()
        packages = [f"{name}={VERSION}" for name in ("ceph-mon", "ceph-osd", "radosgw")]
        options = ["--yes", "--quiet", "--no-install-recommends", "--download-only"]
        into = f"Dir::Cache::archives={folder}"
        # As root, since the folder is closed to apt's own user.
        command = ["apt-get", "install", *options, "-o", "APT::Sandbox::User=root", "-o", into]
        subprocess.run([*command, *packages], check=True, capture_output=True)
        draft = HOME.with_name("draft")
        draft.mkdir(parents=True, exist_ok=True)
        for package in Path(folder).glob("*.deb"):
            subprocess.run(["dpkg", "-x", str(package), str(draft)], check=True)
        shutil.move(draft, HOME)


@contextmanager
def gateway() -> Iterator[Gateway]:
    """The gateway with one user, over a monitor and a store that are gone with it."""
    with tempfile.TemporaryDirectory(prefix="ceph-") as folder, ExitStack() as servers:
        cluster = _Cluster(Path(folder))
        cluster.prepare()
        servers.enter_context(cluster.serving("ceph-mon", "-i", "a"))
        cluster.join()
        servers.enter_context(cluster.serving("ceph-osd", "-i", "0"))
        url = f"http://127.0.0.1:{cluster.port}"
        command = cluster.command("radosgw", "-n", "client.admin", "-f")
        servers.enter_context(running(command, url, cluster.environment, quiet=True))
        user = Gateway(url, "cellar-lab", secrets.token_hex(20))
        keys = ("--access-key", user.access_key, "--secret", user.secret_key)
        who = ("user", "create", "--uid", "cellar-lab", "--display-name", "Cellar Lab")
        cluster.run("radosgw-admin", *who, *keys)
        yield user


class _Cluster:
    """A monitor and one store in memory, all that they write in one folder."""

    def __init__(self, data: Path) -> None:
        self.port = free_port()
        self._data = data
        self._fsid = str(uuid.uuid4())
        libraries = HOME / LIBRARIES
        self._mon_port = free_port()
        (data / "ceph.conf").write_text(
            CONFIGURATION.format(
                fsid=self._fsid,
                mon_port=self._mon_port,
                port=self.port,
                data=data,
                libraries=libraries,
            ),
            encoding="utf-8",
        )
        self.environment: Mapping[str, str] = {
            "CEPH_CONF": str(data / "ceph.conf"),
            "LD_LIBRARY_PATH": f"{libraries}:{libraries}/ceph:{HOME / 'lib/x86_64-linux-gnu'}",
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(HOME / "usr/lib/python3/dist-packages"),
        }

    def prepare(self) -> None:
        """Make the keys and the monitor's store. Without keys the gateway would hang."""
        keyring, monmap = str(self._data / "keyring"), str(self._data / "monmap")
        everything = [
            "--cap",
            "mon",
            "allow *",
            "--cap",
            "osd",
            "allow *",
            "--cap",
            "mgr",
            "allow *",
        ]
        self.run("ceph-authtool", keyring, "-C", "-g", "-n", "mon.", *everything)
        self.run("ceph-authtool", keyring, "-g", "-n", "client.admin", *everything)
        self.run("ceph-authtool", keyring, "-g", "-n", "osd.0", *everything)
        address = f"[v2:127.0.0.1:{self._mon_port}]"
        self.run("monmaptool", "--create", "--fsid", self._fsid, "--addv", "a", address, monmap)
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", keyring)

    def join(self) -> None:
        """Make the store, and make it known to the monitor."""
        name = str(uuid.uuid4())
        self.run("/usr/bin/python3", str(HOME / "usr/bin/ceph"), "osd", "new", name, "0")
        (self._data / "osd").mkdir()
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", name)

    @contextmanager
    def serving(self, program: str, *arguments: str) -> Iterator[None]:
        """Run a part of the cluster until the block ends; who needs it waits for it."""
        process = subprocess.Popen(
            self.command(program, *arguments, "-f"),
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            process.kill()  # there is nothing to keep
            process.wait()

    def run(self, program: str, *arguments: str) -> None:
        """Run a tool to its end. Raises RuntimeError with what it said."""
        done = subprocess.run(
            self.command(program, *arguments),
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program} {arguments[0]}: {done.stderr[-2000:]}")

    def command(self, program: str, *arguments: str) -> list[str]:
        """A program of Ceph's with its arguments."""
        return [str(HOME / "usr/bin" / program), *arguments]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
