"""The statistics of a profile's numeric columns as rows, and how exact they are."""

from collections.abc import Sequence

from dashboard.figures.labels import label_of
from dashboard.figures.traces import Row
from store.schema import ColumnProfile, Profile, Section

STATISTICS = (
    "Rows with a value",
    "Missing",
    "Mean",
    "Standard deviation",
    "Minimum",
    "5 %",
    "25 %",
    "Median",
    "75 %",
    "95 %",
    "Maximum",
)


def statistics_rows(
    profile: Profile, section: Section, columns: Sequence[ColumnProfile] | None = None
) -> list[Row]:
    """[column, then ``STATISTICS`` in order], a row per numeric column, or per one of those."""
    shown = section.columns if columns is None else columns
    return [[label_of(profile, column.name), *summary(column)] for column in shown]


def exactness(columns: Sequence[ColumnProfile]) -> str:
    """How good the quantiles of these columns are, as a sentence without its full stop."""
    bound = max((column.rank_error for column in columns), default=0.0)
    if not bound:
        return "Quantiles are exact"
    return f"Quantiles are within {100 * bound:.2g} % of their rank"


def summary(column: ColumnProfile) -> Row:
    """``STATISTICS`` of a column, in order."""
    quantiles = [column.quantiles[q] for q in ("0.05", "0.25", "0.5", "0.75", "0.95")]
    return [
        column.count,
        column.missing,
        column.mean,
        column.sd,
        column.minimum,
        *quantiles,
        column.maximum,
    ]
