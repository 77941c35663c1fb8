"""Releases: write-once objects, and one pointer that moves last, by compare and swap.

    profiles/<name>/<run id>/profile.json      written by the Spark job
    profiles/<name>/<run id>/application.json  what Spark did for it, where that was kept
    applications/<name>/<version>/application.json  what any Spark application did
    engines/<version id>/engines.json          timings of one aggregation on many engines
    benchmarks/<run id>/benchmark.json         training times of one machine, by device
    models/<name>/<version>/model.joblib       the estimator
    models/<name>/<version>/flat.json          the same as plain numbers, where it has that form
    models/<name>/<version>/card.json          what it is, with the hash of both
    releases/<release id>.json                 which of them belong together
    releases/<release id>.sig                  who says so, where it was signed
    current.json                               the pointer: the live release and its history

A reader starts at ``current.json`` and checks size and hash of everything it follows, so it
sees the whole of a release or nothing of it. Rolling back moves the pointer, nothing else.

    layout      the keys and the ids
    reading     everything that is read, checked
    pointer     compare and swap
    publishing  publish and promote; going_back, signing: what their names say
    contents    finding a model of a release, and putting one in its place
    reachable   what a store holds that nobody can reach any more
    pruning     removing it, beside publishers at work
"""

from store.releases.going_back import rollback, rollback_model
from store.releases.layout import (
    APPLICATION,
    BENCHMARK,
    ENGINES,
    HISTORY,
    MAX_JSON_BYTES,
    MAX_MODEL_BYTES,
    POINTER,
    application_key,
    benchmark_key,
    engines_key,
    logged_key,
    model_key,
    profile_key,
    release_key,
    sequence_of,
    signature_key,
    stored,
    version_id,
)
from store.releases.pointer import insist_on_signed, keep
from store.releases.pruning import prune
from store.releases.publishing import promote, publish, publish_result
from store.releases.reading import (
    applications,
    benchmarks,
    check_release,
    files_of,
    read_application,
    read_benchmark,
    read_card,
    read_engine_run,
    read_flat,
    read_model,
    read_pinned,
    read_pointer,
    read_profile,
    read_release,
    read_signed_pointer,
    read_signed_release,
)
from store.releases.signing import sign_release

__all__ = [
    "APPLICATION",
    "BENCHMARK",
    "ENGINES",
    "HISTORY",
    "MAX_JSON_BYTES",
    "MAX_MODEL_BYTES",
    "POINTER",
    "application_key",
    "applications",
    "benchmark_key",
    "benchmarks",
    "check_release",
    "engines_key",
    "files_of",
    "insist_on_signed",
    "keep",
    "logged_key",
    "model_key",
    "profile_key",
    "promote",
    "prune",
    "publish",
    "publish_result",
    "read_application",
    "read_benchmark",
    "read_card",
    "read_engine_run",
    "read_flat",
    "read_model",
    "read_pinned",
    "read_pointer",
    "read_profile",
    "read_release",
    "read_signed_pointer",
    "read_signed_release",
    "release_key",
    "rollback",
    "rollback_model",
    "sequence_of",
    "sign_release",
    "signature_key",
    "stored",
    "version_id",
]
