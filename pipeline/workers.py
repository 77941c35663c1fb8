"""What the driver does for its tasks, the same for a classic session and for Spark Connect."""

import contextlib
import shutil
import sys
import tempfile
import weakref
import zipfile
from collections.abc import Iterator
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from pipeline import REPOSITORY, scratch

PACKAGES = ("pipeline", "store")  # what tasks import
ZIP = "cellar-lab.zip"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first that a zip can say


def is_remote(spark: SparkSession) -> bool:
    """Whether a session is Spark Connect's, which has no Spark context."""
    return type(spark).__module__.startswith("pyspark.sql.connect")


def ship(spark: SparkSession) -> None:
    """Make this program importable in the tasks of a session.

    Nothing is sent where the workers find it anyway: with a local master, which imports it from
    here, and where the program itself came as a zip, by ``spark-submit --py-files``.
    """
    if REPOSITORY.is_file():
        return
    if not is_remote(spark):
        path = spark.sparkContext.environment.get("PYTHONPATH", "")
        if str(REPOSITORY) in path.split(":"):
            return
    folder = tempfile.mkdtemp(prefix=scratch.prefix("cellar-lab-zip"))
    # Executors fetch it when they start, and those that replace a lost one start at any time.
    weakref.finalize(spark, shutil.rmtree, folder, ignore_errors=True)
    file = str(pack(Path(folder) / ZIP))
    if is_remote(spark):
        spark.addArtifacts(file, pyfile=True)
    else:
        spark.sparkContext.addPyFile(file)


def pack(file: Path) -> Path:
    """Write what tasks import as one zip, for ``--py-files``; the same bytes for the same code."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for package in PACKAGES:
            for source in sorted((REPOSITORY / package).rglob("*.py")):
                entry = zipfile.ZipInfo(source.relative_to(REPOSITORY).as_posix(), LONG_AGO)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, source.read_bytes(), zipfile.ZIP_DEFLATED)
    return file


@contextlib.contextmanager
def described(spark: SparkSession, text: str) -> Iterator[None]:
    """Call the jobs of the block so wherever Spark shows them; Spark Connect has its own names."""
    if is_remote(spark):
        yield
        return
    context = spark.sparkContext
    context.setJobDescription(text)
    try:
        yield
    finally:
        context.setLocalProperty("spark.job.description", None)  # type: ignore[arg-type]


def parallelism(spark: SparkSession) -> int:
    """How many tasks can run at once, as far as Spark knows by now."""
    if not is_remote(spark):
        return spark.sparkContext.defaultParallelism
    # It says so only by what it does: into as many parts it cuts what nobody else cut.
    parts = spark.range(1 << 20).select(F.spark_partition_id().alias("part"))
    last = parts.agg(F.max("part")).first()
    return int(last[0]) + 1 if last and last[0] is not None else 1


if __name__ == "__main__":
    print(pack(Path(sys.argv[1])))
