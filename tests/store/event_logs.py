"""Event logs made by hand: the events that Spark writes, with the fields that are read."""

import json
from typing import Any

Event = dict[str, Any]
ZERO = 1_795_000_000_000  # milliseconds since 1970
SQL = "org.apache.spark.sql.execution.ui."


def log_of(*events: Event) -> bytes:
    """The events as a log file."""
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def begin(
    *, cores: int = 2, host: str = "10.0.0.7", properties: Event | None = None
) -> list[Event]:
    """The first events of an application with one executor."""
    return [
        {"Event": "SparkListenerLogStart", "Spark Version": "4.3.0"},
        executor("1", cores=cores, host=host),
        {
            "Event": "SparkListenerEnvironmentUpdate",
            "JVM Information": {"Java Version": "21.0.8 (Eclipse Adoptium)"},
            "Spark Properties": {"spark.master": "spark://10.0.0.1:7077"} | (properties or {}),
            "System Properties": properties or {},
        },
        {
            "Event": "SparkListenerApplicationStart",
            "App Name": "drinks",
            "App ID": "app-1",
            "Timestamp": ZERO,
            "User": "somebody",
        },
    ]


def end(at: float) -> Event:
    """The last event, ``at`` seconds after the start."""
    return {"Event": "SparkListenerApplicationEnd", "Timestamp": ZERO + int(1000 * at)}


def executor(name: str, *, cores: int = 2, host: str = "10.0.0.7", at: float = 0) -> Event:
    """An executor joins."""
    return {
        "Event": "SparkListenerExecutorAdded",
        "Timestamp": ZERO + int(1000 * at),
        "Executor ID": name,
        "Executor Info": {"Host": host, "Total Cores": cores, "Log Urls": {}},
    }


def removed(name: str, reason: str, *, at: float) -> Event:
    """An executor leaves."""
    return {
        "Event": "SparkListenerExecutorRemoved",
        "Timestamp": ZERO + int(1000 * at),
        "Executor ID": name,
        "Removed Reason": reason,
    }


def job(number: int, stages: list[int], at: float, until: float | None) -> tuple[Event, Event]:
    """A job that starts, and that ends well."""
    start = {
        "Event": "SparkListenerJobStart",
        "Job ID": number,
        "Submission Time": ZERO + int(1000 * at),
        "Stage IDs": stages,
        "Stage Infos": [],
        "Properties": {"spark.job.description": f"Job {number}", "spark.secret": "hush-hush"},
    }
    done = {
        "Event": "SparkListenerJobEnd",
        "Job ID": number,
        "Completion Time": ZERO + int(1000 * (until or at)),
        "Job Result": {"Result": "JobSucceeded"},
    }
    return start, done


def stage(
    number: int,
    *,
    at: float,
    until: float,
    tasks: int = 1,
    parents: tuple[int, ...] = (),
    failure: str | None = None,
    rdd: str = "MapPartitionsRDD",
) -> tuple[Event, Event]:
    """A stage that is submitted, and that completes."""
    info: Event = {
        "Stage ID": number,
        "Stage Attempt ID": 0,
        "Stage Name": f"collect at /home/somebody/work/job.py:{number}",
        "Number of Tasks": tasks,
        "Parent IDs": list(parents),
        "RDD Info": [{"RDD ID": 100 + number, "Name": rdd}],
        "Submission Time": ZERO + int(1000 * at),
        "Accumulables": [],
    }
    done = info | {"Completion Time": ZERO + int(1000 * until)}
    if failure:
        done["Failure Reason"] = failure
    return (
        {"Event": "SparkListenerStageSubmitted", "Stage Info": info, "Properties": {}},
        {"Event": "SparkListenerStageCompleted", "Stage Info": done},
    )


def task(
    stage: int,
    *,
    at: float,
    until: float,
    executor: str = "1",
    reason: str = "Success",
    metrics: Event | None = None,
) -> Event:
    """A task that ended."""
    run = int(1000 * (until - at))
    return {
        "Event": "SparkListenerTaskEnd",
        "Stage ID": stage,
        "Stage Attempt ID": 0,
        "Task End Reason": {"Reason": reason},
        "Task Info": {
            "Launch Time": ZERO + int(1000 * at),
            "Finish Time": ZERO + int(1000 * until),
            "Executor ID": executor,
            "Host": "10.0.0.7",
        },
        "Task Metrics": {"Executor Run Time": run, "Executor CPU Time": run * 10**6}
        | (metrics or {}),
    }


def small() -> list[Event]:
    """Two stages, the second reads the first: 4 tasks of a second, then 1 of two, on 2 cores."""
    job_start, job_end = job(0, [0, 1], 1.0, 5.5)
    first, first_done = stage(0, at=1.0, until=3.0, tasks=4)
    second, second_done = stage(1, at=3.0, until=5.0, tasks=1, parents=(0,))
    written = {"Shuffle Write Metrics": {"Shuffle Bytes Written": 10, "Shuffle Records Written": 1}}
    read = {"Shuffle Read Metrics": {"Remote Bytes Read": 30, "Local Bytes Read": 10}}
    return [
        *begin(),
        job_start,
        first,
        *(task(0, at=1.0 + i // 2, until=2.0 + i // 2, metrics=written) for i in range(4)),
        first_done,
        second,
        task(1, at=3.0, until=5.0, metrics=read),
        second_done,
        job_end,
        end(6.0),
    ]


def query(number: int, *, nodes: Event, at: float, until: float) -> tuple[Event, Event]:
    """A SQL execution with its plan."""
    start = {
        "Event": f"{SQL}SparkListenerSQLExecutionStart",
        "executionId": number,
        "description": "count drinks",
        "time": ZERO + int(1000 * at),
        "sparkPlanInfo": nodes,
    }
    done = {
        "Event": f"{SQL}SparkListenerSQLExecutionEnd",
        "executionId": number,
        "time": ZERO + int(1000 * until),
        "errorMessage": "",
    }
    return start, done


def node(name: str, *children: Event, text: str = "", metrics: Event | None = None) -> Event:
    """An operator; ``metrics`` gives the accumulator of each counter."""
    return {
        "nodeName": name,
        "simpleString": text or name,
        "children": list(children),
        "metrics": [{"name": key, "accumulatorId": id_} for key, id_ in (metrics or {}).items()],
    }
