"""A Spark application that logs its events three ways, and asks Spark what it did.

python tests/pipeline/logged_job.py FOLDER: for each kind it leaves FOLDER/<kind>/log and
FOLDER/<kind>/status.json with what the status API says. One Java serves all three.
"""

import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from pyspark import SparkConf, SparkContext, TaskContext
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from pipeline.java import find_java, home_for_scripts
from store.application import QUANTILES

SETTINGS = {
    "spark.app.name": "logged-job",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.eventLog.enabled": "true",
    "spark.secret.token": "hush-hush",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.shuffle.partitions": "4",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
KINDS = {
    "plain": {"spark.eventLog.compress": "false", "spark.eventLog.rolling.enabled": "false"},
    "zstd": {"spark.eventLog.compress": "true", "spark.eventLog.rolling.enabled": "false"},
    "rolling": {"spark.eventLog.compress": "true", "spark.eventLog.rolling.enabled": "true"},
}


def fails_once(rows: Any) -> Any:
    """A task whose first attempt fails."""
    context = TaskContext.get()
    if context and context.partitionId() == 1 and context.attemptNumber() == 0:
        raise ValueError("the first try")
    return rows


def work(spark: SparkSession, folder: Path) -> None:
    """A write, a join with shuffles, a sort, rows in Python, a task and a job that fail."""
    spark.sparkContext.setJobDescription("Write numbers")
    numbers = spark.range(0, 40_000, 1, 6).withColumn("key", F.col("id") % 7)
    numbers.write.parquet(str(folder / "numbers"))
    spark.sparkContext.setJobDescription("Join and count")
    read = spark.read.parquet(str(folder / "numbers"))
    keys = spark.range(7).withColumnRenamed("id", "key")
    read.join(keys, "key").groupBy("key").agg(F.sum("id")).orderBy("key").collect()
    spark.sparkContext.setJobDescription("")
    rows = spark.sparkContext.parallelize(range(5_000), 4)
    pairs = rows.mapPartitions(fails_once).map(lambda number: (number % 5, number))
    pairs.reduceByKey(lambda a, b: a + b).collect()
    with contextlib.suppress(Exception):
        rows.map(lambda number: 1 // (number - number)).collect()


def status(context: SparkContext) -> dict[str, Any]:
    """The stages and jobs as the status API has them, with the quantiles of their tasks."""
    context._jsc.sc().listenerBus().waitUntilEmpty()
    jvm: Any = context._jvm
    store = context._jsc.sc().statusStore()
    mapper = jvm.com.fasterxml.jackson.databind.ObjectMapper()
    mapper.registerModule(jvm.com.fasterxml.jackson.module.scala.DefaultScalaModule())
    quantiles = context._gateway.new_array(jvm.double, len(QUANTILES))
    for position, quantile in enumerate(QUANTILES):
        quantiles[position] = quantile
    nothing = jvm.java.util.ArrayList()
    stages = store.stageList(nothing, False, True, quantiles, nothing)
    return {
        "stages": json.loads(mapper.writeValueAsString(stages)),
        "jobs": json.loads(mapper.writeValueAsString(store.jobsList(nothing))),
    }


def main(folder: Path) -> None:
    os.environ |= {
        "JAVA_HOME": str(home_for_scripts(find_java())),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    for kind, settings in KINDS.items():
        log = folder / kind / "log"
        log.mkdir(parents=True)
        conf = SparkConf(loadDefaults=False).setMaster("local[2,2]")
        conf.setAll([*SETTINGS.items(), ("spark.eventLog.dir", log.as_uri()), *settings.items()])
        context = SparkContext(conf=conf)
        context.setLogLevel("OFF")
        work(SparkSession(context), folder / kind)
        said = status(context)
        while any(stage["numActiveTasks"] for stage in said["stages"]):  # those of the failed job
            time.sleep(0.05)
            said = status(context)
        context.stop()
        (folder / kind / "status.json").write_text(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
