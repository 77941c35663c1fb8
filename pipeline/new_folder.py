"""A new folder, here or a prefix in S3, whose files are all there in the end or none of them.

A file appears under its name when it is complete, and the set is complete when it has its last
file: a folder gets its name only then, and in S3 that file is written last. What a run that failed
wrote is removed.
"""

import contextlib
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from pipeline.remote import CHECKSUMS, Location, is_remote, location
from store.artifacts import S3Store
from store.errors import InputError, StoreUnavailable

DATA = r"part-\d{5,}\.(csv|parquet)"
UPLOAD_BYTES = 8 * 2**20
STRAGGLING_SECONDS = 5.0  # a task that was stopped writes its last bytes no longer than this


def check_new(out: str) -> None:
    """Raises InputError unless there is nothing at ``out``, a folder's path or an S3 URL."""
    if is_remote(out):
        bucket, _, prefix = out.removeprefix("s3://").strip("/").partition("/")
        if "" in prefix.split("/") and prefix:
            raise InputError(f"{out} has an empty part. Name another --out.")
        place = location(out)
        if S3Store(f"s3://{bucket}").objects(f"{prefix}/" if prefix else ""):
            raise InputError(f"{place.url} is not empty. Name a new prefix with --out.")
        return
    if ":/" in out:
        raise InputError(f"{out} is neither a folder nor s3://bucket/prefix. Name another --out.")
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{out} is a file. Name a new folder with --out.")
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{out} is not empty. Name a new folder with --out.")


@contextlib.contextmanager
def new_folder(out: str, *, last: str) -> Iterator[Location]:
    """Where to write the files of ``out``: all of them are there afterwards, or none.

    Raises:
        InputError: ``out`` cannot be made.
        StoreUnavailable: S3 cannot be reached, or does not let us in.
    """
    with _new_prefix(out, last) if is_remote(out) else _hidden_folder(Path(out).resolve()) as place:
        yield place


def write_text(folder: Location, name: str, text: str) -> None:
    """Write a small file beside the rows."""
    if folder.scheme == "s3":
        S3Store(folder.url).put(name, text.encode())
    else:
        Path(folder.key, name).write_text(text, encoding="utf-8")


@contextlib.contextmanager
def appearing(folder: Location, name: str) -> Iterator[Path]:
    """A file on this machine that takes its name in the folder when the block ends well.

    On its way to S3 it is a file too: a stream to S3 that is left in the middle is completed by
    its destructor, and a short object would look like a whole one.
    """
    if folder.scheme == "file":
        draft = Path(folder.key, f".{name}.{uuid.uuid4().hex}")
        yield draft
        os.replace(draft, Path(folder.key, name))
        return
    with tempfile.TemporaryDirectory() as drafts:
        draft = Path(drafts, name)
        yield draft
        filesystem, target = folder.filesystem(), f"{folder.path}/{name}"
        with draft.open("rb") as source, filesystem.open_output_stream(target) as sink:
            shutil.copyfileobj(source, sink, UPLOAD_BYTES)
        if (stored := filesystem.get_file_info(target).size) != (sent := draft.stat().st_size):
            raise StoreUnavailable(
                f"{folder.url}/{name}: {sent:,} bytes were sent, and the S3 server has "
                f"{stored}. It may not know the checksums that its client sends; set "
                f"{CHECKSUMS}=when_required."
            )


@contextlib.contextmanager
def _hidden_folder(out: Path) -> Iterator[Location]:
    """A hidden folder beside ``out`` that takes its name at the end, or goes away."""
    folder = out.with_name(f".{out.name}-{uuid.uuid4().hex[:8]}")
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise InputError(f"{out} cannot be made: {error.strerror}. Name another --out.") from error
    try:
        yield Location("file", "", str(folder))
        try:
            folder.rename(out)
        except OSError as error:
            raise InputError(f"{out} came to be meanwhile. Name another --out.") from error
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder, also while a task that was stopped is still writing its last bytes."""
    end = time.monotonic() + STRAGGLING_SECONDS
    while folder.exists() and time.monotonic() < end:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.1 if folder.exists() else 0)


@contextlib.contextmanager
def _new_prefix(out: str, last: str) -> Iterator[Location]:
    """The prefix of an S3 URL; what was written under it goes away when the block fails."""
    place = location(out.rstrip("/"))
    try:
        yield place
    except BaseException:
        _empty(S3Store(place.url), last)
        raise


def _empty(store: S3Store, last: str) -> None:
    """Remove what a run wrote, until nothing came to be for a while."""
    written = re.compile(f"{DATA}|{re.escape(last)}")
    end = time.monotonic() + STRAGGLING_SECONDS
    quiet = False
    try:
        while not quiet and time.monotonic() < end:
            if keys := [o.key for o in store.objects() if written.fullmatch(o.key)]:
                store.remove(keys)
            else:
                time.sleep(1)
                quiet = not any(written.fullmatch(o.key) for o in store.objects())
    except StoreUnavailable as error:
        raise StoreUnavailable(
            f"{error} Rows may be left in {store.url}; without {last} they are incomplete."
        ) from error
