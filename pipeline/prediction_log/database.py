"""The database of the prediction log, where the web half writes it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from store.errors import InputError
from store.prediction_log.browsing import Engine
from store.prediction_log.database import open_database

DATABASE_URL = "DATABASE_URL"
CACHE_DIR = "CACHE_DIR"
CACHE = "~/.cache/cellar-lab"
FILE = "prediction-log/predictions.db"
SQLITE = "sqlite:///"


def log_url(environment: Mapping[str, str]) -> str:
    """The URL of the log: ``DATABASE_URL``, else the file where the web half keeps it."""
    folder = Path(environment.get(CACHE_DIR) or CACHE).expanduser()
    return environment.get(DATABASE_URL) or f"{SQLITE}{folder / FILE}"


@contextmanager
def open_log(environment: Mapping[str, str] | None = None) -> Iterator[Engine]:
    """The log's database. A password is never an argument of a verb, where others could see it.

    Raises:
        InputError: The URL is none, or there is no such file.
    """
    url = log_url(os.environ if environment is None else environment)
    file = url.removeprefix(SQLITE)
    if file != url and not Path(file).expanduser().exists():
        raise InputError(
            f"There is no prediction log at {file}. Ask a model first, or set DATABASE_URL to the "
            "database that the web server writes."
        )
    engine = open_database(url)
    try:
        yield engine
    finally:
        engine.dispose()
