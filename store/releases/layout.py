"""Under which keys everything lies, and the ids that are part of them."""

import hashlib
from datetime import datetime

from store.schema import StoredFile

POINTER = "current.json"
MAX_JSON_BYTES = 16 * 2**20
MAX_MODEL_BYTES = 256 * 2**20
HISTORY = 50
ENGINES = "engines"  # the kind of the result that is an EngineRun
BENCHMARK = "benchmark:"  # begins the kind of a result that is a BenchmarkRun; its id follows
APPLICATION = "application:"  # begins the kind of a result that tells what an application did


def profile_key(name: str, run_id: str) -> str:
    """Where the profile of this run is."""
    return f"profiles/{name}/{run_id}/profile.json"


def application_key(name: str, run_id: str) -> str:
    """Where it is told what Spark did for this run's profile."""
    return f"profiles/{name}/{run_id}/application.json"


def logged_key(name: str, version: str) -> str:
    """Where an application is that was read from its event log alone."""
    return f"applications/{name}/{version}/application.json"


def engines_key(version: str) -> str:
    """Where the engines' timings of this version are."""
    return f"engines/{version}/engines.json"


def benchmark_key(run_id: str) -> str:
    """Where the benchmark run of this id is."""
    return f"benchmarks/{run_id}/benchmark.json"


def model_key(name: str, version: str, file: str) -> str:
    """Where a file (``model.joblib``, ``flat.json`` or ``card.json``) of this version is."""
    return f"models/{name}/{version}/{file}"


def release_key(release_id: str) -> str:
    """Where the release of this id is."""
    return f"releases/{release_id}.json"


def signature_key(release_id: str) -> str:
    """Where its signature is, if it was signed."""
    return f"releases/{release_id}.sig"


def version_id(moment: datetime, content: bytes) -> str:
    """An id that sorts by time and tells contents apart: ``20261101T120000Z-3fa2c1``."""
    return f"{moment:%Y%m%dT%H%M%SZ}-{hashlib.sha256(content).hexdigest()[:6]}"


def sequence_of(release_id: str) -> int:
    """The number in a release id: 3 in ``000003-3fa2c1``."""
    return int(release_id.partition("-")[0])


def stored(key: str, data: bytes) -> StoredFile:
    """The pin of these bytes under this key."""
    return StoredFile(key=key, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
