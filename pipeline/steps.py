"""The work behind the verbs: INPUT -> a stored profile, and a profile -> a stored model."""

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pipeline import scratch
from pipeline.application import keep_application
from pipeline.condense import condense
from pipeline.described import beside, describe, groups_of, learnable, needs_group, renamed
from pipeline.findings import Findings
from pipeline.inputs import describe_input, find_input, only_spark
from pipeline.job_run import Engine, Seconds, Way, local_run
from pipeline.progress import Steps
from pipeline.runners import LocalRunner, Runner, SparkRunner
from pipeline.storing import store_model
from pipeline.table.conditions import Condition
from pipeline.table.prepare import Prepared, prepare
from pipeline.toml import to_toml
from store.artifacts import ArtifactStore
from store.descriptor import Descriptor, TextFormat, read_descriptor
from store.errors import DataError, DescriptorError
from store.releases import MAX_JSON_BYTES, profile_key, version_id
from store.schema import InputData, JobRun, ModelCard, Profile, decode, encode, now, software

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from pipeline.feedback import Saying

START = "Start Java and Spark"
READ = "Look at the table"
AGGREGATE = "Aggregate"
TRAIN = "Train"
CHECK = "Check the model"
PUBLISH = "Publish"
DESCRIPTOR = "descriptor.toml"


class Ask(NamedTuple):
    """What a person asked for: INPUT, how to read it, and which rows of it."""

    where: str
    descriptor: Path | None = None
    group_by: tuple[str, ...] = ()
    name: str | None = None
    text: TextFormat | None = None
    conditions: tuple[Condition, ...] = ()


class StoredProfile(NamedTuple):
    """A profile and its key."""

    key: str
    profile: Profile


class StoredCard(NamedTuple):
    """A model card and its key; its model file is stored beside it."""

    key: str
    card: ModelCard


class _Looked(NamedTuple):
    """A table before its first row is read, and what is known of it.

    ``table`` is what it is cut into, or what Spark reads it as where only Spark can.
    """

    descriptor: Descriptor
    groups: tuple[str, ...]
    uri: str
    table: "Prepared | DataFrame"
    data: Callable[[], InputData]


def make_profile(
    ask: Ask,
    store: ArtifactStore,
    steps: Steps,
    way: Way,
    *,
    meanwhile: Callable[[], object] | None = None,
) -> StoredProfile:
    """Profile a table and store the result; nothing is stored when anything fails.

    Args:
        ask: The table and how to read it.
        store: Where the profile goes.
        steps: Shows what happens and takes the time.
        way: With what.
        meanwhile: What to do while Java starts; no row is read when it fails.

    Raises:
        InputError: The table or its descriptor cannot be used.
        CellarError: Java, Spark or the store failed.
    """
    scratch.sweep()
    with tempfile.TemporaryDirectory(prefix=scratch.prefix("spark-events")) as events:
        job = _done(ask, steps, way, Path(events), meanwhile)
        made, notes = _within_bounds(_profile(ask, job))
        made = made.model_copy(update={"run_id": version_id(made.created, encode(made))})
        key = profile_key(made.name, made.run_id)
        if ask.descriptor is None and beside(ask.where) is None:
            described_at = key.replace("profile.json", DESCRIPTOR)
            store.put_new(described_at, to_toml(made.descriptor).encode())
            notes += (f"what the columns are was inferred, and written to {described_at}",)
        if os.listdir(events):
            keep_application(Path(events), store, key, rows=made.rows, input_bytes=made.input.bytes)
        store.put_new(key, encode(made))  # last: a profile that is there is whole
    for note in (*job.found.notes, *_not_read(job.looked.table), *notes):
        steps.note(f"Note: {note}")
    return StoredProfile(key, made)


class _Job(NamedTuple):
    """A job that is done: what was known before, what was found, and how."""

    looked: _Looked
    found: Findings
    data: InputData
    run: JobRun


def _done(
    ask: Ask, steps: Steps, way: Way, events: Path, meanwhile: Callable[[], object] | None
) -> _Job:
    """Do the job; what Spark does is written down in ``events``."""
    started, begun = datetime.now(UTC), time.perf_counter()
    is_sparks = only_spark(ask.where)
    engine = "dataframe" if is_sparks else way.engine
    with ThreadPoolExecutor(max_workers=2) as pool, contextlib.ExitStack() as session:
        if not is_sparks:
            with steps.step(READ):
                looked = _look(ask, pool)
        side_work = pool.submit(meanwhile) if meanwhile else None
        spark = None
        if engine != "local":
            from pipeline.session import spark_session

            with steps.step(START):
                spark = session.enter_context(
                    spark_session(
                        way.master,
                        way.settings,
                        event_log=events,
                        light=engine == "spark",
                    )
                )
        if side_work:
            side_work.result()
        if spark and is_sparks:
            with steps.step(READ, spark=spark):
                looked = _look_with(spark, ask)
        with steps.step(AGGREGATE, spark=spark):
            found = _found(ask, looked, engine, spark)
        data = looked.data()
        seconds = Seconds(
            start=steps.seconds.get(START, 0.0),
            read=steps.seconds[READ],
            aggregate=steps.seconds[AGGREGATE],
            total=time.perf_counter() - begun,
        )
        run = _run(looked, engine, spark, started, seconds, found.passes)
    return _Job(looked, found, data, run)


def _run(
    looked: _Looked,
    engine: Engine,
    spark: "SparkSession | None",
    started: datetime,
    seconds: Seconds,
    passes: int,
) -> JobRun:
    """How the job went, in short."""
    if spark is None:
        assert isinstance(looked.table, Prepared)
        tasks = passes * len(looked.table.splits)
        return local_run(started=started, seconds=seconds, passes=passes, tasks=tasks)
    from pipeline.spark_run import spark_run

    return spark_run(spark, engine, started=started, seconds=seconds, passes=passes)


def _not_read(table: "Prepared | DataFrame") -> list[str]:
    """What to say of files and row groups without a row that was asked for."""
    skipped = str(table.skipped) if isinstance(table, Prepared) else ""
    return [f"{skipped} can hold no such row, and were not read"] if skipped else []


def _profile(ask: Ask, job: _Job) -> Profile:
    """The artifact, not yet under an id of its own."""
    looked, found, data, run = job
    return Profile(
        created=now(),
        software=software("pydantic", "numpy", *(["pyspark"] if run.engine != "local" else [])),
        name=looked.descriptor.name,
        run_id="-",
        descriptor=looked.descriptor,
        group_by=looked.groups[0] if looked.groups else None,
        where=tuple(map(str, ask.conditions)),
        rows=found.rows,
        rejected=found.rejected,
        input=data,
        overall=found.overall,
        groups=found.groups,
        groupings=found.groupings,
        sample=found.sample,
        run=run,
    )


def _within_bounds(made: Profile) -> tuple[Profile, tuple[str, ...]]:
    """The profile as it can be shown, and what was left out for that.

    Raises:
        DataError: It is too large all the same.
    """
    if len(encode(made)) <= MAX_JSON_BYTES:
        return made, ()
    less = made.model_copy(update={"groupings": ()})
    if len(encode(less)) > MAX_JSON_BYTES:
        raise DataError(
            f"A profile of {len(made.overall.columns):,} columns in {len(made.groups):,} groups "
            f"has more than {MAX_JSON_BYTES // 2**20} MiB, and none as large is shown. Name fewer "
            "columns in a descriptor, or group by a column with fewer values."
        )
    names = ", ".join(grouping.column for grouping in made.groupings)
    return less, (f"the profile became too large, so rows are not grouped by {names} too.",)


def _look(ask: Ask, pool: ThreadPoolExecutor) -> _Looked:
    """Find the table and its columns; hash it on the side."""
    found = find_input(ask.where, ask.conditions)
    descriptor = describe(
        found,
        ask.where,
        given=ask.descriptor,
        group_by=ask.group_by,
        name=ask.name,
        text=ask.text,
    )
    groups = groups_of(descriptor, ask.group_by)
    data = pool.submit(describe_input, found)
    needed = needs_group(descriptor, groups)
    table = prepare(found, descriptor, groups, needs_group=needed, conditions=ask.conditions)
    return _Looked(descriptor, groups, found.uri, table, data.result)


def _look_with(spark: "SparkSession", ask: Ask) -> _Looked:
    """The same of a table that only Spark can read."""
    from pipeline.read import described_frame, open_frame

    frame = open_frame(spark, ask.where)
    if ask.descriptor:
        descriptor = read_descriptor(ask.descriptor)
    else:
        descriptor = described_frame(frame, ask.where, group_by=ask.group_by)
    descriptor = descriptor if ask.name is None else renamed(descriptor, ask.name)
    groups = groups_of(descriptor, ask.group_by)
    said = f"{ask.where} {frame.schema.json()}"
    data = InputData(
        uri=ask.where,
        format="table",
        bytes=0,
        hashed="listing",
        sha256=hashlib.sha256(said.encode()).hexdigest(),
        file_count=0,
        files=(),
    )
    return _Looked(descriptor, groups, ask.where, frame, lambda: data)


def _found(ask: Ask, looked: _Looked, engine: Engine, spark: "SparkSession | None") -> Findings:
    descriptor, groups, uri, table, _ = looked
    if spark is None or engine == "spark":
        assert isinstance(table, Prepared)
        runner: Runner = LocalRunner()
        if spark is not None:
            from pipeline.workers import parallelism, ship

            ship(spark)
            runner = SparkRunner(spark, parallelism=parallelism(spark))
        return condense(table, descriptor, groups, runner, uri=uri)
    from pipeline.profile import profile
    from pipeline.read import read_frame, read_prepared
    from pipeline.workers import ship

    ship(spark)

    if isinstance(table, Prepared):
        rows = read_prepared(spark, table, descriptor, groups=groups, uri=uri)
    else:
        rows = read_frame(
            table,
            descriptor,
            groups=groups,
            uri=uri,
            needs_group=needs_group(descriptor, groups),
            conditions=ask.conditions,
        )
    return profile(rows.frame, descriptor, groups=groups, rejected=rows.rejected)


def load_profile(store: ArtifactStore, key: str) -> StoredProfile:
    """A stored profile by its key."""
    return StoredProfile(key, decode(Profile, store.get(key, max_bytes=MAX_JSON_BYTES), name=key))


def make_model(
    where: str,
    descriptor: Descriptor,
    of: StoredProfile,
    store: ArtifactStore,
    steps: Steps,
    *,
    signed: bool = False,
    labelled: "Iterable[Saying] | None" = None,
) -> StoredCard:
    """Train the descriptor's model on a table that was profiled, and store it.

    ``labelled`` is what people said of answers, to be trained on too.

    Raises:
        InputError: The descriptor or the table cannot be used, or is not the profiled one.
        ModelRefused: It could not be served; with ``signed`` any scikit-learn estimator can.
        StoreError: The store failed.
    """
    with steps.step(TRAIN):
        from pipeline.rows import read_rows
        from pipeline.train import train

        target, _ = learnable(descriptor)
        conditions = tuple(map(Condition.parse, of.profile.where))
        found = find_input(where, conditions)
        if (data := describe_input(found)).sha256 != of.profile.input.sha256:
            raise DataError(
                f"{data.uri} is not the table of the profile {of.key}: its content differs. "
                "Profile it again, then train."
            )
        rows = read_rows(found, descriptor, target, conditions)
        trained = train(rows, descriptor, of.profile, labelled=labelled)
    for note in trained.notes:
        steps.note(f"Note: {note}")
    if (told := trained.card.data.feedback) is not None:
        steps.note(f"Feedback trained on: {told.summary}")
    with steps.step(CHECK):
        made = store_model(store, trained.card, trained.model, signed=signed)
    return StoredCard(made.key, made.card)


def source_of(descriptor: Descriptor, file: Path) -> str:
    """Where the rows of a descriptor are: its ``source``, relative to the descriptor's folder.

    Raises:
        DescriptorError: It names no source.
    """
    if not descriptor.source:
        raise DescriptorError(f'{file.name} names no "source". Add the path of the table to it.')
    return descriptor.source if "://" in descriptor.source else str(file.parent / descriptor.source)
