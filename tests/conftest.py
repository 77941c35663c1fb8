"""What all tests share: UTC, the repository root, a free port, and a server that speaks S3."""

import os
import time

os.environ["TZ"] = "UTC"
time.tzset()
# Starting Spark uses the archive of Java's classes where there is one; no test leaves one behind.
os.environ["CELLAR_JAVA_ARCHIVE"] = "use"
# Three processes with two OpenMP threads each on two cores wait for each other, spinning: a small
# prediction of histogram boosting then takes twenty times as long.
os.environ["OMP_NUM_THREADS"] = "1"

import gc
import itertools
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import boto3
import hypothesis
import pytest
from threadpoolctl import threadpool_limits

from scripts import ceph, emulators, postgres, servers
from store.prediction_log.database import Engine, open_database
from store.prediction_log.migrations import upgrade

threadpool_limits(1)  # a plugin has loaded NumPy before the environment said so

# What an example does is tested, not how long it takes on a busy machine.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

BUCKET_NUMBERS = itertools.count(1)
DATABASE_NUMBERS = itertools.count(1)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what stays anyway: modules, and thousands of tests.

    What collects after each step, as the benchmark does, would look through all of it each time;
    and a child that is forked would copy it.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def no_fsync() -> Iterator[None]:
    """Wait for no disk: what is written shows at once, and no test cuts the power."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _file: None)
        yield


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository root."""
    return servers.ROOT


@pytest.fixture
def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    return servers.free_port()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """URL of an S3 server, a process of its own that ends with the tests."""
    with servers.s3_server() as url:
        yield url


@pytest.fixture
def no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away every AWS setting of the person who runs the tests."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def s3_url(s3_server: str, no_aws: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """``s3://bucket/prefix`` of a new bucket, with the environment that leads to it."""
    variables = servers.s3_variables(s3_server)
    return new_bucket("s3", variables, partial(servers.make_bucket, s3_server), monkeypatch)


@pytest.fixture(scope="session")
def ministack_server() -> Iterator[str]:
    """URL of an S3 server that shares no code with the first one."""
    skip_without("ministack")
    with emulators.ministack_server() as url:
        yield url


@pytest.fixture
def ministack_url(ministack_server: str, no_aws: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """As ``s3_url``, on the other server."""
    variables = servers.s3_variables(ministack_server)
    return new_bucket("s3", variables, partial(servers.make_bucket, ministack_server), monkeypatch)


@pytest.fixture(scope="session")
def ceph_gateway() -> Iterator[ceph.Gateway]:
    """A real S3 server, which checks signatures and asks who may do what."""
    if (reason := ceph.missing()) is not None:
        pytest.skip(reason)
    with ceph.gateway() as server:
        yield server


@pytest.fixture
def ceph_url(ceph_gateway: ceph.Gateway, no_aws: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """As ``s3_url``, on the real server."""
    return new_bucket("s3", ceph_gateway.variables(), make_signed_bucket, monkeypatch)


@pytest.fixture(scope="session")
def gcs_server() -> Iterator[str]:
    """URL of a server that speaks Google Cloud Storage's JSON API."""
    skip_without("fake-gcs")
    with emulators.gcs_server() as url:
        yield url


@pytest.fixture
def gcs_url(gcs_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """``gs://bucket/prefix`` of a new bucket, with the environment that leads to it."""
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    variables = {"STORAGE_EMULATOR_HOST": gcs_server}
    return new_bucket("gs", variables, partial(emulators.make_gcs_bucket, gcs_server), monkeypatch)


@pytest.fixture(scope="session")
def azure_server() -> Iterator[str]:
    """Connection string of a server that speaks Azure Blob Storage."""
    skip_without("azurite")
    with emulators.azure_server() as connection:
        yield connection


@pytest.fixture
def azure_url(azure_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """``az://container/prefix`` of a new container, with the environment that leads to it."""
    for name in [name for name in os.environ if name.startswith("AZURE_")]:
        monkeypatch.delenv(name)
    variables = {"AZURE_STORAGE_CONNECTION_STRING": azure_server}
    return new_bucket("az", variables, partial(emulators.make_container, azure_server), monkeypatch)


def new_bucket(
    scheme: str,
    variables: Mapping[str, str],
    make: Callable[[str], object],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """The URL of a prefix of a new bucket, once the environment leads to its server."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    bucket = f"bucket-{next(BUCKET_NUMBERS)}"
    make(bucket)
    return f"{scheme}://{bucket}/prefix"


def make_signed_bucket(name: str) -> None:
    """Make a bucket on the S3 server of the environment."""
    boto3.Session().client("s3").create_bucket(Bucket=name)  # the default one keeps old keys


def skip_without(emulator: str) -> None:
    """Skip what needs a server that is not here."""
    if (reason := emulators.missing().get(emulator)) is not None:
        pytest.skip(f"{emulator} {reason}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL of these tests; whoever stops it starts it again."""
    if postgres.find() is None:
        pytest.skip(postgres.MISSING)
    with postgres.running() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> str:
    """URL of a new database."""
    return postgres_server.create(f"log_{next(DATABASE_NUMBERS)}")


@pytest.fixture(params=["sqlite", "postgresql"])
def log_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a new database of each kind, without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'log' / 'predictions.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def log_engine(log_url: str) -> Iterator[Engine]:
    """A new prediction log of each kind."""
    engine = open_database(log_url)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def locked() -> Iterator[Path]:
    """A folder with a table ``closed.csv`` and a folder ``closed`` that we may not read.

    Permissions do not bind an administrator, who is nobody for the time being.
    """
    administrator = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "closed.csv").write_text("a\n1\n")
        (folder / "closed").mkdir()
        for path in folder.iterdir():
            path.chmod(0)
        if administrator:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if administrator:
                os.seteuid(0)
            (folder / "closed").chmod(0o700)


@pytest.fixture
def strict_s3_url(s3_server: str, s3_url: str) -> Iterator[str]:
    """The bucket while the server lets nobody in whom it does not know."""

    def open_door_for(requests: str) -> None:
        request = urllib.request.Request(
            f"{s3_server}/moto-api/reset-auth", requests.encode(), {"Content-Type": "text/plain"}
        )
        with urllib.request.urlopen(request):
            pass

    open_door_for("0")
    yield s3_url
    open_door_for("inf")
