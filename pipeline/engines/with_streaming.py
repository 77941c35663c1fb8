"""MapReduce: mapper | sort | reducer, the two scripts that Hadoop Streaming takes, as processes.

On a cluster, with the CSV files in ``table`` and ``question.json`` written by ``question_json``::

    hadoop jar hadoop-streaming.jar \\
        -D mapreduce.job.name=engines -D stream.num.map.output.key.fields=1 \\
        -files mapper.py,reducer.py,question.json \\
        -mapper 'python3 mapper.py' -reducer 'python3 reducer.py' \\
        -input table -output answer

Here the same processes run side by side, one for each split and as many at a time as there are
cores; ``sort`` is the shuffle.
"""

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipeline.engines.question import Answer, Column, Question, Section
from pipeline.engines.splits import Split, split
from store.errors import CellarError

SCRIPTS = Path(__file__).resolve().parent / "streaming"
QUESTION = "question.json"


def aggregate(files: Sequence[Path], question: Question) -> Answer:
    """Answer the question from CSV files with the same columns in the same order.

    Raises:
        CellarError: A script failed; the text is what it said.
    """
    cores = os.cpu_count() or 1
    pieces = split(files, at_least=cores)
    with tempfile.TemporaryDirectory(prefix="streaming-") as name:
        folder = Path(name)
        (folder / QUESTION).write_text(
            question_json(question, pieces[0].header()), encoding="utf-8"
        )
        with ThreadPoolExecutor(cores) as pool:
            list(pool.map(lambda i: _shell(map_command(pieces[i], i), folder), range(len(pieces))))
        reduced = _shell(reduce_command(len(pieces)), folder)
    return read_answer(reduced.splitlines(), question)


def question_json(question: Question, header: Sequence[str]) -> str:
    """What the two scripts are told."""
    return json.dumps({**question._asdict(), "header": list(header)})


def map_command(piece: Split, number: int) -> str:
    """The shell's words for one mapper: it reads a split and writes ``part-N``."""
    read = f"tail -c +{piece.start + 1} {shlex.quote(str(piece.path))} | head -c {_length(piece)}"
    return f"{read} | {_python('mapper.py')} > part-{number}"


def reduce_command(parts: int) -> str:
    """The shell's words for the shuffle and the reducer."""
    mapped = " ".join(f"part-{i}" for i in range(parts))
    return f"set -o pipefail; cat {mapped} | sort | {_python('reducer.py')}"


def read_answer(lines: Iterable[str], question: Question) -> Answer:
    """The answer from the reducer's lines."""
    found: dict[str | None, dict[int, Column]] = {None: {}}
    for line in lines:
        key, value = line.split("\t", 1)
        scope, group, number = json.loads(key)
        figures = json.loads(value)
        column = Column(**figures | {"histogram": tuple(figures["histogram"])})
        found.setdefault(group if scope == "group" else None, {})[number] = column
    overall, *groups = (
        (name, _section([columns[i] for i in range(len(question.columns))]))
        for name, columns in sorted(found.items(), key=lambda item: (item[0] is not None, item[0]))
    )
    return Answer(overall[1], {name: section for name, section in groups if name is not None})


def _section(columns: Sequence[Column]) -> Section:
    return Section(columns[0].count + columns[0].missing, tuple(columns))


def _length(piece: Split) -> int:
    return piece.end - piece.start


def _python(script: str) -> str:
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(SCRIPTS / script))}"


def _shell(command: str, folder: Path) -> str:
    """Run a pipeline of processes in a folder; the C locale sorts by byte, as Hadoop does."""
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "1"}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip() or "nothing").splitlines()[-1]
        raise CellarError(f"The streaming scripts failed (exit code {done.returncode}): {said}")
    return done.stdout
