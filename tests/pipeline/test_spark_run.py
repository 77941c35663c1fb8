"""What Spark says it did."""

from datetime import UTC, datetime

import pytest
from pyspark.sql import SparkSession

from pipeline.frames import collect
from pipeline.job_run import Seconds
from pipeline.spark_run import spark_run

SECONDS = Seconds(start=3.0, read=1.0, aggregate=0.5, total=4.5)


def test_jobs_stages_and_tasks_of_this_run_are_told(spark: SparkSession) -> None:
    collect(spark.range(5), "Before")
    started = datetime.now(UTC)
    numbers = spark.range(0, 1000, 1, 3).selectExpr("id % 2 as odd").groupBy("odd").count()
    collect(numbers, "Count odd and even")

    run = spark_run(spark, "spark", started=started, seconds=SECONDS, passes=1)

    assert (run.jobs, run.stages, run.tasks, run.master) == (1, 2, 7, "local[2]")
    assert run.engine_version == spark.version
    assert run.total_seconds == pytest.approx(4.5)
