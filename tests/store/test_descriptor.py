"""What a person may say about a table, and how a mistake is answered."""

from pathlib import Path

import pytest

from store.descriptor import Descriptor, Feature, Target, read_descriptor
from store.errors import DescriptorError

DRINKS = """
name = "drinks"
row = "drink"
rows = "drinks"
source = "drinks.csv"
categories = ["country"]

[target]
column = "kind"
classes = { 0 = "Dry", 1 = "Sweet" }

[[feature]]
column = "residual_sugar"
label = "Residual sugar"
unit = "g/l"
group = "Taste"
decimals = 1
aliases = ["Residual sugar", "rs"]

[[feature]]
column = "acidity_total"

[[preset]]
label = "A typical sweet one"
kind = "class_median"
of = "1"

[model]
seed = 7

[[model.step]]
estimator = "sklearn.preprocessing.StandardScaler"

[[model.step]]
estimator = "sklearn.linear_model.LogisticRegression"
parameters = { C = 0.5 }
"""


def read(tmp_path: Path, text: str) -> Descriptor:
    path = tmp_path / "drinks.toml"
    path.write_text(text, encoding="utf-8")
    return read_descriptor(path)


def test_everything_that_is_said_is_kept(tmp_path: Path) -> None:
    drinks = read(tmp_path, DRINKS)

    assert (drinks.name, drinks.source, drinks.rows) == ("drinks", "drinks.csv", "drinks")
    assert drinks.columns == ("residual_sugar", "acidity_total")
    assert drinks.feature("residual_sugar").names == ("residual_sugar", "Residual sugar", "rs")
    assert drinks.categories == ("country",)
    assert [preset.of for preset in drinks.presets] == ["1"]
    assert drinks.model is not None
    assert (drinks.model.seed, drinks.model.folds, drinks.model.test_fraction) == (7, 5, 0.25)
    assert [dict(step.parameters) for step in drinks.model.steps] == [{}, {"C": 0.5}]


def test_a_name_and_one_column_are_enough(tmp_path: Path) -> None:
    drinks = read(tmp_path, 'name = "drinks"\n[[feature]]\ncolumn = "sugar"\n')

    assert drinks.columns == ("sugar",)
    assert (drinks.target, drinks.model, drinks.presets) == (None, None, ())


def test_a_column_without_a_label_is_made_readable() -> None:
    assert Feature(column="acidity_total").title == "Acidity total"
    assert Feature(column="ph", label="pH").title == "pH"
    assert Target(column="drink_kind").title == "Drink kind"


@pytest.mark.parametrize(("value", "label"), [(0, "Dry"), ("0", "Dry"), (2, "2"), (None, "None")])
def test_a_class_is_called_what_people_call_it(value: object, label: str) -> None:
    target = Target(column="kind", classes={"0": "Dry", "1": "Sweet"})

    assert target.class_label(value) == label


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('row = "drink"', 'raw = "drink"', "raw: Extra inputs are not permitted"),
        ('unit = "g/l"', 'units = "g/l"', r"feature\.0\.units: Extra inputs"),
        ('name = "drinks"', 'name = "My drinks!"', "name: .*a-z, 0-9"),
        ('name = "drinks"', "", "name: Field required"),
        ("decimals = 1", "decimals = -1", r"feature\.0\.decimals"),
        ("decimals = 1", 'decimals = "one"', r"feature\.0\.decimals"),
        ('"rs"]', '"acidity_total"]', '"acidity_total" names both residual_sugar and acidity'),
        (
            'column = "acidity_total"',
            'column = "kind"',
            '"kind" is the target of a classifier, and a feature',
        ),
        ('of = "1"', "", r'preset\.0: .*"of" names the class'),
        ('kind = "class_median"', 'kind = "median"', r'preset\.0: .*"of" names the class'),
        ('kind = "class_median"', 'kind = "mean"', r"preset\.0\.kind"),
        ('of = "1"', 'of = "1"\nvalues = { x = 1 }', r'preset\.0: .*"values" belongs'),
        ("seed = 7", "test_fraction = 1.0", r"model\.test_fraction: .*less than 1"),
        ("seed = 7", "folds = 1", r"model\.folds"),
        ('estimator = "sklearn.preprocessing.StandardScaler"', "", r"model\.step\.0\.estimator"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, before: str, after: str, says: str) -> None:
    assert DRINKS.count(before) >= 1

    with pytest.raises(DescriptorError, match=f"(?s)drinks.toml does not describe .*{says}"):
        read(tmp_path, DRINKS.replace(before, after))


def test_every_mistake_is_named(tmp_path: Path) -> None:
    wrong = DRINKS.replace('row = "drink"', "row = 1").replace("seed = 7", "seed = 0.5")

    with pytest.raises(DescriptorError, match=r"row: .*; model\.seed: "):
        read(tmp_path, wrong)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_preset_has_finite_values(tmp_path: Path, value: str) -> None:
    preset = f'[[preset]]\nlabel = "x"\nkind = "values"\nvalues = {{ sugar = {value} }}\n'

    with pytest.raises(DescriptorError, match=r"preset\.0\.values\.sugar: .*finite"):
        read(tmp_path, f'name = "drinks"\n[[feature]]\ncolumn = "sugar"\n{preset}')


def test_a_descriptor_without_features_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DescriptorError, match="feature: "):
        read(tmp_path, 'name = "drinks"')


def test_a_model_without_steps_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DescriptorError, match=r"model\.step: "):
        read(tmp_path, 'name = "drinks"\n[[feature]]\ncolumn = "sugar"\n[model]\nstep = []')


@pytest.mark.parametrize("data", [b"name = ", b"\xff\xfe", b"[name"])
def test_what_is_no_toml_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "drinks.toml"
    path.write_bytes(data)

    with pytest.raises(DescriptorError, match=r"drinks\.toml is not a readable TOML file"):
        read_descriptor(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DescriptorError, match=r"no descriptor at .*nowhere"):
        read_descriptor(tmp_path / "nowhere.toml")


def test_a_folder_is_no_descriptor(tmp_path: Path) -> None:
    with pytest.raises(DescriptorError, match="not a readable"):
        read_descriptor(tmp_path)


def test_a_target_among_the_features_is_a_number_and_no_input(tmp_path: Path) -> None:
    table = 'name = "t"\n[[feature]]\ncolumn = "a"\n[[feature]]\ncolumn = "y"\n'
    said = read(tmp_path, f'{table}[target]\ncolumn = "y"\n')

    assert (said.kind, said.inputs, said.columns) == ("regressor", ("a",), ("a", "y"))


@pytest.mark.parametrize(
    "model",
    [
        '[model]\nkind = "regressor"\n[[model.step]]\nestimator = "sklearn.linear_model.Ridge"',
        '[model]\n[[model.step]]\nestimator = "sklearn.tree.DecisionTreeRegressor"',
    ],
)
def test_the_target_of_a_regressor_is_profiled_with_the_features(
    tmp_path: Path, model: str
) -> None:
    table = 'name = "t"\n[[feature]]\ncolumn = "a"\n[target]\ncolumn = "y"\nlabel = "Why"\n'
    said = read(tmp_path, table + model)

    assert (said.kind, said.inputs, said.columns) == ("regressor", ("a",), ("a", "y"))
    assert said.feature("y").title == "Why"


def test_inputs_may_be_categories_and_have_to_be_columns(tmp_path: Path) -> None:
    text = (
        'name = "t"\ncategories = ["c"]\n[[feature]]\ncolumn = "a"\n[target]\ncolumn = "k"\n'
        '[model]\ninputs = ["c", "a"]\n[[model.step]]\nestimator = "sklearn.tree.X"\n'
    )

    assert read(tmp_path, text).inputs == ("c", "a")
    with pytest.raises(DescriptorError, match="inputs name b, no feature and no category"):
        read(tmp_path, text.replace('"c", "a"', '"b"'))
