"""Figures recomputed in plain Python: equal to the committed profile's, and only from its rows."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

from dashboard.evidence import Evidence, column_of, type7
from store.errors import Unreachable
from store.evidence import Question
from store.schema import InputData, InputFile, Profile, decode
from tests import builders

HEADER = "acidity,sugar,kind\n"
TABLE = "1,1,0\n2,2,0\n3,3,1\n4,4,1\n"


@pytest.fixture(scope="module")
def wine(root: Path) -> Profile:
    [file] = (root / "data" / "artifacts" / "profiles" / "wine").glob("*/profile.json")
    return decode(Profile, file.read_bytes(), name=file.name)


@pytest.fixture
def put(tmp_path: Path):
    """Writes a CSV file and gives the profile that names it, and evidence for its folder."""

    def write(text: str, **changes):
        data = text.encode()
        (tmp_path / "drinks.csv").write_bytes(data)
        return of(data, **changes), Evidence(tmp_path)

    return write


def of(data: bytes, **changes) -> Profile:
    sha256 = hashlib.sha256(data).hexdigest()
    file = InputFile(name="drinks.csv", bytes=len(data), sha256=sha256)
    read = {
        "uri": "drinks.csv",
        "format": "csv",
        "bytes": len(data),
        "sha256": sha256,
        "file_count": 1,
        "files": (file,),
    }
    own = {name: changes.pop(name) for name in list(changes) if name in read}
    return builders.profile(input=InputData(**read | own), **changes)


def test_every_figure_of_the_committed_profile_comes_out_of_its_rows(root: Path, wine: Profile):
    evidence = Evidence(root)
    groups = [(None, None), *(("cultivar", group.value) for group in wine.groups)]

    found = [
        evidence.recompute(wine, Question(column.name, by, value))
        for by, value in groups
        for column in wine.overall.columns
    ]

    assert len(found) == 4 * 13
    assert {(one.rows, one.rejected) for one in found} == {(178, 0)}
    assert [check for one in found for check in one.checks if not check.agrees] == []


def test_a_figure_that_was_tampered_with_is_found(root: Path, wine: Profile):
    column = wine.overall.columns[0]
    wrong = column.model_copy(update={"mean": column.mean * (1 + 1e-6)})
    columns = (wrong, *wine.overall.columns[1:])
    overall = wine.overall.model_copy(update={"columns": columns})

    found = Evidence(root).recompute(
        wine.model_copy(update={"overall": overall, "run_id": "x"}), Question("alcohol")
    )

    assert [check.name for check in found.checks if not check.agrees] == ["Mean"]
    assert not found.agrees


def test_a_file_that_changed_is_refused(put):
    profile, evidence = put(HEADER + TABLE)
    question = Question("sugar")
    assert evidence.recompute(profile, question).agrees

    put(HEADER + TABLE.replace("4,4", "4,5"))

    with pytest.raises(Unreachable, match="changed since"):
        evidence.recompute(profile, question)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"format": "parquet"}, "only CSV"),
        ({"uri": "s3://bucket/drinks.csv"}, "not on this server"),
        ({"uri": "/etc"}, "not on this server"),
        ({"uri": "../.."}, "not on this server"),
        ({"bytes": 2**40}, "at most 8"),
        ({"file_count": 2_000}, "not hashed"),
    ],
)
def test_rows_that_are_elsewhere_are_not_looked_for(put, changes, why):
    profile, evidence = put(HEADER + TABLE, **changes)

    with pytest.raises(Unreachable, match=why):
        evidence.recompute(profile, Question("sugar"))


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path):
    secret = tmp_path / "secret.csv"
    secret.write_text(HEADER + TABLE)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "drinks.csv").symlink_to(secret)

    with pytest.raises(Unreachable, match="not on this server"):
        Evidence(inside).recompute(of(secret.read_bytes()), Question("sugar"))


def test_rows_are_kept_out_by_the_rules_of_the_job(put):
    odd = "9,9\nx,9,0\n9,inf,0\n9,9,\n9,9,7\n9,1_0,0\n"
    profile, evidence = put(HEADER + TABLE + odd + '"",NaN,0\n\n')

    found = evidence.recompute(profile, Question("sugar"))

    counts = {check.name: check.recomputed for check in found.checks}
    assert (found.rows, found.rejected) == (5, 6)
    assert (counts["Rows with a value"], counts["Missing"]) == (4, 1)


def test_categories_and_dates_are_counted_too(put):
    rows = "acidity,sugar,kind,colour,day\n1,1,0,red,2024-01-03\n2,2,0,,\n3,3,1,red,2024-03-31\n"
    parts = builders.section(
        categories=(builders.category("colour", {"red": 1}, missing=1),),
        trends=(builders.trend("day", {"2024-01-01": 1, "2024-03-01": 1}),),
    )
    described = builders.descriptor(categories=("colour",), dates=("day",))
    profile, evidence = put(rows, overall=parts, descriptor=described)

    colour = evidence.recompute(profile, Question("colour"))
    day = evidence.recompute(profile, Question("day"))

    wrong = {check.name: check.recomputed for check in colour.checks if not check.agrees}
    assert wrong == {"Rows with a value": 2, "red": 2}
    assert {check.name for check in day.checks if not check.agrees} == {"Missing"}


def test_only_the_last_answers_are_kept(put):
    profile, evidence = put(HEADER + TABLE)

    for number in range(200):
        other = profile.model_copy(update={"run_id": str(number)})
        evidence.recompute(other, Question("sugar"))

    assert len(evidence._kept) <= 64


@pytest.mark.parametrize(
    "question",
    [Question("nope"), Question("sugar", "kind", "9"), Question("sugar", "x", "0")],
)
def test_what_the_profile_does_not_have_is_a_key_error(put, question):
    profile, evidence = put(HEADER + TABLE)

    with pytest.raises(KeyError):
        evidence.recompute(profile, question)


FLOATS = st.lists(st.floats(-1e9, 1e9), min_size=3, max_size=60)


@given(FLOATS, st.floats(0, 1))
def test_quantiles_lie_where_numpy_has_them(values, share):
    known = sorted(values)

    assert type7(known, share) == pytest.approx(float(np.quantile(known, share)), abs=1e-5)


@given(st.lists(st.integers(-1000, 1000), min_size=3, max_size=60, unique=True))
def test_moments_are_those_of_scipy(values):
    found = column_of("x", [float(value) for value in values], None)

    assert found.mean == pytest.approx(sum(values) / len(values))
    assert found.sd == pytest.approx(stats.tstd(values))
    assert found.skewness == pytest.approx(stats.skew(values), abs=1e-9)


def test_sums_that_no_float_can_hold_have_no_mean():
    found = column_of("x", [1e308, 1e308, -5.0], None)

    assert (found.count, found.mean, found.sd, found.maximum) == (3, None, None, 1e308)
