"""What Spark and its Java are started with, by where Spark runs."""

import re
from zipfile import ZipFile

import pytest
from pyspark import SparkConf

from pipeline import REPOSITORY
from pipeline.driver import MODULE_OPTIONS, jars
from pipeline.spark_settings import (
    LIGHT,
    SERIAL,
    byte_size,
    java_options,
    needs_scripts,
    properties,
)


def conf(**settings: str) -> SparkConf:
    pairs = [(f"spark.driver.{name}", value) for name, value in settings.items()]
    return SparkConf(loadDefaults=False).setAll(pairs)


def test_java_gets_every_option_that_sparks_own_launcher_gives() -> None:
    [launcher] = jars().glob("spark-launcher_*.jar")
    with ZipFile(launcher) as jar:
        names = jar.read("org/apache/spark/launcher/JavaModuleOptions.class")

    # Texts in a class file: a byte 1, two bytes of length, the text.
    texts = re.finditer(rb"\x01(..)(?=-)", names, re.DOTALL)
    ends = [(text.end(), int.from_bytes(text[1])) for text in texts]
    found = {names[start : start + length].decode() for start, length in ends}

    assert found - set(MODULE_OPTIONS) == {"--add-modules=jdk.incubator.vector"}
    assert set(MODULE_OPTIONS) <= found


@pytest.mark.parametrize(
    ("settings", "collector"),
    [
        ({"memory": "4g"}, SERIAL),
        ({"memory": "5g"}, "-XX:+UseG1GC"),
        ({"memory": "1g", "extraJavaOptions": "-XX:+UseZGC -Da='b c'"}, "-XX:+UseZGC"),
    ],
)
def test_one_garbage_collector_is_chosen_by_the_heap_or_by_the_person(
    settings: dict[str, str], collector: str
) -> None:
    chosen, options = java_options(conf(**settings))

    assert chosen == collector
    assert [option for option in options if option.endswith("GC")] == [collector]
    assert options[0] == f"-Xmx{byte_size(settings['memory'])}"


def test_a_java_that_only_hands_out_work_compiles_fast_unless_the_person_says_otherwise() -> None:
    theirs = "-XX:TieredStopAtLevel=4"

    _, options = java_options(conf(extraJavaOptions=theirs), light=True)

    assert options.index(LIGHT) < options.index(theirs)  # Java takes the last
    assert LIGHT not in java_options(conf())[1]


def test_options_of_a_person_are_split_as_in_a_shell() -> None:
    assert "-Da=b c" in java_options(conf(extraJavaOptions="-Da='b c'"))[1]


def test_only_a_spark_of_this_machine_listens_on_loopback() -> None:
    for near in ("local", "local[*]", "spark://127.0.0.1:7077"):
        assert properties(near, {})["spark.driver.host"] == "127.0.0.1"
    for far in ("spark://far:7077", "yarn", "k8s://https://far:443"):
        assert "spark.driver.host" not in properties(far, {})


def test_tasks_compute_on_one_thread_and_may_fail_on_a_cluster() -> None:
    local, far = properties("local[2]", {}), properties("yarn", {"spark.task.maxFailures": "3"})

    assert local["spark.executorEnv.OPENBLAS_NUM_THREADS"] == "1"
    assert local["spark.executorEnv.PYTHONPATH"] == str(REPOSITORY)
    assert "spark.executorEnv.PYTHONPATH" not in far
    assert far["spark.task.maxFailures"] == "3"
    assert properties("yarn", {})["spark.task.maxFailures"] == "8"


def test_sparks_scripts_start_what_only_they_can_start(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SPARK_HOME", "SPARK_CONF_DIR", "PYSPARK_SUBMIT_ARGS", "PYSPARK_GATEWAY_PORT"):
        monkeypatch.delenv(name, raising=False)

    assert not needs_scripts("local[*]", {"spark.sql.shuffle.partitions": "1"})
    assert needs_scripts("local[*]", {"spark.jars.packages": "a:b:1"})
    assert needs_scripts("yarn", {})
    monkeypatch.setenv("SPARK_HOME", "/opt/spark")
    assert needs_scripts("local[*]", {})
