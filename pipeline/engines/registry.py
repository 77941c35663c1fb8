"""The engines: what each is, reads, covers and needs. Nothing heavy is imported here."""

import importlib
import importlib.util
from importlib import metadata
from typing import Literal, NamedTuple, cast

from pipeline.engines.question import Aggregate

Format = Literal["csv", "parquet"]
Kind = Literal["sequential", "parallel", "distributed", "library"]

CORE = "count, missing, mean, sd, minimum, maximum, skewness, histogram"
ALL = f"{CORE}, exact quantiles, correlation"


class Engine(NamedTuple):
    """An engine.

    ``packages`` are those it needs beside Python, as pip calls them; ``spark`` says that it works
    in a Spark session, whose start is then timed apart.
    """

    name: str
    label: str
    kind: Kind
    format: Format
    covers: str
    packages: tuple[str, ...] = ()
    spark: bool = False
    module: str = ""

    def aggregate(self) -> Aggregate:
        """Import the engine. Raises ModuleNotFoundError where a package is missing."""
        module = importlib.import_module(f"pipeline.engines.{self.module or self.name}")
        return cast(Aggregate, module.aggregate)

    def missing(self) -> list[str]:
        """The packages that are not installed."""
        return [name for name in self.packages if importlib.util.find_spec(name) is None]

    def versions(self) -> dict[str, str]:
        """The versions of the packages that are installed."""
        here = [name for name in self.packages if name not in self.missing()]
        return {name: metadata.version(name) for name in here}


ENGINES = (
    Engine("sequential", "Sequential Python", "sequential", "csv", CORE),
    Engine("parallel", "Parallel Python", "parallel", "csv", CORE),
    Engine(
        "streaming", "MapReduce scripts", "parallel", "csv", CORE,
        module="with_streaming",
    ),
    Engine("rdd", "Spark RDD", "distributed", "csv", CORE, ("pyspark",), spark=True),
    Engine(
        "dataframe", "Spark DataFrame", "distributed", "parquet",
        f"{CORE}, quantiles within 0.1 % of their rank", ("pyspark",), spark=True,
    ),
    Engine(
        "spark", "Spark with arrays", "distributed", "parquet",
        f"{CORE}, quantiles exact or within 0.1 % of their rank, correlation",
        ("pyspark", "numpy", "pyarrow"), spark=True,
    ),
    Engine(
        "kernel", "NumPy arrays", "library", "parquet",
        f"{CORE}, quantiles exact or within 0.1 % of their rank, correlation",
        ("numpy", "pyarrow"),
    ),
    Engine(
        "pandas", "pandas", "library", "parquet", ALL, ("pandas", "pyarrow"),
        module="with_pandas",
    ),
    Engine("polars", "Polars", "library", "parquet", ALL, ("polars",), module="with_polars"),
    Engine("duckdb", "DuckDB", "library", "parquet", ALL, ("duckdb",), module="with_duckdb"),
)  # fmt: skip
BY_NAME = {engine.name: engine for engine in ENGINES}
