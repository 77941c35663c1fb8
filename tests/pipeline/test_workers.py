"""What reaches the tasks."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from pyspark.sql import SparkSession

from pipeline.workers import PACKAGES, described, is_remote, pack, parallelism


def test_the_zip_is_all_that_tasks_import_and_the_same_each_time(
    root: Path, tmp_path: Path
) -> None:
    first, second = pack(tmp_path / "a.zip"), pack(tmp_path / "b.zip")

    assert first.read_bytes() == second.read_bytes()
    with ZipFile(first) as file:
        assert {name.split("/")[0] for name in file.namelist()} == set(PACKAGES)
    code = "import pipeline.tasks, store.schema; print(pipeline.tasks.__file__)"
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(first)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.startswith(str(first))


def test_a_job_is_called_what_it_does_while_it_does_it(spark: SparkSession) -> None:
    def name() -> str | None:
        return spark.sparkContext.getLocalProperty("spark.job.description")

    with described(spark, "Count the bottles"):
        assert name() == "Count the bottles"

    assert name() is None
    assert parallelism(spark) == 2
    assert not is_remote(spark)
