"""Honest files and what may be done to them, all of it decided by a seed."""

import io
import json
import pickle
import pickletools
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, SVR

from dashboard.model.allowed import ALLOWED
from dashboard.model.unpickle import open_estimator
from store.schema import encode
from tests.dashboard.model.published import (
    Published,
    dumped,
    forest,
    publish,
    publish_regressor,
    publish_shop,
)

ODD_NUMBERS = (0, 1, -1, 2, 127, 255, 2**15, 2**31 - 1, -(2**31), 10**9)
ODD_VALUES: tuple[Any, ...] = (None, True, -1, 0, 2**63, 1e308, "", "x", [], {}, [[]], "numpy")
NAMES = [f"{module}\n{name}\n".encode() for module, name in ALLOWED]


@dataclass(frozen=True)
class Seed:
    """An honest file and its card: what mutants are made of."""

    name: str
    data: bytes
    card: bytes


def models() -> dict[str, Published]:
    """Small models of the families whose native code would trust their numbers, and others."""
    encoded = ColumnTransformer(
        [("text", OneHotEncoder(), ["shop", "day"]), ("number", SimpleImputer(), ["price"])]
    )
    linear = LogisticRegression(max_iter=300)
    return {
        "forest": publish(forest(n_estimators=3)),
        "boosting": publish(GradientBoostingClassifier(n_estimators=2, max_depth=2), "iris"),
        "histogram": publish(
            HistGradientBoostingClassifier(max_iter=2, max_leaf_nodes=4, max_bins=8), "iris"
        ),
        "linear": publish(make_pipeline(StandardScaler(), PolynomialFeatures(), linear), "iris"),
        "neighbours": publish(KNeighborsClassifier(algorithm="brute"), "iris"),
        "vectors": publish(SVC(probability=True), "iris"),
        "table": publish_shop(make_pipeline(encoded, forest(n_estimators=2))),
        "voting": publish(
            VotingClassifier([("a", GaussianNB()), ("b", forest(n_estimators=2))], voting="soft"),
            "iris",
        ),
        "stacking": publish(StackingClassifier([("a", GaussianNB())], cv=2), "iris"),
        "number forest": publish_regressor(RandomForestRegressor(n_estimators=2, max_depth=3)),
        "number histogram": publish_regressor(
            HistGradientBoostingRegressor(max_iter=2, max_leaf_nodes=4, max_bins=8)
        ),
        "number vectors": publish_regressor(SVR()),
    }


@cache
def seeds() -> tuple[Seed, ...]:
    """Every model as joblib, pickle of three protocols, compressed, skops, and flat JSON."""
    from tests.dashboard.model.flat_forms import flat_form

    found = []
    for name, model in models().items():
        files = {
            "joblib": model.data,
            "zlib": dumped(model.estimator, compress=("zlib", 1)),
            "skops": skops.io.dumps(model.estimator),
        }
        files |= {f"pickle {p}": pickle.dumps(model.estimator, p) for p in (0, 2, 5)}
        if flat := flat_form(model):
            files["flat"] = flat
        card = encode(model.card)
        found += [Seed(f"{name}, {kind}", data, card) for kind, data in files.items()]
    return tuple(found)


def mutant(number: int, seed: int) -> tuple[Seed, bytes]:
    """The mutant of this number: the honest file it comes from, and its bytes."""
    rng = random.Random(f"{seed}/{number}")
    origin = rng.choice(seeds())
    data = origin.data
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = _changed(origin, data, rng)
    return origin, data


def _changed(origin: Seed, data: bytes, rng: random.Random) -> bytes:
    kind = origin.name.rpartition(", ")[2]
    try:
        if kind == "zlib":
            return zlib.compress(rng.choice(ON_BYTES + ON_PICKLES)(zlib.decompress(data), rng), 1)
        if kind == "skops":
            return rng.choice((in_zip, in_zip, in_zip, flip_bits, cut))(data, rng)
        if kind == "flat":
            return rng.choice((in_json, in_json, flip_bits))(data, rng)
        return rng.choice(ON_BYTES + ON_PICKLES)(data, rng)
    except Exception:  # an earlier change left nothing that these could read
        return flip_bits(data, rng)


def flip_bits(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data or b"x")
    for _ in range(rng.choice((1, 2, 8))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def set_bytes(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data or b"x")
    at = rng.randrange(len(changed))
    changed[at : at + rng.choice((1, 4, 8))] = rng.choice(
        (b"\x00" * 8, b"\xff" * 8, b"\x7f" * 8, rng.randbytes(8))
    )[: rng.choice((1, 4, 8))]
    return bytes(changed)


def cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def move(data: bytes, rng: random.Random) -> bytes:
    """A piece is left out, repeated, or put somewhere else."""
    start, size = rng.randrange(len(data) or 1), rng.choice((1, 8, 64, 1024))
    piece, rest = data[start : start + size], data[:start] + data[start + size :]
    at = rng.randrange(len(rest) + 1)
    return rest[:at] + piece * rng.choice((0, 1, 2)) + rest[at:]


def splice(data: bytes, rng: random.Random) -> bytes:
    """Some opcodes of another honest file in the place of some of this one."""
    other = rng.choice([seed for seed in seeds() if ", pickle" in seed.name]).data
    here, there = _opcodes(data), _opcodes(other)
    start, end = sorted(rng.choices(here, k=2))
    first = rng.randrange(len(there))
    last = min(len(there) - 1, first + rng.choice((1, 3, 20)))
    return data[:start] + other[there[first] : there[last]] + data[end:]


def swap_number(data: bytes, rng: random.Random) -> bytes:
    """A whole number (a shape, a count, an index) becomes an odd one."""
    places = [p for p in _opcodes(data) if data[p : p + 1] in (b"K", b"M", b"J")]
    at = rng.choice(places)
    width = {75: 2, 77: 3, 74: 5}[data[at]]
    return data[:at] + b"J" + struct.pack("<i", rng.choice(ODD_NUMBERS)) + data[at + width :]


def swap_name(data: bytes, rng: random.Random) -> bytes:
    """A name becomes another that is allowed: every check behind the list has to hold."""
    places = [p for p in _opcodes(data) if data[p : p + 1] in (b"c", b"\x93")]
    at = rng.choice(places)
    if data[at : at + 1] == b"\x93":  # two texts were pushed before: push another name over them
        return data[:at] + b"\x860c" + rng.choice(NAMES) + data[at + 1 :]
    end = data.index(b"\n", data.index(b"\n", at) + 1) + 1
    return data[:at] + b"c" + rng.choice(NAMES) + data[end:]


def _opcodes(data: bytes) -> list[int]:
    """Where opcodes begin, as far as the pickle reads: joblib's arrays stand between them."""
    found = []
    try:
        for _, _, position in pickletools.genops(data):
            found.append(position)
    except Exception:  # whatever a damaged pickle makes of it
        pass
    return found


def in_zip(data: bytes, rng: random.Random) -> bytes:
    """A member is changed, and the zip around it is whole again."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = "schema.json" if rng.random() < 0.5 else rng.choice(list(members))
    change = in_json if name == "schema.json" else rng.choice(ON_BYTES)
    members[name] = change(members[name], rng)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return file.getvalue()


def in_json(data: bytes, rng: random.Random) -> bytes:
    """A value somewhere in a tree of JSON becomes another of the same tree, or an odd one."""
    tree = json.loads(data)
    places = list(_places(tree))
    holder, key = rng.choice(places)
    other, another = rng.choice(places)
    holder[key] = rng.choice((other[another], rng.choice(ODD_VALUES)))
    return json.dumps(tree)[:5_000_000].encode()


def _places(tree: Any) -> Any:
    pending = [tree]
    while pending:
        holder = pending.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            yield holder, key
            if isinstance(holder[key], (dict, list)):
                pending.append(holder[key])


Change = Callable[[bytes, random.Random], bytes]
ON_BYTES: tuple[Change, ...] = (flip_bits, set_bytes, cut, move)
ON_PICKLES: tuple[Change, ...] = (splice, swap_number, swap_number, swap_name)


def opens(seed: Seed) -> bool:
    """Whether an honest file opens, so that its mutants mean something."""
    return seed.data.startswith(b"{") or open_estimator(seed.data) is not None
