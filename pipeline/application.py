"""The event log of any Spark application -> a stored artifact that the page Spark shows."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from pipeline.remote import files_at, is_remote, reading
from store.application import Application
from store.artifacts import ArtifactStore
from store.errors import InputError
from store.event_log import open_event_log, read_event_log, rolled, with_input
from store.releases import APPLICATION, keep, logged_key, publish_result, version_id
from store.schema import encode
from store.signature import KeyPair

NAME = re.compile(r"[^A-Za-z0-9._=-]+")


class StoredApplication(NamedTuple):
    """An application, its key, and the name that it is stored under."""

    key: str
    name: str
    application: Application


def make_application(where: str, store: ArtifactStore, *, name: str | None) -> StoredApplication:
    """Read an event log and store what the application did.

    Args:
        where: A file, the folder of a rolling log, or either in ``s3://``.
        store: Where the artifact goes.
        name: What to call it; else the application's own name, in the letters of a key.

    Raises:
        InputError: There is no event log, or the name cannot be one of a key.
        StoreError: S3 or the store failed.
    """
    if name is not None and (NAME.search(name) or not name[:1].isalnum()):
        raise InputError(f'"{name}" cannot be a name: take letters, digits and . _ = - alone.')
    streams = _remote(where) if is_remote(where) else open_event_log(Path(where))
    application = read_event_log(streams)
    name = name or NAME.sub("-", application.name).strip("-._=") or "application"
    data = encode(application)
    key = logged_key(name, version_id(application.created, data))
    keep(store, key, data)  # the same log may be read twice in a second
    return StoredApplication(key, name, application)


def keep_application(
    events: Path, store: ArtifactStore, profile_at: str, *, rows: int, input_bytes: int
) -> str:
    """Store what Spark did for a profile beside it, where ``publish`` finds it.

    Args:
        events: The folder that the session wrote its event log to; the session has stopped.
        store: Where the profile is.
        profile_at: Its key.
        rows, input_bytes: What the job read, which Spark does not see where Python opens the files.

    Returns:
        The key of the artifact.

    Raises:
        InputError: There is no whole log.
        StoreError: The store failed.
    """
    application = read_event_log(open_event_log(events))
    known = with_input(application, rows=rows, input_bytes=input_bytes)
    key = f"{profile_at.rpartition('/')[0]}/application.json"
    store.put_new(key, encode(known))
    return key


def publish_application(
    store: ArtifactStore, made: StoredApplication, *, key: KeyPair | None = None
) -> None:
    """Make an application live, so that the page shows it."""
    publish_result(store, f"{APPLICATION}{made.name}", made.key, Application, key=key)


def _remote(where: str) -> Iterator[BinaryIO]:
    """The files of a log in S3, in order, each open while it is read."""
    place, files = files_at(where)
    found = {file.name.rpartition("/")[2]: file.path for file in files}
    logs = rolled(found) or [name for name in found if not name.startswith("appstatus_")]
    if len(logs) != 1 and not rolled(found):
        raise InputError(f"{where} holds {len(logs)} logs. Name the one to read.")
    filesystem = place.filesystem()
    for name in logs:
        with reading(where), filesystem.open_input_stream(found[name], compression=None) as stream:
            yield cast(BinaryIO, stream)
