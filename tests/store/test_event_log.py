"""Reading event logs: every form that Spark writes, and whatever else a person may bring."""

import contextlib
import gzip
import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from store.application import MAX_BARS, MAX_LANES, MAX_QUERIES, MAX_STAGES, Application, Bar
from store.errors import NotAnEventLog
from store.event_log import Limits, open_event_log, read_event_log, rolled, with_input
from store.events.lines import MAX_LINE_BYTES
from store.schema import decode, encode
from tests.store import event_logs as log

SMALL = log.log_of(*log.small())


def read(*parts: bytes, limits: Limits | None = None) -> Application:
    """What logs say that are in memory."""
    return read_event_log(map(BytesIO, parts), limits=limits)


def facts(application: Application) -> Application:
    """The application without the moment of reading."""
    return application.model_copy(update={"created": application.started})


# What is told


def test_a_log_tells_what_the_application_did() -> None:
    application = read(SMALL)

    assert (application.name, application.application_id) == ("drinks", "app-1")
    assert (application.spark_version, application.java_version) == ("4.3.0", "21.0.8")
    assert (application.seconds, application.cores, application.complete) == (6.0, 2, True)
    assert application.driver_seconds == 1.5  # one second before the job, half a second after it
    assert application.idle_cores == pytest.approx(1 - 6 / 8)
    totals = application.totals
    assert (totals.tasks, totals.failed_tasks, totals.task_seconds) == (5, 0, 6.0)
    assert (totals.shuffle_write_bytes, totals.shuffle_read_bytes) == (40, 40)
    assert (totals.run_seconds, totals.cpu_seconds) == (6.0, 6.0)


def test_stages_have_edges_times_and_states() -> None:
    first, second = read(SMALL).stages

    assert (first.parents, second.parents) == ((), (0,))
    assert (first.submitted, first.completed, first.status) == (1.0, 3.0, "complete")
    assert first.quantiles == dict.fromkeys(first.quantiles, 1.0)
    assert (first.skew, second.largest_bytes) == (1.0, 40)


def test_tasks_are_drawn_on_the_cores_of_their_executor() -> None:
    timeline = read(SMALL).timeline

    assert [lane.slot for lane in timeline.lanes] == [0, 1]
    assert timeline.bars[0] == Bar(0, 0, 0, 1.0, 2.0, 1, "ok")
    assert [bar.lane for bar in timeline.bars] == [0, 0, 0, 1, 1]
    assert (timeline.merged, timeline.left_out) == (False, 0)


def test_an_end_that_is_noted_late_opens_no_further_core() -> None:
    tasks = [log.task(0, at=i, until=i + 1.01) for i in range(5)]

    lanes = read(log.log_of(*log.begin(cores=1), *tasks, log.end(7))).timeline.lanes

    assert len(lanes) == 1


def test_an_application_reads_back_equal() -> None:
    application = read(SMALL)

    assert decode(Application, encode(application), name="it") == application


def test_what_the_program_counted_itself_goes_before_what_spark_saw() -> None:
    application = with_input(read(SMALL), rows=600, input_bytes=9_000)

    assert (application.rows_read, application.bytes_read) == (600, 9_000)
    assert application.rows_per_second == 100.0


def test_a_failed_stage_says_why_in_one_line() -> None:
    reason = "Job aborted (10.0.0.7 executor 1): boom\n\tat org.apache.spark.Big\n\tat Stack"
    start, done = log.stage(0, at=1, until=2, failure=reason)
    failed = log.task(0, at=1, until=2, reason="ExceptionFailure")

    application = read(log.log_of(*log.begin(), start, failed, done, log.end(3)))

    assert application.stages[0].status == "failed"
    assert application.stages[0].failure == "Job aborted (host 1 executor 1): boom"
    assert application.timeline.bars[0].outcome == "failed"


def test_of_a_python_traceback_the_last_line_is_the_reason() -> None:
    reason = (
        "[X] from the Python worker: Traceback (most recent call last):\n  File ...\nKeyError: 1"
    )
    start, done = log.stage(0, at=1, until=2, failure=reason)

    application = read(log.log_of(*log.begin(), start, done, log.end(3)))

    assert application.stages[0].failure == "KeyError: 1"


def test_a_plan_is_kept_with_its_rows_and_without_wrappers() -> None:
    scan = log.node(
        "Scan parquet",
        text="FileScan parquet [a] Location: InMemoryFileIndex(1 paths)[s3a://key:pw@box/deep/t]",
        metrics={"number of output rows": 7, "number of files read": 8},
    )
    plan = log.node("AdaptiveSparkPlan", log.node("Sort", log.node("WholeStageCodegen (1)", scan)))
    start, done = log.query(0, nodes=plan, at=1, until=2)
    _, stage_done = log.stage(0, at=1, until=2)
    stage_done["Stage Info"]["Accumulables"] = [{"ID": 7, "Name": "rows", "Value": "12"}]
    files = {"Event": f"{log.SQL}SparkListenerDriverAccumUpdates", "accumUpdates": [[8, 3]]}

    [query] = read(log.log_of(*log.begin(), start, files, stage_done, done, log.end(3))).queries

    assert [node.name for node in query.nodes] == ["Sort", "Scan parquet"]
    assert query.edges == ((1, 0),)
    assert (query.nodes[1].rows, query.nodes[1].files) == (12, 3)
    assert "s3a:…/t" in query.nodes[1].text
    assert "pw" not in query.nodes[1].text


# The forms of a log


def packed(*frames: bytes) -> bytes:
    return b"".join(map(zstd.compress, frames))


@pytest.mark.parametrize(
    "parts",
    [
        [packed(SMALL)],
        [packed(SMALL[:900], SMALL[900:])],  # Spark flushes: a frame each time
        [SMALL[: SMALL.index(b"\n", 900) + 1], SMALL[SMALL.index(b"\n", 900) + 1 :]],
        [SMALL.rstrip(b"\n")],
    ],
    ids=["zstd", "several frames", "rolled", "no last newline"],
)
def test_every_form_of_a_log_says_the_same(parts: list[bytes]) -> None:
    assert facts(read(*parts)) == facts(read(SMALL))


@given(cut=st.integers(800, len(SMALL) - 2))
def test_a_log_that_breaks_off_anywhere_tells_what_there_is(cut: int) -> None:
    application = read(SMALL[:cut])

    assert not application.complete
    assert application.totals.tasks <= 5


def test_a_packed_log_that_breaks_off_tells_what_there_is() -> None:
    compressor = zstd.ZstdCompressor()
    half = compressor.compress(SMALL[:3000]) + compressor.flush(compressor.FLUSH_BLOCK)

    application = read(half)

    assert not application.complete
    assert application.totals.tasks > 0


def test_an_application_that_still_runs_is_not_complete() -> None:
    application = read(log.log_of(*log.small()[:-2]))

    assert not application.complete
    assert application.jobs[0].result == "unfinished"


def test_events_of_later_versions_are_passed_over() -> None:
    unknown = {"Event": "org.apache.spark.SparkListenerOfTomorrow", "what": {"ever": [1, 2]}}

    assert facts(read(log.log_of(*log.begin(), unknown, *log.small()[4:]))) == facts(read(SMALL))


def test_a_log_of_spark_2_4_lacks_fields_and_is_read() -> None:
    start, done = log.stage(0, at=1, until=2)
    for event in (start, done):
        del event["Stage Info"]["Accumulables"]
    ended = log.task(0, at=1, until=2)
    del ended["Task Metrics"]["Executor CPU Time"]
    failed = log.task(0, at=1, until=2, reason="ExecutorLostFailure") | {"Task Metrics": None}
    beginning = [event for event in log.begin() if "Environment" not in event["Event"]]

    application = read(log.log_of(*beginning, start, ended, failed, done, log.end(3)))

    assert (application.totals.tasks, application.totals.failed_tasks) == (2, 1)
    assert (application.java_version, application.totals.cpu_seconds) == (None, 0.0)


def test_rolled_files_are_read_by_number_and_a_compacted_one_replaces_those_before() -> None:
    names = [f"events_{n}_app.zstd" for n in (10, 9, 1, 2)]

    assert rolled([*names, "appstatus_app"]) == [f"events_{n}_app.zstd" for n in (1, 2, 9, 10)]
    assert rolled([*names, "events_2_app.zstd.compact"]) == [
        "events_2_app.zstd.compact",
        "events_9_app.zstd",
        "events_10_app.zstd",
    ]


def test_the_folder_of_a_rolling_log_is_read_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "events" / "eventlog_v2_app-1"
    folder.mkdir(parents=True)
    (folder / "appstatus_app-1.inprogress").touch()
    (folder / ".events_1_app-1.crc").write_bytes(b"crc")
    lines = SMALL.splitlines(keepends=True)
    for number in range(12):
        part = b"".join(lines[number : number + 1] if number < 11 else lines[number:])
        (folder / f"events_{number + 1}_app-1.zstd").write_bytes(zstd.compress(part))

    for path in (folder, tmp_path / "events"):
        assert facts(read_event_log(open_event_log(path))) == facts(read(SMALL))


def test_several_logs_have_to_be_chosen_from(tmp_path: Path) -> None:
    for name in ("app-1", "app-2.inprogress"):
        (tmp_path / name).write_bytes(SMALL)

    with pytest.raises(NotAnEventLog, match=r"holds app-1, app-2\.inprogress\. Name the one log"):
        read_event_log(open_event_log(tmp_path))
    with pytest.raises(NotAnEventLog, match="no file or folder"):
        read_event_log(open_event_log(tmp_path / "app-3"))


# What is no log


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"sugar,acidity\n1,2\n", "line 1 holds no event"),
        (b"PAR1\x00\x01\x02", "not a Spark event log"),
        (b'{"a": 1}\n', "line 1 holds no event"),
        (b"[1, 2]\n", "line 1 holds no event"),
        (b"\xff\xfe\x00\n", "line 1 holds no event"),
        (SMALL[:900] + b"\ngarbage\n" + SMALL[900:], "holds no event"),
        (b"LZ4Block\x16....", "lz4.*spark.eventLog.compression.codec=zstd"),
        (b"\x82SNAPPY\x00....", "snappy.*compress=false"),
        (b"ZV\x01....", "lzf"),
        (gzip.compress(SMALL), "gzip. Unpack it first"),
        (b"PK\x03\x04....", "zip. Unpack it first"),
        (zstd.compress(SMALL) + b"no frame", "no whole zstd file"),
        (b'{"Event": ' + b"[" * 200_000 + b"\n", "nested too deeply"),
        (b'{"Event": "SparkListenerLogStart", "x": NaN}\n', "holds no event"),
        (b'{"Event": "SparkListenerTaskEnd"}\n', "TaskEnd is not as Spark writes it"),
    ],
)
def test_what_is_no_event_log_is_refused_with_the_reason(content: bytes, said: str) -> None:
    with pytest.raises(NotAnEventLog, match=said):
        read(content)


@pytest.mark.parametrize("value", [10**30, -1, 1.5, "1", [1], {"a": 1}, True, None])
@pytest.mark.parametrize("field", ["Launch Time", "Finish Time"])
def test_a_time_that_is_none_is_refused(value: object, field: str) -> None:
    event = log.task(0, at=1, until=2)
    event["Task Info"][field] = value

    with pytest.raises(NotAnEventLog, match="TaskEnd is not as Spark writes it"):
        read(log.log_of(*log.begin(), event))


@given(
    name=st.sampled_from([event["Event"] for event in log.small()]),
    junk=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
        max_leaves=6,
    ),
    key=st.sampled_from(["Stage Info", "Task Info", "Timestamp", "Stage IDs", "Executor Info"]),
)
def test_a_changed_event_is_read_or_refused_and_nothing_else(
    name: str, junk: object, key: str
) -> None:
    with contextlib.suppress(NotAnEventLog):  # anything else fails the test
        read(log.log_of(*log.small()[:-1], {"Event": name, key: junk}, log.end(6)))


# Limits


def test_a_log_beyond_the_limit_is_refused() -> None:
    with pytest.raises(NotAnEventLog, match="longer than the 1 MB"):
        read(SMALL + b"\n" * 2**21, limits=Limits(expanded_bytes=2**20))
    with pytest.raises(NotAnEventLog, match="takes longer to read than -1 s"):
        read(SMALL, limits=Limits(seconds=-1))


def test_a_bomb_is_refused_long_before_it_is_unpacked() -> None:
    bomb = zstd.compress(b" " * 2**28)
    assert len(bomb) < 2**16

    with pytest.raises(NotAnEventLog, match="more than 250 times its size"):
        read(bomb)


def test_an_event_that_is_too_long_is_left_out_and_told() -> None:
    lines = SMALL.splitlines(keepends=True)
    long = b'{"Event": "SparkListenerJobStart", "x": "' + b"y" * MAX_LINE_BYTES + b'"}\n'

    application = read(b"".join([*lines[:4], long, *lines[4:]]))

    assert application.totals == read(SMALL).totals
    assert application.notes == ("1 events were too long to be read and are left out.",)


def test_a_log_with_more_tasks_than_the_limit_is_refused() -> None:
    with pytest.raises(NotAnEventLog, match="more than the 4 tasks"):
        read(SMALL, limits=Limits(tasks=4))


@pytest.mark.parametrize(
    "event",
    [
        log.executor("2"),
        log.job(1, [2] * 50, 1, 2)[0],
        log.stage(2, at=1, until=2, parents=(0,) * 50)[0],
        log.query(1, nodes=log.node("Sort", *[log.node("Scan")] * 9), at=1, until=2)[0],
        log.task(0, at=1, until=2, executor="another"),
    ],
    ids=["executor", "job", "stage", "query", "unknown executor"],
)
def test_what_would_fill_the_memory_is_refused(
    event: log.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.events.tally.MAX_HELD", 70)
    assert read(SMALL).complete

    with pytest.raises(NotAnEventLog, match="than can be kept"):
        read(log.log_of(*log.small(), event))


def test_an_executor_with_absurdly_many_cores_is_refused() -> None:
    with pytest.raises(NotAnEventLog, match="ExecutorAdded is not as Spark writes it"):
        read(log.log_of(*log.begin(cores=10**9)))


def test_very_many_tasks_at_once_are_told_all_the_same() -> None:
    tasks = [log.task(0, at=1 + i / 1000, until=90) for i in range(20_000)]

    application = read(log.log_of(*log.begin(cores=0), *tasks, log.end(91)))

    assert application.totals.tasks == 20_000
    assert len(application.timeline.lanes) == MAX_LANES
    assert application.timeline.left_out == 20_000 - MAX_LANES


def test_nothing_that_hides_in_a_log_is_kept() -> None:
    secrets = {"spark.hadoop.fs.s3a.secret.key": "hush-hush", "spark.app.id": "hush-hush"}
    events = log.begin(host="db7.example.com", properties=secrets) + log.small()[4:]
    events.insert(-1, log.removed("1", "Container on db7.example.com:4040 lost, at 10.1.2.3", at=6))

    said = encode(read(log.log_of(*events))).decode()

    for secret in ("hush-hush", "db7", "10.1.2.3", "10.0.0", "somebody", "/home", "7077"):
        assert secret not in said
    assert "spark://…" in said
    assert "Container on host 1 lost" in said


def many(stages: int, tasks: int) -> bytes:
    """A log of so many stages with so many tasks each, on 8 cores."""
    events = log.begin(cores=8)
    for number in range(stages):
        begun = 1.0 + number * 0.01 * tasks
        start, done = log.stage(number, at=begun, until=begun + 1, tasks=tasks)
        job_start, job_end = log.job(number, [number], begun, begun + 1)
        ended = (
            log.task(number, at=begun + i / 100, until=begun + i / 100 + 0.07) for i in range(tasks)
        )
        events += [job_start, start, *ended, done, job_end]
    return log.log_of(*events, log.end(2 + stages * 0.01 * tasks))


@pytest.mark.parametrize(("stages", "tasks"), [(1, 6_000), (600, 10), (3_000, 1)])
def test_however_long_a_log_is_the_artifact_is_small(stages: int, tasks: int) -> None:
    application = read(many(stages, tasks))

    assert len(encode(application)) < 400_000
    assert (application.stage_count, application.totals.tasks) == (stages, stages * tasks)
    assert len(application.stages) == min(stages, MAX_STAGES)
    assert len(application.timeline.bars) <= MAX_BARS
    drawn = sum(bar.tasks for bar in application.timeline.bars)
    assert drawn + application.timeline.left_out == stages * tasks


def test_of_many_tasks_neighbours_of_a_stage_are_drawn_as_one() -> None:
    timeline = read(many(1, 6_000)).timeline

    assert (timeline.merged, timeline.left_out) == (True, 0)
    assert max(bar.tasks for bar in timeline.bars) > 1


def test_only_the_longest_queries_keep_their_plans() -> None:
    events = log.begin()
    for number in range(3 * MAX_QUERIES):
        events += log.query(number, nodes=log.node("Sort"), at=1, until=2 + number)

    application = read(log.log_of(*events, log.end(99)))

    assert application.query_count == 3 * MAX_QUERIES
    ids = {query.id for query in application.queries}
    assert ids == set(range(2 * MAX_QUERIES, 3 * MAX_QUERIES))


MEMORY = """
import sys
from pathlib import Path
from store.event_log import open_event_log, read_event_log
application = read_event_log(open_event_log(Path(sys.argv[1])))
status = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
print(application.totals.tasks, status["VmHWM"].split()[0])
"""


def test_memory_does_not_follow_the_length_of_the_log(root: Path, tmp_path: Path) -> None:
    filler = {"Accumulables": [{"ID": n, "Name": "x" * 30, "Value": n} for n in range(60)]}
    event = log.task(0, at=1, until=2)
    event["Task Info"] |= filler
    line = json.dumps(event).encode() + b"\n"
    peaks = []
    for megabytes in (5, 40):
        path = tmp_path / f"{megabytes}"
        count = megabytes * 2**20 // len(line)
        path.write_bytes(log.log_of(*log.begin()) + line * count)
        done = subprocess.run(
            [sys.executable, "-c", MEMORY, path], cwd=root, capture_output=True, check=True
        )
        tasks, peak = map(int, done.stdout.split())
        assert tasks == count
        peaks.append(peak / 1024)

    assert peaks[1] < 100
    assert peaks[1] - peaks[0] < 12  # MiB for 35 MB more
