"""Models that were trained elsewhere, from their file to an answer of the dashboard."""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_wine
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from dashboard.api.prediction import FieldNames
from dashboard.model.loader import open_model
from pipeline.adopt import AdoptedModel, Adoption, adopt
from pipeline.job_run import Way
from pipeline.progress import Steps
from pipeline.trust.measured import MAYBE_SEEN
from store.artifacts import FolderStore
from store.errors import InputError
from store.releases import MAX_MODEL_BYTES, publish, read_pointer
from store.schema import HeldOut, HeldOutRegression
from tests.pipeline.conftest import Verb

WINE_X, WINE_Y = load_wine(return_X_y=True)


def wine_forest() -> RandomForestClassifier:
    """The course's model: fitted on arrays, so that it has no names for its inputs."""
    return RandomForestClassifier(n_estimators=5, max_depth=2, random_state=0).fit(WINE_X, WINE_Y)


def flats() -> pd.DataFrame:
    """Flats with an area, two texts, and a rent that both decide."""
    draw = np.random.default_rng(3)
    area = draw.uniform(20, 120, 80).round(1)
    district = draw.choice(["Harbour", "Hill", "Old Town"], 80)
    rent = 10 * area + np.select([district == "Hill", district == "Harbour"], [50, 200], 0)
    heating = draw.choice(["gas", "heat pump"], 80)
    return pd.DataFrame({"area": area, "district": district, "heating": heating, "rent": rent})


def dumped(model: Any, path: Path) -> str:
    joblib.dump(model, path)
    return str(path)


def taken(order: Adoption, store: Any) -> AdoptedModel:
    return adopt(order, store, Steps(), Way("local"))


@contextmanager
def opened(made: AdoptedModel, store: Any) -> Iterator[Callable[..., list[float]]]:
    """Ask the dashboard: ``ask(area=50.0)`` gives probabilities, or the one number."""
    card = made.card
    predictor = open_model(store.get(card.file.key, max_bytes=MAX_MODEL_BYTES), card)
    try:
        yield lambda **fields: predictor.predict_proba(FieldNames(card).values(fields.items()))
    finally:
        predictor.close()


def answered(made: AdoptedModel, store: Any, **fields: Any) -> list[float]:
    """What the dashboard says to these fields alone."""
    with opened(made, store) as ask:
        return ask(**fields)


def test_a_classifier_from_a_file_answers_as_it_did_where_it_was_trained(
    tmp_path: Path, root: Path, shelf: FolderStore
) -> None:
    forest = wine_forest()
    order = Adoption(dumped(forest, tmp_path / "clf.joblib"), str(root / "data" / "wine.csv"))

    made = taken(order, shelf)

    card = made.card
    row = {feature.name: feature.median for feature in card.features}
    expected = forest.predict_proba(np.array([list(row.values())]))[0]
    assert answered(made, shelf, **row) == expected.tolist()
    assert (card.name, card.kind, card.target) == ("wine", "classifier", "Cultivar")
    assert [known.label for known in card.classes] == ["Barolo", "Grignolino", "Barbera"]
    assert (card.held_out, card.cross_validation, card.seed) == (None, None, None)
    assert isinstance(card.on_given, HeldOut)
    assert card.on_given.accuracy.value == forest.score(WINE_X, WINE_Y)
    assert card.trust is not None
    assert card.trust.notes == (MAYBE_SEEN,)
    assert card.trust.plausibility is not None
    assert card.adopted is not None
    assert card.adopted.source == "clf.joblib"
    assert made.engine == "flat"
    assert card.flat is not None
    assert shelf.get(card.flat.key, max_bytes=MAX_MODEL_BYTES).startswith(b"{")


def test_a_bare_pickle_in_a_public_bucket_is_adopted(
    s3_server: str, s3_url: str, root: Path, shelf: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"{s3_server}/{s3_url.removeprefix('s3://')}/clf.pkl"
    content = pickle.dumps(wine_forest(), protocol=2)
    headers = {"x-amz-acl": "public-read", "Content-Type": "application/octet-stream"}
    with urlopen(Request(address, content, headers, method="PUT")):
        pass
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    order = Adoption(f"{s3_url}/clf.pkl", str(root / "data" / "wine.csv"), name="course")

    made = taken(order, shelf)

    assert made.card.adopted is not None
    assert made.card.adopted.source == order.model
    assert (made.card.adopted.format, made.card.adopted.protocol) == ("pickle", 2)
    assert made.card.adopted.written_with["scikit-learn"]
    assert publish(shelf, made.profile.key, made.card_key).default == "course"


def test_a_regressor_is_measured_in_the_unit_of_its_target(
    tmp_path: Path, shelf: FolderStore
) -> None:
    table = load_diabetes(as_frame=True).frame
    model = Ridge().fit(table.drop(columns="target"), table["target"])
    table.to_csv(tmp_path / "diabetes.csv", index=False)
    order = Adoption(
        dumped(model, tmp_path / "m.joblib"), str(tmp_path / "diabetes.csv"), unseen=True
    )

    made = taken(order, shelf)

    card = made.card
    row = dict(table.iloc[7].drop("target"))
    expected = model.predict(table.drop(columns="target").iloc[[7]])[0]
    assert answered(made, shelf, **row) == pytest.approx([expected], rel=1e-12)
    assert (card.kind, card.classes, card.on_given) == ("regressor", (), None)
    assert isinstance(card.held_out, HeldOutRegression)
    expected = model.score(table.drop(columns="target"), table["target"])
    assert card.held_out.r2.value == pytest.approx(expected)
    assert card.held_out.r2.low < expected < card.held_out.r2.high
    assert card.number is not None
    assert card.number.values.maximum == 346.0
    assert card.trust is not None
    assert (card.trust.origin, card.trust.calibration) == ("unseen", None)
    assert card.trust.conformal is not None
    assert card.trust.conformal.coverage[0].rows == len(table)


def test_a_pipeline_with_encoders_takes_texts(tmp_path: Path, shelf: FolderStore) -> None:
    table = flats()
    encoder = (OneHotEncoder(), ["district", "heating"])
    transformer = make_column_transformer(encoder, (StandardScaler(), ["area"]))
    model = make_pipeline(transformer, Ridge())
    model.fit(table[["heating", "area", "district"]], table["rent"])
    table.to_csv(tmp_path / "flats.csv", index=False)
    order = Adoption(dumped(model, tmp_path / "m.joblib"), str(tmp_path / "flats.csv"))

    made = taken(order, shelf)

    row = {"heating": "heat pump", "area": 50.0, "district": "Hill"}
    expected = model.predict(pd.DataFrame([row]))[0]
    with opened(made, shelf) as ask:
        assert ask(**row) == pytest.approx([expected], rel=1e-12)
        with pytest.raises(InputError, match="district: not one of"):
            ask(**row | {"district": "Moon"})
    assert [f.name for f in made.card.features] == ["heating", "area", "district"]
    assert set(made.card.features[2].categories or ()) == {"Harbour", "Hill", "Old Town"}


class Bomb:
    """What a file that means harm asks for; the folder would be there if it ran."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        import os

        return os.mkdir, (str(self.path),)


def test_a_file_that_means_harm_is_refused_and_never_run(
    tmp_path: Path, root: Path, shelf: FolderStore
) -> None:
    path = tmp_path / "clf.pkl"
    path.write_bytes(pickle.dumps(Bomb(tmp_path / "was-run")))

    with pytest.raises(InputError, match=r"^The model is refused\. .*mkdir"):
        taken(Adoption(str(path), str(root / "data" / "wine.csv")), shelf)

    assert not (tmp_path / "was-run").exists()
    assert list(shelf.keys("")) == []


@pytest.mark.parametrize(
    ("model", "options", "text"),
    [
        (StandardScaler().fit(WINE_X), {}, "neither a classifier nor a regressor"),
        (DecisionTreeClassifier(), {}, "was never fitted"),
        (IsolationForest(n_estimators=2).fit(WINE_X), {}, "refused"),
        (
            DecisionTreeClassifier().fit(WINE_X[:, :3], WINE_Y),
            {},
            "takes 3 features and does not name them, and the table has 13 numeric columns",
        ),
        (
            DecisionTreeClassifier().fit(WINE_X[:, :3], WINE_Y),
            {"features": ("ash", "alcohol")},
            "takes 3 features, and --features names 2",
        ),
        (
            DecisionTreeClassifier().fit(WINE_X, WINE_Y + 5),
            {},
            'cultivar has 3 values that the model does not know, such as "0"; it knows 5, 6, 7',
        ),
        (DecisionTreeClassifier().fit(WINE_X, WINE_Y), {"target": "x"}, 'no column "x"'),
        (
            DecisionTreeClassifier().fit(
                pd.DataFrame(WINE_X[:, :2], columns=["alcohol", "fizz"]), WINE_Y
            ),
            {},
            "was fitted on fizz, for which the table has no column",
        ),
    ],
)
def test_what_does_not_fit_is_said_with_what_to_do(
    model: Any, options: dict[str, Any], text: str, tmp_path: Path, root: Path, shelf: FolderStore
) -> None:
    path = dumped(model, tmp_path / "m.joblib")

    with pytest.raises(InputError) as caught:
        taken(Adoption(path, str(root / "data" / "wine.csv"), **options), shelf)

    assert text in str(caught.value)


def test_a_table_without_a_sure_target_asks_for_it(tmp_path: Path, shelf: FolderStore) -> None:
    table = flats()[["rent", "area"]].assign(fee=1.5, deposit=2.5)
    table["note"] = "x"
    table.to_csv(tmp_path / "t.csv", index=False)
    model = Ridge().fit(table[["area"]], table["rent"])

    with pytest.raises(InputError, match=r"Name it with --target COLUMN"):
        taken(Adoption(dumped(model, tmp_path / "m.joblib"), str(tmp_path / "t.csv")), shelf)


def test_inputs_are_found_under_the_aliases_of_a_descriptor(
    tmp_path: Path, root: Path, shelf: FolderStore
) -> None:
    frame = pd.DataFrame(WINE_X[:, :2], columns=["Alcohol", "Malic acid"])
    model = DecisionTreeClassifier(max_depth=2).fit(frame, WINE_Y)
    table = pd.DataFrame({"a": WINE_X[:, 1], "alcohol": WINE_X[:, 0], "kind": WINE_Y})
    table.to_csv(tmp_path / "w.csv", index=False)
    (tmp_path / "w.toml").write_text(
        'name = "w"\n[target]\ncolumn = "kind"\n'
        '[[feature]]\ncolumn = "a"\nunit = "g/l"\naliases = ["Malic acid"]\n'
        '[[feature]]\ncolumn = "alcohol"\naliases = ["Alcohol"]\n'
    )

    made = taken(Adoption(dumped(model, tmp_path / "m.joblib"), str(tmp_path / "w.csv")), shelf)

    assert [(f.name, f.unit) for f in made.card.features] == [
        ("Alcohol", ""),
        ("Malic acid", "g/l"),
    ]
    assert made.card.on_given is not None
    assert made.card.on_given.rows == len(WINE_Y)


def test_the_verb_publishes_what_it_adopts(
    tmp_path: Path, root: Path, verb: Verb, shelf: FolderStore
) -> None:
    path = dumped(wine_forest(), tmp_path / "clf.joblib")

    done = verb("adopt", path, "--data", root / "data" / "wine.csv", "--publish")

    assert done.exit_code == 0, done.output
    released = read_pointer(shelf).release.models[0]
    assert done.output.splitlines()[-1] == released.card.key
    assert "Tells     Cultivar: Barolo, Grignolino, Barbera" in done.output
    assert "178 rows given" in done.output
