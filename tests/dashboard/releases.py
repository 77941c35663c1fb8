"""Releases with real models whose answer tells the version, put into a store without any check.

Model ``n`` says Sweet with probability n / 10 whatever it is asked.
"""

import io
from collections.abc import Sequence

import joblib
from sklearn.tree import DecisionTreeClassifier

from store.artifacts import ArtifactStore
from store.errors import NoRelease
from store.releases import POINTER, model_key, profile_key, read_pointer, stored
from store.schema import (
    CardStep,
    Golden,
    Pointer,
    Release,
    ReleasedModel,
    ReleasedProfile,
    encode,
)
from tests import builders

GOLDEN_ROWS = ((1.0, 2.0), (3.0, 4.0))


def model_file(version: int) -> bytes:
    """A pickled tree of one leaf."""
    kinds = [1] * version + [0] * (10 - version)
    tree = DecisionTreeClassifier(max_depth=1).fit([GOLDEN_ROWS[0]] * 10, kinds)
    file = io.BytesIO()
    joblib.dump(tree, file)
    return file.getvalue()


def put_model(
    store: ArtifactStore, version: int, *, promised: int | None = None, data: bytes | None = None
) -> ReleasedModel:
    """Write a model and its card.

    Args:
        store: Where to.
        version: What it says, and what it is called.
        promised: What its card says that it says.
        data: What is really under the key of the model file.
    """
    sweet = (version if promised is None else promised) / 10
    whole, name = model_file(version), str(version)
    file = stored(model_key("drinks", name, "model.joblib"), whole)
    golden = Golden(rows=GOLDEN_ROWS, probabilities=((1 - sweet, sweet),) * len(GOLDEN_ROWS))
    steps = (CardStep(estimator="sklearn.tree.DecisionTreeClassifier", parameters={}),)
    card = encode(builders.model_card(version=name, golden=golden, file=file, steps=steps))
    card_at = model_key("drinks", name, "card.json")
    store.put(file.key, whole if data is None else data)
    store.put(card_at, card)
    return ReleasedModel(
        name="drinks", version=name, profile="drinks", card=stored(card_at, card), file=file
    )


def make_live(
    store: ArtifactStore,
    model: ReleasedModel,
    *,
    candidates: Sequence[ReleasedModel] = (),
    signature: str | None = None,
) -> Release:
    """Write a release with this model and a profile of its own, and point to it."""
    try:
        before = read_pointer(store)
        known = (before.release.id, *before.history)
        sequence = 1 + max(int(id_.partition("-")[0]) for id_ in known)
    except NoRelease:
        known, sequence = (), 1
    profile = encode(builders.profile(run_id=f"run-{sequence}"))
    profile_at = profile_key("drinks", f"run-{sequence}")
    store.put(profile_at, profile)
    release = Release(
        created=builders.CREATED,
        software={},
        id=f"{sequence:06d}-{sequence:06x}",
        sequence=sequence,
        default="drinks",
        profiles=(
            ReleasedProfile(
                name="drinks", run_id=f"run-{sequence}", file=stored(profile_at, profile)
            ),
        ),
        models=(model,),
        candidates=tuple(candidates),
    )
    store.put(f"releases/{release.id}.json", encode(release))
    store.put(POINTER, encode(Pointer(release=release, history=known, signature=signature)))
    return release
