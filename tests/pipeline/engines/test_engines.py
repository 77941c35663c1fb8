"""One law for all engines: the same answer, to 1e-9, on a table with all that is awkward."""

import inspect
import subprocess
import sys
from dataclasses import replace

import pytest

from pipeline.engines import with_streaming
from pipeline.engines.question import BINS, Answer, Question
from pipeline.engines.reference import TOLERANCE, Exact, Kernel, judge
from pipeline.engines.registry import BY_NAME, ENGINES
from pipeline.engines.splits import split
from store.errors import DataError

PLAIN = [engine for engine in ENGINES if not engine.spark]
SPARK = [engine for engine in ENGINES if engine.spark]


@pytest.fixture(scope="session")
def right(odd):
    return Exact(odd.parquet, odd.question)


def named(engines):
    return pytest.mark.parametrize("engine", engines, ids=[engine.name for engine in engines])


def agrees(engine, table, right):
    question = Question.from_json(table.question.to_json())
    answer = engine.aggregate()(table.files(engine.format), question)
    found = judge(answer, right)
    assert (found.fault, found.difference <= TOLERANCE) == ("", True)
    return answer


@named(PLAIN)
def test_an_engine_agrees_with_the_exact_reference(engine, odd, right):
    answer = agrees(engine, odd, right)

    assert list(answer.groups) == sorted(answer.groups)
    assert "quantiles" not in engine.covers or answer.overall.columns[0].quantiles
    assert "correlation" not in engine.covers or answer.overall.correlation


@named(SPARK)
def test_an_engine_on_spark_agrees_with_the_exact_reference(engine, odd, right, spark):
    answer = agrees(engine, odd, right)

    assert "quantiles" not in engine.covers or answer.overall.columns[0].quantiles


@named([engine for engine in ENGINES if engine.name != "spark"])
def test_infinities_are_missing(engine, endless, request):
    if engine.spark:
        request.getfixturevalue("spark")

    answer = agrees(engine, endless, Exact(endless.parquet, endless.question))

    assert answer.overall.columns[0].missing == 66


def test_the_programs_own_spark_job_refuses_infinities(endless, spark):
    with pytest.raises(DataError, match="rows were kept out"):
        BY_NAME["spark"].aggregate()(endless.parquet, endless.question)


@named(PLAIN)
def test_few_values_have_the_figures_that_they_have(engine, keep):
    table = keep({"x": [1.0, 3.0, None, 8.0], "y": [None] * 4}, ["a", "a", "a", "b"])

    answer = engine.aggregate()(table.files(engine.format), table.question)

    x, y = answer.groups["a"].columns
    assert (x.count, x.missing, x.mean, x.minimum, x.maximum) == (2, 1, 2.0, 1.0, 3.0)
    assert (x.sd, x.skewness) == (pytest.approx(2**0.5), pytest.approx(0.0, abs=1e-12))
    assert (y.count, y.missing, y.mean, y.sd, y.skewness) == (0, 3, None, None, None)
    alone = answer.groups["b"].columns[0]
    assert (alone.count, alone.mean, alone.sd, alone.skewness) == (1, 8.0, None, None)
    assert (answer.overall.rows, sum(answer.overall.columns[0].histogram)) == (4, 3)


@named(ENGINES)
def test_every_engine_has_the_same_signature(engine):
    assert list(inspect.signature(engine.aggregate()).parameters) == ["files", "question"]


def test_an_answer_survives_json_to_the_last_bit(odd):
    answer = BY_NAME["kernel"].aggregate()(odd.parquet, odd.question)

    assert Answer.from_json(answer.to_json()) == answer


# The reference itself


def test_the_kernel_as_a_reference_agrees_with_the_exact_one(odd, right):
    kernel = Kernel(odd.parquet, odd.question)

    assert judge(kernel.answer, right).fault == ""
    assert judge(right.answer, kernel).fault == ""


@pytest.mark.parametrize(
    "change",
    [
        {"mean": 3.7 * (1 + 1e-8)},
        {"sd": 1e-12},
        {"skewness": 0.0},
        {"count": 9_999},
        {"histogram": (1,) * BINS},
        {"quantiles": (3.7,) * 6 + (3.8,)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_wrong_figure_is_told_and_where_it_is(change, right):
    columns = list(right.answer.overall.columns)
    columns[2] = replace(columns[2], **change)
    wrong = right.answer._replace(overall=right.answer.overall._replace(columns=tuple(columns)))

    found = judge(wrong, right)

    assert found.fault == f"{next(iter(change))}, column 3 of all rows"
    assert found.difference > TOLERANCE


def test_a_quantile_may_be_off_by_the_stated_error_and_no_more(right):
    def moved(ranks, error):
        first, *others = right.answer.overall.columns
        values = right._sorted[None][0]
        at = [round(p * (len(values) - 1)) for p in (0.01, 0.05, 0.25, 0.5, 0.75, 0.95)]
        last = values[round(0.99 * (len(values) - 1)) - ranks]
        quantiles = (*(float(values[i]) for i in at), float(last))
        first = replace(first, quantiles=quantiles, rank_error=error)
        whole = right.answer.overall._replace(columns=(first, *others))
        return judge(right.answer._replace(overall=whole), right).fault

    assert moved(ranks=8, error=0.001) == ""
    assert moved(ranks=20, error=0.001) == "quantiles, column 1 of all rows"


def test_a_missing_group_is_told(right):
    groups = dict(list(right.answer.groups.items())[1:])

    assert judge(right.answer._replace(groups=groups), right).fault.startswith("groups: ")


# MapReduce, by hand


def test_the_streaming_scripts_work_in_a_plain_shell_pipeline(odd, right, tmp_path):
    header = split(odd.csv, at_least=1)[0].header()
    told = with_streaming.question_json(odd.question, header)
    (tmp_path / "question.json").write_text(told, encoding="utf-8")
    python, scripts = sys.executable, with_streaming.SCRIPTS
    mapped = " ".join(str(file) for file in odd.csv)
    line = f"cat {mapped} | {python} {scripts}/mapper.py | sort | {python} {scripts}/reducer.py"

    environment = {"LC_ALL": "C", "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1"}
    done = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, env=environment, capture_output=True, check=True
    )

    lines = done.stdout.decode("ascii").splitlines()
    answer = with_streaming.read_answer(lines, odd.question)
    assert judge(answer, right).fault == ""


def test_the_streaming_scripts_need_nothing_but_python(tmp_path):
    program = (
        "import ast, sys; "
        "tree = ast.parse(open(sys.argv[1], encoding='utf-8').read()); "
        "names = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]; "
        "names += [n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]; "
        "assert set(names) <= sys.stdlib_module_names, names"
    )
    for script in ("mapper.py", "reducer.py"):
        path = with_streaming.SCRIPTS / script
        subprocess.run([sys.executable, "-I", "-c", program, path], check=True)


def test_splits_are_whole_lines_and_together_the_file(odd):
    pieces = split(odd.csv, at_least=7, split_bytes=50_000)

    text = "".join(line for piece in pieces for line in piece.lines())
    assert text == "".join(file.read_text(encoding="utf-8") for file in odd.csv)
    assert len(pieces) >= 7
    assert all(piece.end - piece.start < 2 * 50_000 for piece in pieces)
