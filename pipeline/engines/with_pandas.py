"""What one would pick instead: pandas. The whole table is in memory, once and a bit."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.engines.question import SHARES, Answer, Column, Matrix, Question, Section


def aggregate(files: Sequence[Path], question: Question) -> Answer:
    """Answer the question from Parquet files."""
    wanted = [*question.columns, question.group_by]
    table = pd.concat([pd.read_parquet(f, columns=wanted) for f in files], ignore_index=True)
    group = _text(table[question.group_by])
    values = table[list(question.columns)].astype("float64")
    values = values.where(np.isfinite(values)).set_axis(range(len(question.columns)), axis=1)
    groups = {
        str(name): section(rows, question)
        for name, rows in values.groupby(group)  # in the order of the names, without null
    }
    return Answer(section(values, question), groups)


def section(values: pd.DataFrame, question: Question) -> Section:
    """The figures of some rows."""
    pivots = np.array(question.pivots)
    distances = values - pivots
    deviations = distances - distances.mean()
    m2, m3 = (deviations**2).mean(), (deviations**3).mean()
    sd, varies = distances.std(), values.min() < values.max()  # the mean of equal values is rounded
    figures = pd.DataFrame(
        {
            "count": values.count(),
            "mean": distances.mean() + pivots,
            "sd": sd.where(varies | sd.isna(), 0.0),
            "minimum": values.min(),
            "maximum": values.max(),
            "skewness": (m3 / m2**1.5).where(varies),
        }
    )
    quantiles = values.quantile(list(SHARES))
    columns = tuple(
        Column(
            count=int(row["count"]),
            missing=len(values) - int(row["count"]),
            mean=_or_none(row["mean"]),
            sd=_or_none(row["sd"]),
            minimum=_or_none(row["minimum"]),
            maximum=_or_none(row["maximum"]),
            skewness=_or_none(row["skewness"]),
            histogram=_histogram(values[j], question.edges[j]),
            quantiles=tuple(map(_or_none, quantiles[j])),
        )
        for j, (_, row) in enumerate(figures.iterrows())
    )
    return Section(
        len(values),
        columns,
        _correlation(distances.loc[:, varies].reindex(columns=distances.columns)),
    )


def _text(groups: "pd.Series[Any]") -> "pd.Series[str]":
    """The groups as text, null where there is none; whole numbers with gaps are read as floats."""
    if pd.api.types.is_float_dtype(groups) and (groups.dropna() % 1 == 0).all():
        groups = groups.astype("Int64")
    text = groups.astype("string")
    return text.where(text != "")


def _histogram(values: "pd.Series[float]", edges: Sequence[float]) -> tuple[int, ...]:
    return tuple(np.histogram(values.dropna(), bins=np.array(edges))[0].tolist())


def _correlation(distances: pd.DataFrame) -> Matrix:
    matrix = distances.corr().to_numpy()
    return tuple(tuple(map(_or_none, row)) for row in matrix)


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
