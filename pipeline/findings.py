"""What was found in the rows, as a profile has it: figures -> parts of the artifact."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pipeline.kernel import summary
from pipeline.kernel.calendar import Periods
from pipeline.kernel.plan import MAX_GROUPS
from pipeline.kernel.summary import Summary
from store.descriptor import Descriptor
from store.schema import (
    MAX_INPUT_CATEGORIES,
    MAX_REJECTED_EXAMPLES,
    MAX_TREND_COLUMNS,
    CategoryProfile,
    ColumnProfile,
    Group,
    Grouping,
    Histogram,
    Rejected,
    RejectedRow,
    Sample,
    Section,
    Trend,
    ValueCount,
)

TEXT_LENGTH = 500


class Findings(NamedTuple):
    """The parts of a profile that come out of the rows. ``notes`` say what was left out."""

    rows: int
    rejected: Rejected
    overall: Section
    groups: tuple[Group, ...]
    groupings: tuple[Grouping, ...]
    sample: Sample
    passes: int
    notes: tuple[str, ...]


def findings(
    descriptor: Descriptor,
    groups: Sequence[str],
    summaries: Sequence[Summary | None],
    *,
    rows: int,
    rejected: Rejected,
    passes: int,
) -> Findings:
    """The parts of a profile.

    Args:
        descriptor: Names the columns, and orders the groups: the target's classes in their
            order, further values by value.
        groups: The columns that were grouped by, the one that decides first.
        summaries: The figures by grouping, None for one that has too many values.
        rows: How many rows are usable.
        rejected: The others.
        passes: How often all rows were read.
    """
    first = summaries[0]
    assert first is not None
    further = list(zip(groups[1:], summaries[1:], strict=True))
    overall = Section(**_section(first.overall, descriptor))
    drawn = Sample(
        columns=descriptor.columns, groups=first.sample.groups, values=first.sample.values
    )
    return Findings(
        rows=rows,
        rejected=rejected,
        overall=overall,
        groups=_groups(first, descriptor, groups[0]) if groups else (),
        groupings=tuple(
            grouping(descriptor, name, _groups(s, descriptor, name))
            for name, s in further
            if s is not None
        ),
        sample=with_texts(drawn, first.sample.texts, overall.categories),
        passes=passes,
        notes=tuple(left_out(name) for name, s in further if s is None),
    )


def with_texts(
    sample: Sample, texts: Sequence[Sequence[str | None]], categories: Sequence[CategoryProfile]
) -> Sample:
    """The sample with the categories that a model can take: those of few different values.

    Args:
        sample: Has the numbers.
        texts: Of each row the values of all categories.
        categories: What was found of them.
    """
    few = [j for j, found in enumerate(categories) if found.distinct <= MAX_INPUT_CATEGORIES]
    if not few:
        return sample
    return Sample(
        columns=sample.columns,
        groups=sample.groups,
        values=sample.values,
        categories=tuple(categories[j].name for j in few),
        texts=tuple(tuple(row[j] for j in few) for row in texts),
    )


def rejected_of(reasons: Mapping[str, int], odd: Iterable[tuple[str, str]]) -> Rejected:
    """The rows that were kept out, the most frequent reasons first."""
    examples = (RejectedRow(text=text[:TEXT_LENGTH], reason=reason) for text, reason in odd)
    return Rejected(
        rows=sum(reasons.values()),
        reasons=dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        examples=tuple(examples)[:MAX_REJECTED_EXAMPLES],
    )


def grouping(descriptor: Descriptor, column: str, groups: tuple[Group, ...]) -> Grouping:
    """The groups by a further column, under what people call it."""
    target = descriptor.target
    is_target = target is not None and target.column == column
    label = target.title if target and is_target else column.replace("_", " ").capitalize()
    return Grouping(column=column, label=label, groups=groups)


def left_out(column: str) -> str:
    """What to say of a further column with too many values to group by."""
    return f"{column} has more than {MAX_GROUPS} values, so rows are not grouped by it."


def trend(name: str, found: Periods, columns: Sequence[str]) -> Trend:
    """A column of dates."""
    return Trend(
        name=name,
        count=found.count,
        missing=found.missing,
        minimum=found.minimum,
        maximum=found.maximum,
        step=found.step,
        starts=found.starts,
        counts=found.counts,
        means=dict(zip(columns[:MAX_TREND_COLUMNS], found.means, strict=False)),
    )


def classes(descriptor: Descriptor, group_by: str | None) -> dict[str, str]:
    """The labels of the classes in their order, when rows are grouped by the target."""
    target = descriptor.target
    return dict(target.classes) if target and target.column == group_by else {}


def ordered(values: Iterable[str], known: Mapping[str, str]) -> list[str]:
    """Known classes in their order, then the others by value: 2 before 10, both before "a"."""

    def by_value(value: str) -> tuple[int, float, str]:
        try:
            return 0, float(value), value
        except ValueError:
            return 1, 0.0, value

    found = set(values)
    return [v for v in known if v in found] + sorted(found - set(known), key=by_value)


def _groups(found: Summary, descriptor: Descriptor, column: str) -> tuple[Group, ...]:
    known = classes(descriptor, column)
    by_value = {section.value: section for section in found.groups if section.value is not None}
    return tuple(
        Group(value=value, label=known.get(value, value), **_section(by_value[value], descriptor))
        for value in ordered(by_value, known)
    )


def _section(found: summary.Section, descriptor: Descriptor) -> dict[str, object]:
    return {
        "rows": found.rows,
        "columns": tuple(map(_column, found.columns)),
        "categories": tuple(
            CategoryProfile(
                name=name,
                count=values.count,
                missing=values.missing,
                distinct=values.distinct,
                distinct_error=values.distinct_error,
                top=tuple(ValueCount(value=value, count=count) for value, count in values.top),
                count_error=values.count_error,
            )
            for name, values in zip(descriptor.categories, found.categories, strict=True)
        ),
        "trends": tuple(
            trend(name, periods, descriptor.columns)
            for name, periods in zip(descriptor.dates, found.trends, strict=True)
        ),
        "correlation": found.correlation,
    }


def _column(found: summary.Column) -> ColumnProfile:
    has_values = found.edges is not None and found.counts is not None
    return ColumnProfile(
        name=found.name,
        count=found.count,
        missing=found.missing,
        mean=found.mean,
        sd=found.sd,
        minimum=found.minimum,
        maximum=found.maximum,
        skewness=found.skewness,
        quantiles=found.quantiles,
        rank_error=found.rank_error,
        histogram=Histogram(edges=found.edges, counts=found.counts) if has_values else None,
    )
