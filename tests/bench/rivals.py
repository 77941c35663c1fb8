"""The statistics of a profile as DuckDB, Polars and pandas compute them, each in its own best way.

Per group and over all rows: count, missing, mean, sd, minimum, maximum, skewness, seven quantiles
and a histogram on given edges of each column, and the correlation of all pairs. They are told the
ranges of the columns, which ours finds for itself.

python -m tests.bench.rivals FOLDER FILE   is the script that one would write with pandas
"""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, Literal, NamedTuple

from store.schema import QUANTILES

BINS = 40
THREADS = 2
GROUP = "cultivar"
FEATURES = (
    "alcohol",
    "malic_acid",
    "ash",
    "alcalinity_of_ash",
    "magnesium",
    "total_phenols",
    "flavanoids",
    "nonflavanoid_phenols",
    "proanthocyanins",
    "color_intensity",
    "hue",
    "od280/od315_of_diluted_wines",
    "proline",
)
RANK_ERROR = 0.001  # of a quantile; what the profile promises too

FIGURES = ("count", "missing", "mean", "sd", "minimum", "maximum", "skewness")

Quantiles = Literal["approximate", "exact", "none"]


class Column(NamedTuple):
    """What was found of a column.

    ``figures`` are called as in the profile; some engines correct skewness for small samples.
    ``bins`` has the rows of each bin that has any, by its number.
    """

    figures: dict[str, float]
    quantiles: tuple[float, ...]
    bins: dict[int, int]


class Section(NamedTuple):
    """Of all rows or of a group: its columns, and the correlations of all pairs of them."""

    columns: dict[str, Column]
    correlation: dict[tuple[str, str], float]


Found = dict[int | None, Section]  # by group; None is all rows
Ranges = dict[str, tuple[float, float]]
PAIRS = tuple(combinations(FEATURES, 2))


def ranges_of(folder: Path) -> Ranges:
    """The range of each column, from the footers of Parquet files."""
    import pyarrow.parquet as pq

    found: Ranges = {}
    for file in sorted(folder.glob("*.parquet")):
        metadata = pq.read_metadata(file)
        for group in map(metadata.row_group, range(metadata.num_row_groups)):
            for column in map(group.column, range(group.num_columns)):
                if (name := column.path_in_schema) in FEATURES:
                    told = column.statistics
                    low, high = found.get(name, (told.min, told.max))
                    found[name] = min(low, told.min), max(high, told.max)
    return found


def with_duckdb(folder: Path, ranges: Ranges) -> Found:
    """One query for all but the histograms, and one for these.

    Its quantiles are t-digests. Unpivoting before counting, or its ``histogram``, takes longer.
    """
    import duckdb

    database = duckdb.connect(config={"threads": THREADS, "preserve_insertion_order": False})
    rows = f"read_parquet('{folder}/*.parquet')"
    names = [f'"{name}"' for name in FEATURES]
    shares = list(QUANTILES)
    asked = [
        f"count({c}), count(*) - count({c}), avg({c}), stddev_samp({c}), min({c}), max({c}), "
        f"skewness({c}), approx_quantile({c}, {shares})"
        for c in names
    ]
    asked += [f"corr({a}, {b})" for a, b in combinations(names, 2)]
    sections = database.execute(
        f"SELECT {GROUP}, {', '.join(asked)} FROM {rows} GROUP BY GROUPING SETS (({GROUP}), ())"
    ).fetchall()
    counted = database.execute(
        " UNION ALL ".join(
            f"SELECT {GROUP}, {j}, least({BINS - 1}, floor(({c} - {low!r}) * "
            f"{BINS / (high - low)!r})::INT)::UTINYINT AS bin, count(*) FROM {rows} GROUP BY ALL"
            for j, (c, (low, high)) in enumerate(zip(names, _in_order(ranges), strict=True))
        )
    ).fetchall()
    counts = _counts((group, FEATURES[j], bin_, n) for group, j, bin_, n in counted)
    found = {}
    for label, *values in sections:
        columns, width = {}, len(FIGURES) + 1
        for j, name in enumerate(FEATURES):
            *figures, quantiles = values[j * width : (j + 1) * width]
            told = dict(zip(FIGURES, figures, strict=True))
            columns[name] = Column(told, tuple(quantiles), counts[label, name])
        found[label] = Section(columns, dict(zip(PAIRS, values[-len(PAIRS) :], strict=True)))
    return found


def with_polars(folder: Path, ranges: Ranges, quantiles: Quantiles = "approximate") -> Found:
    """All in one go of its streaming engine, which reads the columns once.

    Correlations are of means of products: faster than ``pl.corr``, and less exact. Its quantiles
    are KLL sketches of the error that the profile promises; by default it takes slower ones. Exact
    ones are fastest over rows that are held in memory.
    """
    import polars as pl

    def quantile(name: str) -> list[Any]:
        column = pl.col(name)
        if quantiles == "none":
            return []
        if quantiles == "exact":
            found = [column.quantile(share, "linear") for share in QUANTILES]
            return [pl.concat_list(found).alias(f"{name} quantiles")]
        sketched = column.approx_quantile(list(QUANTILES), method="kll", error=RANK_ERROR)
        return [sketched.alias(f"{name} quantiles")]

    asked: list[Any] = []
    for name in FEATURES:
        column = pl.col(name)
        asked += [
            column.count().alias(f"{name} count"),
            column.null_count().alias(f"{name} missing"),
            column.mean().alias(f"{name} mean"),
            column.std().alias(f"{name} sd"),
            column.min().alias(f"{name} minimum"),
            column.max().alias(f"{name} maximum"),
            column.skew().alias(f"{name} skewness"),
            *quantile(name),
        ]
    asked += [(pl.col(a) * pl.col(b)).mean().alias(f"{a} {b}") for a, b in PAIRS]
    rows = pl.scan_parquet(f"{folder}/*.parquet")
    if quantiles == "exact":
        rows = rows.collect(engine="streaming").lazy()
    bins = [
        rows.group_by(
            GROUP,
            ((pl.col(name) - low) * (BINS / (high - low)))
            .cast(pl.Int32)
            .clip(0, BINS - 1)
            .alias("bin"),
        ).len()
        for name, (low, high) in zip(FEATURES, _in_order(ranges), strict=True)
    ]
    engine: Any = "auto" if quantiles == "exact" else "streaming"
    plans = [rows.group_by(GROUP).agg(asked), rows.select(asked), *bins]
    grouped, whole, *counted = pl.collect_all(plans, engine=engine)
    counts = _counts(
        (group, name, bin_, n)
        for name, frame in zip(FEATURES, counted, strict=True)
        for group, bin_, n in frame.iter_rows()
    )
    answers = {row[GROUP]: row for row in grouped.iter_rows(named=True)}
    answers[None] = whole.row(0, named=True)
    return {label: _of_polars(row, label, counts) for label, row in answers.items()}


def with_pandas(folder: Path, ranges: Ranges) -> Found:
    """The whole table in memory; quantiles are exact, there are no others."""
    import numpy as np
    import pandas as pd

    files: Any = sorted(folder.glob("*.parquet"))
    table = pd.read_parquet(files, columns=[*FEATURES, GROUP])

    def section(rows: Any) -> Section:
        figures = rows.agg(["mean", "std", "min", "max", "skew"])
        ranks, correlation = rows.quantile(list(QUANTILES)), rows.corr()
        columns = {}
        for name, span in zip(FEATURES, _in_order(ranges), strict=True):
            own = figures[name]
            values = rows[name].to_numpy()
            gaps = np.isnan(values)
            bins = np.histogram(values[~gaps], BINS, span)[0]
            told = (len(values) - gaps.sum(), gaps.sum(), *own)
            columns[name] = Column(
                dict(zip(FIGURES, map(float, told), strict=True)),
                tuple(ranks[name]),
                {j: int(n) for j, n in enumerate(bins) if n},
            )
        return Section(columns, {(a, b): correlation[a][b] for a, b in PAIRS})

    features = list(FEATURES)
    groups: Any = table.groupby(GROUP)
    found: Found = {int(label): section(rows[features]) for label, rows in groups}
    found[None] = section(table[features])
    return found


RIVALS: dict[str, Callable[[Path, Ranges], Found]] = {
    "DuckDB": with_duckdb,
    "Polars": with_polars,
    "Polars, exact quantiles": lambda folder, ranges: with_polars(folder, ranges, "exact"),
    "Polars, no quantiles": lambda folder, ranges: with_polars(folder, ranges, "none"),
}


def _in_order(ranges: Ranges) -> list[tuple[float, float]]:
    return [ranges[name] for name in FEATURES]


def _counts(
    found: Iterable[tuple[int, str, int, int]],
) -> dict[tuple[int | None, str], dict[int, int]]:
    """Rows of each bin by group and column, those of all rows among them; NaN has no bin."""
    counts: dict[tuple[int | None, str], dict[int, int]] = {}
    for group, name, place, rows in found:
        if place is not None:
            counts.setdefault((group, name), {})[place] = rows
            whole = counts.setdefault((None, name), {})
            whole[place] = whole.get(place, 0) + rows
    return counts


def _of_polars(
    row: dict[str, Any], label: int | None, counts: dict[tuple[int | None, str], dict[int, int]]
) -> Section:
    columns = {
        name: Column(
            {figure: row[f"{name} {figure}"] for figure in FIGURES},
            tuple(row.get(f"{name} quantiles", ())),
            counts[label, name],
        )
        for name in FEATURES
    }

    def correlation(a: str, b: str) -> float:
        one, other = columns[a].figures, columns[b].figures
        size = one["count"]
        shared = row[f"{a} {b}"] - one["mean"] * other["mean"]
        return float(shared * size / (size - 1) / (one["sd"] * other["sd"]))

    return Section(columns, {(a, b): correlation(a, b) for a, b in PAIRS})


def main(arguments: Sequence[str]) -> None:
    """Compute all with pandas, and write it as JSON."""
    folder, file = map(Path, arguments)
    found = with_pandas(folder, ranges_of(folder))
    said = {
        str(label): {
            "columns": {name: column._asdict() for name, column in section.columns.items()},
            "correlation": list(section.correlation.values()),
        }
        for label, section in found.items()
    }
    file.write_text(json.dumps(said), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
