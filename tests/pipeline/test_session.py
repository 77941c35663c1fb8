"""How Spark is set up."""

import os
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipeline import session
from pipeline.session import spark_session


def test_spark_listens_to_this_machine_only_and_keeps_utc(spark: SparkSession) -> None:
    conf = spark.sparkContext.getConf()

    assert conf.get("spark.driver.host") == conf.get("spark.driver.bindAddress") == "127.0.0.1"
    assert spark.sparkContext.uiWebUrl is None
    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"
    assert spark.conf.get("spark.sql.catalogImplementation") == "in-memory"


def test_a_session_that_runs_already_is_used_and_left_running(spark: SparkSession) -> None:
    with spark_session("local[1]") as used:
        assert used is spark or used.sparkContext is spark.sparkContext

    assert spark.range(1).collect()


def test_what_java_inherits_is_no_part_of_our_own_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    before = dict(os.environ)

    with session._environment():
        inside = dict(os.environ)

    assert dict(os.environ) == before
    assert inside["SPARK_LOCAL_IP"] == "127.0.0.1"
    assert "JAVA_HOME" in inside


def test_the_text_of_a_failure_is_what_java_said() -> None:
    class FromJava(session.Py4JError):  # type: ignore[misc, name-defined]
        def __str__(self) -> str:
            return (
                "An error occurred while calling o1.collect.\n: java.lang.Error: no memory\n\tat x"
            )

    assert session._said(FromJava()) == "java.lang.Error: no memory"
    assert session._said(ValueError("bad\nmore")) == "bad"


def test_a_spark_that_does_not_start_is_told_with_its_last_words(
    tmp_path: Path,
) -> None:
    log = tmp_path / "spark.log"
    log.write_text("".join(f"line {i}\n" for i in range(50)))

    reason = session._reason(OSError("x"), log)

    assert reason.splitlines()[0] == "Spark did not start (OSError). It wrote:"
    assert reason.splitlines()[1:] == [f"  line {i}" for i in range(35, 50)]
