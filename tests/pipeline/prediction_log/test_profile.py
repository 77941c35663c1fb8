"""What a model was asked, profiled as its training rows are, and shown beside them."""

import json
from typing import Any

import numpy as np
import pytest

from dashboard.view import view, words_for
from pipeline.prediction_log.described import asked_descriptor
from store.artifacts import FolderStore
from store.descriptor import Descriptor, ModelSpec, Step, Target
from store.errors import InputError
from store.prediction_log.browsing import Engine
from store.prediction_log.entry import Entry, Source
from store.prediction_log.writing import write
from store.releases import read_pointer, read_profile
from store.schema import QUANTILES, Profile, asked_name, decode
from tests import builders
from tests.pipeline.conftest import Verb
from tests.pipeline.prediction_log.conftest import asked, many


def profiled(verb: Verb, shelf: FolderStore, *words: str) -> Profile:
    """The profile that the verb stores."""
    done = verb("profile", "--log", *words)
    assert done.exit_code == 0, done.output
    key = done.stdout.splitlines()[-1]
    return decode(Profile, shelf.get(key, max_bytes=10**7), name=key)


def values(entries: list[Entry], name: str) -> list[float]:
    return [json.loads(entry.features)[name] for entry in entries]


@pytest.mark.parametrize("engine", ["spark", "local"])
def test_the_profile_of_a_log_is_what_counting_by_hand_gives(
    engine: str, verb: Verb, drinks_live: FolderStore, log: Engine
) -> None:
    entries = many(300)
    write(log, entries)

    found = profiled(verb, drinks_live, "--engine", engine)

    assert (found.name, found.rows, found.group_by) == ("drinks-asked", 300, "kind")
    assert found.rejected.rows == 0
    assert [(group.value, group.label) for group in found.groups] == [("0", "Dry"), ("1", "Sweet")]
    for part, rows in [
        (found.overall, entries),
        *((group, [e for e in entries if e.answer == group.value]) for group in found.groups),
    ]:
        assert part.rows == len(rows)
        for name in ("acidity", "sugar"):
            true, column = np.array(values(rows, name)), part.column(name)
            assert (column.count, column.missing) == (len(rows), 0)
            assert (column.minimum, column.maximum) == (true.min(), true.max())
            assert column.mean == pytest.approx(true.mean(), rel=1e-12)
            assert column.sd == pytest.approx(true.std(ddof=1), rel=1e-12)
            for q in QUANTILES:
                assert column.quantiles[str(q)] == pytest.approx(np.quantile(true, q), rel=1e-12)
            assert column.histogram is not None
            counts, _ = np.histogram(true, bins=column.histogram.edges)
            assert column.histogram.counts == tuple(counts)
    by_source = {group.value: group.rows for group in found.by("prediction_source").groups}
    assert by_source == {"page": 100, "api": 100, "batch": 100}
    [trend] = found.overall.trends
    assert (trend.name, trend.count) == ("prediction_time", 300)


def test_labels_and_units_are_those_of_the_training_rows_and_words_say_what_it_is(
    verb: Verb, drinks_live: FolderStore, log: Engine
) -> None:
    write(log, many(30))

    found = profiled(verb, drinks_live, "--engine", "local")

    said, trained_on = found.descriptor, builders.descriptor()
    assert said.features == trained_on.features
    assert (said.title, said.rows) == ("Drinks, asked about", "rows asked about")
    assert said.target == Target(
        column="kind", label="Predicted: kind", classes={"0": "Dry", "1": "Sweet"}
    )
    assert said.model is None
    assert found.input.uri == "prediction-log"


def test_a_selection_of_the_log_is_profiled(
    verb: Verb, drinks_live: FolderStore, log: Engine
) -> None:
    write(log, [asked(i, i, i, source=Source.PAGE if i < 4 else Source.API) for i in range(10)])

    words = ["--engine", "local", "--source", "page", "--since", "2026-11-01T12:01"]
    found = profiled(verb, drinks_live, *words, "--where", "sugar < 3", "--group-by", "kind")

    assert (found.rows, found.where) == (2, ("sugar < 3",))
    assert found.overall.column("sugar").quantiles["0.5"] == 1.5


def test_explore_has_both_profiles_side_by_side_once_it_is_published(
    verb: Verb, drinks_live: FolderStore, log: Engine
) -> None:
    write(log, many(30))

    profiled(verb, drinks_live, "--engine", "local", "--publish")

    release = read_pointer(drinks_live).release
    profiles = {one.name: read_profile(drinks_live, one) for one in release.profiles}
    assert sorted(profiles) == ["drinks", "drinks-asked"]
    assert [model.name for model in release.models] == ["drinks"]
    shown = view(profiles, release.default, compare="drinks-asked")
    assert shown is not None
    assert shown.compare is profiles["drinks-asked"]
    assert words_for("drinks", "drinks-asked").legend == ("trained on", "asked about")
    # The table still has a name of its own: what its model was asked is no further table.
    assert verb("publish").exit_code == 0


def test_a_log_that_was_asked_nothing_exits_2_and_stores_nothing(
    verb: Verb, drinks_live: FolderStore, log: Engine
) -> None:
    before = drinks_live.keys()

    result = verb("profile", "--log")

    assert result.exit_code == 2
    assert "no answer of a model called drinks; it is empty." in result.stderr
    assert drinks_live.keys() == before


def test_a_model_that_is_not_live_cannot_be_described(
    verb: Verb, drinks_live: FolderStore, log: Engine
) -> None:
    result = verb("profile", "--log", "--model", "beer")

    assert result.exit_code == 2
    assert f"No model called beer is live in {drinks_live.url}. Live: drinks." in result.stderr


@pytest.mark.parametrize(
    "words", [["drinks.csv", "--log"], ["--log", "--name", "mine"], [], ["a.csv", "--since", "1d"]]
)
def test_a_table_and_the_log_are_not_profiled_at_once(words: list[str], verb: Verb) -> None:
    result = verb("profile", *words)

    assert result.exit_code == 2
    assert "--log" in result.stderr


# The descriptor


def described(**changes: Any) -> Descriptor:
    card = builders.model_card(
        features=(
            builders.card_feature("acidity"),
            builders.category_feature("shop", "kiosk", "bar"),
        ),
        golden={"rows": ((1.0, 0.0),), "probabilities": ((0.9, 0.1),)},
        **changes,
    )
    columns = ["acidity", "shop", "kind"]
    return asked_descriptor(builders.descriptor(), card, answer="kind", columns=columns)


def test_categories_stay_categories_and_what_was_not_asked_is_no_column() -> None:
    said = described()

    assert [feature.column for feature in said.features] == ["acidity"]
    assert said.categories == ("shop",)


def test_a_predicted_number_is_compared_under_the_name_of_the_number() -> None:
    tree = Step(estimator="sklearn.tree.DecisionTreeRegressor")
    trained_on = builders.descriptor(target=Target(column="sugar"), model=ModelSpec(steps=(tree,)))
    card = builders.regressor_card(
        features=(builders.card_feature("acidity"),),
        golden={"rows": ((1.0,),), "probabilities": ((2.5,),)},
    )

    said = asked_descriptor(trained_on, card, answer="sugar", columns=["acidity", "sugar"])

    assert (said.kind, said.columns) == ("regressor", ("acidity", "sugar"))


def test_a_model_of_words_alone_is_pointed_to_the_export() -> None:
    card = builders.model_card(
        features=(builders.category_feature("shop", "kiosk", "bar"),),
        golden={"rows": ((0.0,),), "probabilities": ((0.9, 0.1),)},
    )

    with pytest.raises(InputError, match=r"No input of drinks is a number.*export-log"):
        asked_descriptor(builders.descriptor(), card, answer="kind", columns=["shop", "kind"])


def test_a_long_name_still_makes_a_name() -> None:
    assert len(asked_name("x" * 63)) == 63
    assert asked_name("wine") == "wine-asked"
