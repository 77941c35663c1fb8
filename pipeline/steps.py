"""The work behind the verbs: INPUT -> a stored profile, and a profile -> a stored model."""

import contextlib
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pipeline.described import describe, learnable
from pipeline.inputs import describe_input, find_input
from pipeline.progress import Steps
from store.artifacts import ArtifactStore
from store.descriptor import Descriptor
from store.errors import DataError, DescriptorError
from store.releases import MAX_JSON_BYTES, model_key, profile_key, version_id
from store.schema import ModelCard, Profile, decode, encode, now, software

START = "Start Java and Spark"
READ = "Read the table"
AGGREGATE = "Aggregate"
TRAIN = "Train"
PUBLISH = "Publish"


class Ask(NamedTuple):
    """What a person asked for: INPUT and how to read it."""

    where: str
    descriptor: Path | None = None
    group_by: str | None = None
    name: str | None = None


class StoredProfile(NamedTuple):
    """A profile and its key."""

    key: str
    profile: Profile


class StoredCard(NamedTuple):
    """A model card and its key; its model file is stored beside it."""

    key: str
    card: ModelCard


def make_profile(
    ask: Ask,
    store: ArtifactStore,
    steps: Steps,
    *,
    master: str,
    settings: Mapping[str, str],
    meanwhile: Callable[[], object] | None = None,
) -> StoredProfile:
    """Profile a table with Spark and store the result; nothing is stored when anything fails.

    Args:
        ask: The table and how to read it.
        store: Where the profile goes.
        steps: Shows what happens and takes the time.
        master: Where Spark runs.
        settings: Spark properties.
        meanwhile: What to do while Java starts; no row is read when it fails.

    Raises:
        InputError: The table or its descriptor cannot be used.
        CellarError: Java, Spark or the store failed.
    """
    started, begun = datetime.now(UTC), time.perf_counter()
    from pipeline.job_run import Seconds, job_run
    from pipeline.profile import profile
    from pipeline.read import read
    from pipeline.session import spark_session

    found = find_input(ask.where)
    descriptor = describe(
        found, ask.where, given=ask.descriptor, group_by=ask.group_by, name=ask.name
    )
    group_by = ask.group_by or (descriptor.target.column if descriptor.target else None)
    data = describe_input(found)
    with contextlib.ExitStack() as session:
        pool = session.enter_context(ThreadPoolExecutor(max_workers=1))
        side_work = pool.submit(meanwhile) if meanwhile else None
        with steps.step(START):
            spark = session.enter_context(spark_session(master, settings))
        if side_work:
            side_work.result()
        with steps.step(READ, spark=spark):
            table = read(spark, found, descriptor, group_by=group_by)
        with steps.step(AGGREGATE, spark=spark):
            findings = profile(table.frame, descriptor, group_by=group_by)
        seconds = Seconds(
            start=steps.seconds[START],
            read=steps.seconds[READ],
            aggregate=steps.seconds[AGGREGATE],
            total=time.perf_counter() - begun,
        )
        run = job_run(spark, started=started, seconds=seconds)
    made = Profile(
        created=now(),
        software=software("pyspark", "pydantic"),
        name=descriptor.name,
        run_id="-",
        descriptor=descriptor,
        group_by=group_by,
        rows=table.rows,
        rejected=table.rejected,
        input=data,
        overall=findings.overall,
        groups=findings.groups,
        sample=findings.sample,
        run=run,
    )
    made = made.model_copy(update={"run_id": version_id(made.created, encode(made))})
    key = profile_key(made.name, made.run_id)
    store.put_new(key, encode(made))
    return StoredProfile(key, made)


def load_profile(store: ArtifactStore, key: str) -> StoredProfile:
    """A stored profile by its key."""
    return StoredProfile(key, decode(Profile, store.get(key, max_bytes=MAX_JSON_BYTES), name=key))


def make_model(
    where: str, descriptor: Descriptor, of: StoredProfile, store: ArtifactStore, steps: Steps
) -> StoredCard:
    """Train the descriptor's model on a table that was profiled, and store it.

    Raises:
        InputError: The descriptor or the table cannot be used, or is not the profiled one.
        StoreError: The store failed.
    """
    with steps.step(TRAIN):
        from pipeline.rows import read_rows
        from pipeline.train import train

        target, _ = learnable(descriptor)
        found = find_input(where)
        if (data := describe_input(found)).sha256 != of.profile.input.sha256:
            raise DataError(
                f"{data.uri} is not the table of the profile {of.key}: its content differs. "
                "Profile it again, then train."
            )
        rows = read_rows(found, descriptor, target)
        trained = train(rows, descriptor, of.profile)
    for note in trained.notes:
        steps.note(f"Note: {note}")
    card = trained.card
    store.put_new(card.file.key, trained.model)
    key = model_key(card.name, card.version, "card.json")
    store.put_new(key, encode(card))
    return StoredCard(key, card)


def source_of(descriptor: Descriptor, file: Path) -> str:
    """Where the rows of a descriptor are: its ``source``, relative to the descriptor's folder.

    Raises:
        DescriptorError: It names no source.
    """
    if not descriptor.source:
        raise DescriptorError(f'{file.name} names no "source". Add the path of the table to it.')
    return descriptor.source if "://" in descriptor.source else str(file.parent / descriptor.source)
