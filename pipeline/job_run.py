"""What Spark did: its jobs, stages and tasks, from the status store in the driver."""

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pyspark.sql import SparkSession

from store.schema import JobRun


class Seconds(NamedTuple):
    """Wall time of the parts of a job."""

    start: float
    read: float
    aggregate: float
    total: float


def job_run(spark: SparkSession, *, started: datetime, seconds: Seconds) -> JobRun:
    """What Spark ran in this session since ``started``; it remembers its last 1,000 stages."""
    context = spark.sparkContext
    jvm: Any = context._jvm  # no public way leads to the status store
    store = context._jsc.sc().statusStore()
    mapper = jvm.com.fasterxml.jackson.databind.ObjectMapper()
    mapper.registerModule(jvm.com.fasterxml.jackson.module.scala.DefaultScalaModule())

    def ask(answer: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(mapper.writeValueAsString(answer))
        return found

    since = started.timestamp() * 1e3
    nothing = jvm.java.util.ArrayList()
    no_quantiles = context._gateway.new_array(jvm.double, 0)  # type: ignore[union-attr]
    stages = [
        stage
        for stage in ask(store.stageList(nothing, False, False, no_quantiles, nothing))
        if stage["status"] == "COMPLETE" and stage["submissionTime"] >= since
    ]
    jobs = [job for job in ask(store.jobsList(nothing)) if job["submissionTime"] >= since]
    return JobRun(
        engine="dataframe",
        engine_version=spark.version,
        java_version=jvm.java.lang.System.getProperty("java.version"),
        master=context.master,
        application_id=context.applicationId,
        started=started.astimezone(UTC).replace(microsecond=0),
        start_seconds=seconds.start,
        read_seconds=seconds.read,
        aggregate_seconds=seconds.aggregate,
        total_seconds=seconds.total,
        passes=len(stages),
        jobs=len(jobs),
        stages=len(stages),
        tasks=sum(stage["numCompleteTasks"] for stage in stages),
    )
