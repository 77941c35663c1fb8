"""Spark Connect: a Spark elsewhere, spoken to over gRPC. Databricks is reached so too."""

import contextlib
import os
import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pipeline.spark_settings import SETTINGS
from store.errors import CellarError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SCHEME = "sc://"
NOTE = "SPARK_CONNECT_MODE_ENABLED"
PACKAGES = "grpcio grpcio-status googleapis-common-protos zstandard"


class NoConnect(CellarError):
    """The packages of Spark Connect are not installed."""


def is_connect(master: str) -> bool:
    """Whether a master is the address of a Spark Connect server."""
    return master.startswith(SCHEME)


@contextlib.contextmanager
def connected(url: str, settings: Mapping[str, str]) -> Iterator["SparkSession"]:
    """A session of its own on the server; of our properties it gets those of a session.

    Args:
        url: ``sc://host:15002``, with what the server asks for: ``sc://host:443/;token=...``.
        settings: Properties that go before ours.

    Raises:
        NoConnect: A package is missing; the text says how to install it.
        PySparkException: The server cannot be reached, or it refused.
    """
    from pyspark.errors import PySparkImportError
    from pyspark.sql import SparkSession

    ours = {name: value for name, value in SETTINGS.items() if name.startswith("spark.sql.")}
    del ours["spark.sql.catalogImplementation"]  # the server's own, fixed when it started
    builder = SparkSession.Builder()
    for name, value in {**ours, **settings}.items():
        builder = builder.config(name, value)
    with _noted():
        try:
            with warnings.catch_warnings():
                # Said of paths through pandas, which nothing here takes.
                warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
                spark = builder.remote(url).create()
        except (PySparkImportError, ModuleNotFoundError) as error:
            raise NoConnect(
                f"{SCHEME} needs the packages of Spark Connect, and one is not installed "
                f"({str(error).splitlines()[0]}). Run: pip install {PACKAGES}"
            ) from error
        try:
            yield spark
        finally:
            spark.stop()


@contextlib.contextmanager
def _noted() -> Iterator[None]:
    """Let pyspark note in the environment that its functions are Connect's, for so long."""
    before = os.environ.get(NOTE)
    try:
        yield
    finally:
        os.environ.pop(NOTE, None)
        if before is not None:
            os.environ[NOTE] = before
