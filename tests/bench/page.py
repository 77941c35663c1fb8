"""A report -> docs/performance.md."""

from collections.abc import Iterator, Sequence

from tests.bench.findings import Finding
from tests.bench.report import Measured, Report

VERDICTS = {True: "yes", False: "**no**", None: ""}
INTRODUCTION = """\
# Performance

Written by `make bench` from [the figures](performance.json) that it measured, and so are the words
"yes" and "no": no figure was typed, and a test holds this page to them.

Times of a busy machine say little, so what is promised is a ratio: both sides are measured in
turn, again and again, in the same minutes, and the medians are compared. *CPU* is the processor
time of all processes of a side, Java and workers among them; *wall* is what a clock shows, and
suffers most from what else runs. The load beside each part says how many processes wanted a
processor meanwhile.
"""
RERUN = """\
## Measure again

```sh
make bench                                            # everything
.venv/bin/python -m tests.bench --only warm           # one part, printed
.venv/bin/python -m tests.bench --quick               # fewer repeats
.venv/bin/python -m tests.bench --only warm --out docs/performance.json --write docs/performance.md
```

The last measures one part again and leaves the others as the file has them. The tables are made
once, in `.cellar/bench` or in the folder that `--data` names: about 0.6 GB.
"""
# Title, and what its rows mean.
PARTS = {
    "warm": (
        "10 M rows, warm",
        "A whole profile of 10 M rows in 13 columns and 3 groups, from Parquet, on `local[2]`, in "
        "a session that has done it before. *Spark's own scan* reads the same columns with "
        "`spark.read.parquet` and drops them (`noop`): the least that Spark itself could take. "
        "DuckDB and Polars compute the same statistics on two threads, each in the fastest way "
        "found (`tests/bench/rivals.py`): DuckDB with `approx_quantile`, Polars with "
        "`approx_quantile` of the method and error that are fastest at the rank error of the "
        "profile, 0.1 %. Both are told the ranges of the histograms, and neither draws a sample; "
        "the profile does both.",
    ),
    "crossover": (
        "From the command to the result, against pandas",
        "`python -m pipeline profile` as one types it: Python, Java and Spark start, the files are "
        "hashed, the artifact is stored. Against it a script with pandas that computes the same "
        "from the same files. Java has its archive of classes, as on every run but the first. Most "
        "of a cold run is start: Java, the session, the imports of the first worker, and code "
        "that Java has not compiled yet; `--engine local` has none of it (see *Without Spark*).",
    ),
    "scale": (
        "From 1 M to 100 M rows",
        "One session a size, warmed with a table of 3 M rows. Memory is what the Python driver, "
        "Java and the workers hold together at the worst moment of the first job, sampled five "
        "times a second. Tables beyond 10 M rows are the files of the one of 10 M under several "
        "names: each is opened, read and decoded, but the disk is asked once. A slope below 1 "
        "means that large tables cost less a row than small ones. What every job takes, whatever "
        "its size, is measured and taken off first.",
    ),
    "s3": (
        "From S3",
        "The same rows from a server that speaks S3 on this machine (moto, over loopback) and from "
        "a folder. The time of the server's own process is not counted, what it takes to talk to "
        "it is.",
    ),
    "local": (
        "Without Spark",
        "`--engine local` runs the same tasks in two processes of this machine, for tables that "
        "need no cluster. *Warm* is inside a program that runs already; *cold* is from the command "
        "to the artifact.",
    ),
    "hardware": (
        "Intervals of the hardware page",
        "A simulation, so the machine does not matter: a GPU that is three times as fast, five "
        "repeats on each side, noise that only ever makes a run slower or that is skewed to that "
        "side. Crossovers are those of GPUs that follow a power of the rows, and of GPUs with a "
        "fixed overhead and a time for each row (`tests/hardware_simulation.py`).",
    ),
    "startup": (
        "Start of Spark",
        "From the start of Python to the first task done, against "
        "`SparkSession.builder.getOrCreate()` in the same environment.",
    ),
    "wine": ("The wine example", "The job on its 178 rows, from the command to the artifact."),
    "prediction": (
        "A prediction in process",
        "The model as the web half walks it, over plain data, against scikit-learn.",
    ),
    "opening": (
        "Opening a model",
        "A new process that reads the file as data, builds the estimator, asks it the golden rows "
        "and proves its flat form; most of it is importing scikit-learn.",
    ),
    "requests": (
        "A prediction over HTTP",
        "`POST /predict` with 13 numbers, against an application of ten lines of plain WSGI that "
        "says hello, under the same server with the same settings. wrk asks over loopback and "
        "shares the processors with them. CPU is that of all processes of a server. Predictions "
        "are not kept; what that adds is told under *What the prediction log costs*.",
    ),
    "peers": (
        "Against other servers",
        "The same scikit-learn model, each server's own quick start (`tests/bench/quickstarts`), "
        "two workers where it has workers, all idle but the one that is asked. Most of the lead "
        "is the model as plain data (see *A prediction in process*); the rest is the server and "
        "the front before Flask.",
    ),
    "batch": (
        "A table over HTTP",
        "The time of ours has parsing, answering and the way over loopback in it.",
    ),
    "log": (
        "What the prediction log costs",
        "`POST /predict` with 13 numbers, asked of a server that keeps predictions and of one with "
        "`LOG_PREDICTIONS=off`. The promise is of what a client waits for: the thread that answers "
        "and puts the prediction into the journal, measured by itself. CPU *until it is kept* is "
        "that of all threads of a server that answers as fast as it can, until the last prediction "
        "is in the database, divided by the requests; it is not within 5 % of a request, as a bare "
        "INSERT of the same rows into SQLite, without journal and tallies, is not either. "
        "Then a thousand a second for a minute, each of which is looked for in the database.",
    ),
    "log-database": (
        "The prediction log",
        "A million predictions of 60 days by two versions of the model, 2 % with feedback, written "
        "as the server writes them and asked as page Monitor asks, of all sources and of one, "
        "whichever is slower: a window's summary is all its tallies and all that was said of its "
        "answers, read and made into objects. What a row "
        "takes is measured on the last tenth, a prediction a millisecond. PostgreSQL is a server "
        "of its own on this machine that waits for its disk; its CPU is not the writer's.",
    ),
    "memory": (
        "Memory of the web half",
        "Ten seconds after four visitors saw every page, with the packages of a host "
        "(requirements.txt) and none of a developer's. The proportional set size counts what "
        "processes share once in their sum; the share of the process that they were forked from, "
        "which answers nothing, is told beside.",
    ),
    "web": (
        "The Predict page in a browser",
        "Debian's Chromium, headless, in front of the server of the Procfile and the committed "
        "release; *4 x slower* is Chromium's own throttle of the page's main thread. A slider is "
        "dragged over 120 values, an event a frame; its answer stands in the page when the last "
        "probability and the number of the slider are written, all of its page when the event's "
        "handler is done, by a clock with steps of 5 µs (the document is isolated from other "
        "origins for that). Nothing is warmed up. *Painted* ends with the first task after the "
        "event's frame. An answer counts as shown where it is scikit-learn's for that value, bit "
        "for bit, before the frame is painted; explanation and curves where they are those that "
        "the page shows at rest, and add up to the answer. *With every card in sight* is a "
        "window 4,000 pixels high: others paint only what is seen. *Usable* is from the start of "
        "navigation, with an empty cache, until an input that a script moves in the first frame "
        "that has it has changed the shown answer. The peers are their own quick starts "
        "(`tests/bench/quickstarts`) with the same scikit-learn model and features on this "
        "machine, visited in turn with ours: Gradio with sliders and `live=True`, "
        "explainerdashboard with its what-if page alone. Bytes are those that Chromium received, "
        "headers too. The heap is JavaScript's after a collection, on Predict at rest, from when "
        "each slider was dragged once on: by then Chromium has compiled most of the scripts, and "
        "machine code is in the heap too.",
    ),
    "drift": (
        "Drift: false alarms, and shifts found",
        "Wines drawn from one population in the likeness of the wine table: 13 correlated, "
        "rounded features and the answer. Each stream has a reference of its own, 178 such rows, "
        "and the test is looked at after every prediction (`docs/drift.md`). A shift is half a "
        "standard deviation of the feature over all cultivars; of the features that move together "
        "every other one moves down. The median of one feature is over all 13 of them, and the "
        "slowest is the feature with the longest median of its own.",
    ),
    "start": (
        "Start of the web half",
        "Until the first answer, against an empty Dash application on the same server.",
    ),
}


def text(report: Report) -> str:
    """The page, with the parts that were measured."""
    known = [(name, report.parts[name]) for name in PARTS if name in report.parts]
    lines = [INTRODUCTION]
    lines += _missed(known)
    for name, measured in known:
        title, meaning = PARTS[name]
        lines += [f"## {title}\n", f"{meaning}\n", *_table(measured.findings), _note(measured)]
    return "\n".join([*lines, RERUN])


def _missed(known: list[tuple[str, Measured]]) -> Iterator[str]:
    findings = [finding for _, measured in known for finding in measured.findings]
    promised = [finding for finding in findings if finding.met is not None]
    missed = [finding for finding in promised if not finding.met]
    yield f"Of {len(promised)} promises, {len(promised) - len(missed)} are kept.\n"
    if missed:
        yield "Not kept:\n"
        yield from (
            f"* {finding.what}: {_plain(finding.measured)}; promised is {finding.target}."
            for finding in missed
        )
        yield ""


def _table(findings: Sequence[Finding]) -> Iterator[str]:
    yield "| | measured | promised | kept |"
    yield "|---|---|---|---|"
    for finding in findings:
        cells = finding.what, _plain(finding.measured), finding.target, VERDICTS[finding.met]
        yield "| " + " | ".join(cells) + " |"
    yield ""


def _plain(measured: str) -> str:
    """Spaces that align a table in a terminal do not in a page."""
    return " ".join(measured.replace("cpu_s", "CPU s").split())


def _note(measured: Measured) -> str:
    before, after = measured.load
    quick = ", with few repeats" if measured.quick else ""
    return (
        f"Measured {measured.began}{quick}, load {before:.1f} before and {after:.1f} after, on "
        f"{measured.machine}.\n"
    )
