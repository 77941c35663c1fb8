"""What the job did that made a profile."""

from typing import Any

from dash import html

from dashboard.components.page import card, facts
from dashboard.components.tables import table
from store.quantities import counted
from store.schema import JobRun, Profile

HASHED = {
    "content": "over the names and contents of all files",
    "listing": "over the names, sizes and versions of the files, not their contents",
}


def engine_of(run: JobRun) -> str:
    """The engine in words."""
    spark = f"Spark {run.engine_version}"
    where = f" on Java {run.java_version}, {run.master}" if run.master else ""
    match run.engine:
        case "spark":
            return f"{spark}{where}: its tasks read the files and condense them as arrays"
        case "dataframe":
            return f"{spark}{where}: its own operators"
        case "local":
            return f"arrays in one process, without Spark ({run.engine_version})"


def job_card(profile: Profile, *, details: str) -> html.Section:
    """Input, rows, engine, work, speed; the rows that were kept out.

    ``details`` is the address of what Spark did, or "".
    """
    run, read, described = profile.run, profile.input, profile.descriptor
    reasons = "; ".join(f"{count:,} × {why}" for why, count in profile.rejected.reasons.items())
    files = counted(read.file_count, "file")
    pairs: list[tuple[str, Any]] = [
        ("Table", described.title or described.name),
        ("Source", described.credit or "not stated"),
        ("Input", f"{read.uri} ({read.format}, {files})"),
        ("Size", f"{read.bytes:,} bytes"),
        ("Rows used", f"{profile.rows:,}" + _conditions(profile)),
        ("Rows kept out", f"{profile.rejected.rows:,}" + (f": {reasons}" if reasons else "")),
        ("Engine", engine_of(run)),
        ("Work", _work(run)),
        (
            "Duration",
            f"{run.total_seconds:.1f} s: start {run.start_seconds:.1f}, read "
            f"{run.read_seconds:.1f}, aggregate {run.aggregate_seconds:.1f}",
        ),
        ("Speed", _speed(profile)),
        ("Run", f"{profile.run_id}, {run.started:%d %B %Y %H:%M} UTC"),
        ("Input sha256", html.Code(read.sha256, className="hash")),
        ("Hashed", HASHED[read.hashed]),
    ]
    link = html.A("What Spark did, stage by stage", href=details) if details else None
    return card("What the job did", [facts(pairs), link, _rejected(profile)])


def _conditions(profile: Profile) -> str:
    return f", those with {' and '.join(profile.where)}" if profile.where else ""


def _work(run: JobRun) -> str:
    passes = f"{counted(run.passes, 'pass', 'passes')} over the rows"
    if run.engine == "local":
        return passes
    done = ((run.jobs, "job"), (run.stages, "stage"), (run.tasks, "task"))
    return f"{passes}; {', '.join(counted(count, what) for count, what in done)} in all"


def _speed(profile: Profile) -> str:
    seconds = profile.run.read_seconds + profile.run.aggregate_seconds
    if not seconds:
        return "too short to tell"
    return f"{profile.rows / seconds:,.0f} rows per second, reading and aggregating, start aside"


def _rejected(profile: Profile) -> html.Details | None:
    if not profile.rejected.examples:
        return None
    rows = [[item.reason, item.text] for item in profile.rejected.examples]
    shown = table(["Reason", "Row as read"], rows, caption="Rows kept out", name="rejected")
    return html.Details(
        [html.Summary(f"The first {len(rows)} rows kept out"), shown], className="as-table"
    )
