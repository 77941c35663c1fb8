"""What a model was asked -> a stored profile, by the same job as that of its training rows."""

import tempfile
from pathlib import Path

from pipeline import scratch
from pipeline.job_run import Way
from pipeline.prediction_log.columns import ANSWER, schema_of
from pipeline.prediction_log.described import asked_descriptor
from pipeline.prediction_log.export import export
from pipeline.prediction_log.selection import Wanted, select_predictions
from pipeline.progress import Steps
from pipeline.steps import Ask, StoredProfile, make_profile
from pipeline.table.conditions import Condition
from pipeline.toml import to_toml
from store.artifacts import ArtifactStore
from store.descriptor import Descriptor
from store.errors import InputError
from store.prediction_log.browsing import Engine
from store.releases import read_card, read_pointer, read_profile
from store.schema import ModelCard

EXPORT = "Read the prediction log"
FOLDER = "prediction-log"  # the last part of the path is what the profile says it was read from


def profile_log(
    engine: Engine,
    wanted: Wanted,
    store: ArtifactStore,
    steps: Steps,
    way: Way,
    *,
    group_by: tuple[str, ...] = (),
    conditions: tuple[Condition, ...] = (),
) -> StoredProfile:
    """Profile what a model was asked, under the name ``<model>-asked``, and store the result.

    Labels, units and classes are those of the live model and of the rows it was trained on.

    Args:
        engine: The log's database.
        wanted: Which predictions; those of the model of ``/predict`` where no model is named.
        store: Where the model is live, and where the profile goes.
        steps: Shows what happens and takes the time.
        way: With what.
        group_by: Columns to group by; else the predicted class, the source and the version.
        conditions: Which rows, beyond what is wanted.

    Raises:
        InputError: There is no such model, or no such prediction.
        CellarError: The database, Java, Spark or the store failed.
    """
    trained_on, card = _live(store, wanted.model)
    selected = select_predictions(engine, wanted._replace(model=card.name))
    answer = trained_on.target.column if trained_on.target else ANSWER
    columns = schema_of(selected.shape, answer=answer).names
    descriptor = asked_descriptor(trained_on, card, answer=answer, columns=columns)
    scratch.sweep()
    with tempfile.TemporaryDirectory(prefix=scratch.prefix("prediction-log")) as folder:
        rows, file = Path(folder, FOLDER), Path(folder, "asked.toml")
        file.write_text(to_toml(descriptor), encoding="utf-8")
        with steps.step(EXPORT):
            export(selected, str(rows), answer=answer)
        ask = Ask(str(rows), file, group_by, conditions=conditions)
        return make_profile(ask, store, steps, way)


def _live(store: ArtifactStore, name: str | None) -> tuple[Descriptor, ModelCard]:
    """The live model of a name, or that of ``/predict``, and the descriptor of its rows."""
    release = read_pointer(store).release
    name = name or release.default
    model = next((model for model in release.models if model.name == name), None)
    if model is None:
        live = ", ".join(model.name for model in release.models) or "none"
        raise InputError(f"No model called {name} is live in {store.url}. Live: {live}.")
    profile = next(one for one in release.profiles if one.name == model.profile)
    return read_profile(store, profile).descriptor, read_card(store, model)
