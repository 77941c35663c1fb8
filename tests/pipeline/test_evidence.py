"""The verb ``evidence``: figures of a profile from its input by pandas, and what it refuses."""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from pipeline.__main__ import cli
from pipeline.evidence import recompute
from store.artifacts import FolderStore
from store.errors import DataError, InputError
from store.evidence import Question
from store.releases import profile_key
from store.schema import Profile, decode, encode
from tests import builders

TABLE = """acidity,sugar,kind,colour,day
1,1,0,red,2024-01-03
2,2,0,red,2024-01-31
3,3,1,white,2024-03-01
4,4,1,,
x,9,1,red,2024-03-01
9,inf,1,red,2024-03-01
9,9,,red,2024-03-01
9,9,7,red,2024-03-01
9,9,1,red,soon
9,9
"""


@pytest.fixture(scope="module")
def wine(root: Path) -> Profile:
    [file] = (root / "data" / "artifacts" / "profiles" / "wine").glob("*/profile.json")
    return decode(Profile, file.read_bytes(), name=file.name)


@pytest.fixture
def drinks(tmp_path: Path) -> tuple[Profile, Path]:
    """A CSV table with rows to keep out, and its profile."""
    file = tmp_path / "drinks.csv"
    file.write_text(TABLE)
    return profile_of(file), file


def profile_of(file: Path, **changes) -> Profile:
    own = hashlib.sha256(file.read_bytes()).hexdigest()
    listing = hashlib.sha256(f"{own}  {file.name}\n".encode()).hexdigest()
    overall = builders.section(
        categories=(builders.category("colour", {"red": 2, "white": 1}, missing=1),),
        trends=(builders.trend("day", {"2024-01-01": 2, "2024-03-01": 1}, missing=1),),
    )
    said = {
        "descriptor": builders.descriptor(categories=("colour",), dates=("day",)),
        "overall": overall,
        "input": builders.profile().input.model_copy(
            update={"uri": file.name, "sha256": listing, "bytes": file.stat().st_size}
        ),
    }
    return builders.profile(**said | changes)


def test_every_figure_of_the_committed_profile_agrees(wine: Profile):
    groups = [(None, None), *(("cultivar", group.value) for group in wine.groups)]

    found = [
        recompute(wine, Question(column.name, by, value))
        for by, value in groups
        for column in wine.overall.columns
    ]

    assert len(found) == 4 * 13
    assert [check for one in found for check in one.checks if not check.agrees] == []


@pytest.mark.parametrize("column", ["acidity", "sugar", "colour", "day"])
def test_rows_are_kept_out_by_the_rules_of_the_job(drinks, column: str):
    profile, file = drinks

    found = recompute(profile, Question(column), str(file))

    assert (found.rows, found.rejected) == (4, 6)
    assert [check for check in found.checks if not check.agrees] == []


def test_parquet_is_read_as_well(tmp_path: Path):
    file = tmp_path / "drinks.parquet"
    table = pa.table(
        {
            "acidity": [1.0, 2.0, 3.0, 4.0],
            "sugar": [1, 2, 3, 4],
            "kind": pa.array([0.0, 0.0, 1.0, 1.0]),
            "colour": pa.array(["red", "red", "white", None]).dictionary_encode(),
            "day": pa.array([19725, 19753, 19783, None], pa.date32()),
        }
    )
    pq.write_table(table, file)
    profile = profile_of(file)

    found = [recompute(profile, Question(name), str(file)) for name in ("sugar", "colour", "day")]

    assert [check for one in found for check in one.checks if not check.agrees] == []


def test_a_quantile_may_be_off_by_its_rank_error_and_no_more(drinks):
    profile, file = drinks
    column = builders.column("sugar", rank_error=0.1)
    moved = {**column.quantiles, "0.5": 2.7, "0.25": 2.2}
    columns = (builders.column("acidity"), column.model_copy(update={"quantiles": moved}))
    overall = profile.overall.model_copy(update={"columns": columns})

    found = recompute(profile.model_copy(update={"overall": overall}), Question("sugar"), str(file))

    assert [check.name for check in found.checks if not check.agrees] == ["Quantile 25 %"]


def test_another_table_is_refused(drinks):
    profile, file = drinks
    file.write_text(TABLE.replace("4,4", "4,5"))

    with pytest.raises(DataError, match="changed since it was profiled"):
        recompute(profile, Question("sugar"), str(file))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (Question("nope"), "Known: acidity, sugar, colour, day"),
        (Question("sugar", "kind", "9"), "Known: 0, 1"),
        (Question("sugar", "shop", "1"), "not grouped by"),
        (Question("sugar", None, "1"), "--by COLUMN and --group VALUE"),
    ],
)
def test_what_the_profile_does_not_have_is_said(drinks, question: Question, said: str):
    profile, file = drinks

    with pytest.raises(InputError, match=said):
        recompute(profile, question, str(file))


@pytest.mark.parametrize(
    ("factor", "code", "said"),
    [(1.0, 0, "All figures agree."), (1.01, 1, "1 of 15 figures differ.")],
)
def test_the_verb_tells_by_its_exit_code(tmp_path: Path, wine: Profile, factor, code, said):
    column = wine.overall.column("hue")
    other = column.model_copy(update={"sd": (column.sd or 0) * factor})
    columns = tuple(other if c.name == "hue" else c for c in wine.overall.columns)
    overall = wine.overall.model_copy(update={"columns": columns})
    key = profile_key("wine", wine.run_id)
    FolderStore(tmp_path).put_new(key, encode(wine.model_copy(update={"overall": overall})))

    done = CliRunner().invoke(
        cli, ["evidence", key, "--column", "hue", "--artifacts", str(tmp_path)]
    )

    assert done.exit_code == code
    assert said in done.output
