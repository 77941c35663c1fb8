"""What Spark did, in words and small figures: the parts of the page that need no chart."""

from collections.abc import Sequence

from dash import html

from dashboard.components.page import attributes, figure_of
from store.application import Application, Finding, PlanNode, Query
from store.quantities import counted, duration, size

LEVELS = {"ok": "Good to know", "caution": "Worth a look", "bad": "Problem"}
FEW = 2  # findings that stand beside something else
MIN_SHARE = 0.004  # of a bar: less than that cannot be seen


def verdict(application: Application) -> html.P:
    """The application in two sentences: what it did, and what more cores would have done."""
    totals, cores = application.totals, application.cores
    alone = application.driver_seconds / application.seconds if application.seconds else 0.0
    best = min((e.seconds for e in application.scaling.estimates), default=application.seconds)
    one = next((e.seconds for e in application.scaling.estimates if e.cores == 1), None)
    words: list[html.B | str] = [
        html.B(application.name),
        f" took {duration(application.seconds)} on {counted(cores, 'core')}: "
        f"{counted(totals.tasks, 'task')} in {counted(application.stage_count, 'stage')}. For "
        f"{100 * alone:.0f} % of that time no job ran. ",
    ]
    if one is not None:
        words.append(
            f"A single core would have taken about {duration(one)}, any number of them no less "
            f"than {duration(min(best, application.scaling.floor_seconds))}."
        )
    return html.P(words, className="verdict")


def key_figures(application: Application) -> html.Div:
    """The figures that people ask for first, with where each comes from."""
    t, app = application.totals, application
    rate, rows = app.rows_per_second, app.rows_read
    who = "counted by the job itself" if app.rows is not None else "counted by Spark"
    gc = t.gc_seconds / t.run_seconds if t.run_seconds else None
    peak = t.peak_heap_bytes or t.peak_execution_bytes
    boxes = [
        ("Duration", duration(app.seconds), f"{duration(app.driver_seconds)} without any job"),
        (
            "Rows per second",
            f"{rate:,.0f}" if rate else "–",
            f"{rows:,} rows, {who}" if rows else "Spark saw no rows: Python reads them itself",
        ),
        (
            "Tasks",
            f"{t.tasks:,}",
            f"{counted(app.job_count, 'job')}, {counted(app.stage_count, 'stage')}, "
            f"{t.failed_tasks:,} failed",
        ),
        (
            "Idle cores",
            f"{100 * app.idle_cores:.0f} %" if app.idle_cores is not None else "–",
            f"of {counted(app.cores, 'core')}, between the first task and the last",
        ),
        (
            "Input",
            size(app.bytes_read) if app.bytes_read is not None else "–",
            f"{size(t.output_bytes)} written",
        ),
        (
            "Shuffle",
            size(t.shuffle_write_bytes),
            f"written, {size(t.shuffle_read_bytes)} read; {size(t.spill_disk_bytes)} spilled",
        ),
        (
            "Tidying memory",
            f"{100 * gc:.1f} %" if gc is not None else "–",
            f"{duration(t.gc_seconds)} of garbage collection",
        ),
        (
            "Peak memory",
            size(peak) if peak else "–",
            ("heap of a JVM" if t.peak_heap_bytes else "of one task, for sorting and joining")
            if peak
            else "no task sorted or joined; the log has no heap",
        ),
    ]
    return html.Div([figure_of(*box) for box in boxes], className="figures")


def spent_bar(parts: Sequence[tuple[str, float, str]]) -> html.Div:
    """A bar of core-seconds and what its pieces are."""
    whole = sum(seconds for _, seconds, _ in parts) or 1.0
    pieces = [
        html.Span(className=f"spent-piece spent-{i}", style={"flexGrow": f"{seconds / whole:.5f}"})
        for i, (_, seconds, _) in enumerate(parts)
        if seconds / whole > MIN_SHARE
    ]
    rows = [
        html.Div(
            [
                html.Dt([html.Span(className=f"spent-mark spent-{i}"), what]),
                html.Dd(
                    [
                        html.B(f"{100 * seconds / whole:.1f} %"),
                        html.Span(f"{duration(seconds)}: {how}"),
                    ]
                ),
            ]
        )
        for i, (what, seconds, how) in enumerate(parts)
    ]
    bar = html.Div(pieces, className="spent-bar", **attributes(aria_hidden="true"))
    return html.Div([bar, html.Dl(rows, className="spent")])


def findings_list(findings: Sequence[Finding]) -> html.Ul:
    """Each finding: how bad, what, how that was measured, and what to do."""
    name = "findings" if len(findings) <= FEW else "findings findings-wide"
    return html.Ul([_finding(finding) for finding in findings], className=name)


def _finding(found: Finding) -> html.Li:
    measured = f"Measured: {_value(found.value, found.unit)}; this rule speaks above "
    if found.rule in {"few-tasks", "small-files"}:
        measured = f"Measured: {_value(found.value, found.unit)}; this rule speaks below "
    parts = [
        html.Div(
            [
                html.Span(LEVELS[found.level], className=f"chip chip-{found.level}"),
                html.H3(found.title),
            ],
            className="finding-head",
        ),
        html.P(found.text),
    ]
    if found.advice:
        parts.append(html.Ul([html.Li(text) for text in found.advice], className="plain-list"))
    if found.rule != "nothing":
        threshold = _value(found.threshold, found.unit)
        parts.append(
            html.P(f"{measured}{threshold}. Source: {found.source}.", className="finding-source")
        )
    return html.Li(parts, className="finding")


def _value(value: float, unit: str) -> str:
    if unit.startswith("share"):
        return f"{100 * value:.3g} % {unit.removeprefix('share ')}"
    if unit.startswith("bytes"):
        return " ".join([size(value), unit.removeprefix("bytes").strip()]).strip()
    return f"{value:,.0f} {unit}"


def plan(query: Query) -> html.Details:
    """The final plan of a query as a tree: each operator above those that feed it."""
    below: dict[int, list[PlanNode]] = {}
    for node in query.nodes:
        below.setdefault(dict(query.edges).get(node.id, -1), []).append(node)

    def branch(parent: int) -> html.Ul | None:
        nodes = below.get(parent)
        if not nodes:
            return None
        return html.Ul([html.Li([*_operator(node), branch(node.id)]) for node in nodes])

    took = duration(query.seconds) if query.seconds is not None else "unfinished"
    title = f"{query.description or f'Query {query.id}'}, {took}"
    title += ", failed" if query.failed else ""
    tree = html.Div(
        branch(-1),
        className="plan table-scroll",
        tabIndex="0",
        role="group",
        **attributes(aria_label=f"Plan of query {query.id}"),
    )
    return html.Details([html.Summary(title), tree], className="as-table")


def _operator(node: PlanNode) -> list[html.Span | html.B]:
    counts = []
    if node.rows is not None:
        counts.append(f"{node.rows:,} rows")
    if node.files is not None:
        counts.append(f"{node.files:,} files")
    if node.bytes:
        counts.append(size(node.bytes))
    return [
        html.B(node.name),
        html.Span(", ".join(counts), className="plan-count"),
        html.Span(node.text.removeprefix(node.name).strip(), className="plan-text"),
    ]
