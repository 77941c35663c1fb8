"""What Spark ran for a profile, in short, from the status store in the driver."""

import json
from datetime import datetime
from typing import Any

from pyspark.sql import SparkSession

from pipeline.job_run import Engine, Seconds, times
from pipeline.workers import is_remote
from store.schema import JobRun


def spark_run(
    spark: SparkSession, engine: Engine, *, started: datetime, seconds: Seconds, passes: int
) -> JobRun:
    """What Spark ran in this session since ``started``; it remembers its last 1,000 stages."""
    if is_remote(spark):  # Spark Connect says nothing of jobs
        return JobRun(
            engine=engine,
            engine_version=spark.version,
            java_version=None,
            master=None,
            application_id=None,
            **times(started, seconds),
            passes=passes,
            jobs=0,
            stages=0,
            tasks=0,
        )
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
        engine=engine,
        engine_version=spark.version,
        java_version=jvm.java.lang.System.getProperty("java.version"),
        master=context.master,
        application_id=context.applicationId,
        **times(started, seconds),
        passes=passes,
        jobs=len(jobs),
        stages=len(stages),
        tasks=sum(stage["numCompleteTasks"] for stage in stages),
    )
