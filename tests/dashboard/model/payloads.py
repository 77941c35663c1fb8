"""Model files that try to do harm, each made by a few readable lines.

A payload, where there is one, makes an empty file: the ``marker`` that must not appear.
"""

import builtins
import functools
import importlib
import io
import operator
import os
import pickle
import pkgutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree._tree import Tree

from tests.dashboard.model.published import dumped, forest, publish

HONEST = publish(forest(n_estimators=3))


class Hostile(NamedTuple):
    """A file, the words its refusal must have, and whether joblib would run its payload."""

    name: str
    make: Callable[[Path], bytes]
    words: str
    fires: bool


class Calling:
    """An object that is unpickled by calling a function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.how = (function, arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.how


def calling(function: Any, *arguments: Any) -> bytes:
    """A pickle that calls a function."""
    return pickle.dumps(Calling(function, *arguments))


def touch(marker: Path) -> str:
    """A shell command that leaves the marker."""
    return f"touch {marker}"


def system(marker: Path) -> bytes:
    """The classic: ``os.system``."""
    return calling(os.system, touch(marker))


def text(value: str) -> bytes:
    """Opcode: push a text."""
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def name(module: str, attribute: str) -> bytes:
    """Opcodes: push what ``module.attribute`` names, dots allowed (protocol 4)."""
    return text(module) + text(attribute) + b"\x93"


def program(*parts: bytes) -> bytes:
    """A pickle written opcode by opcode."""
    return b"\x80\x04" + b"".join(parts) + b"."


def getattr_chain(marker: Path) -> bytes:
    """getattr(__import__("os"), "system")(command)"""
    module = name("builtins", "__import__") + text("os") + b"\x85R"
    function = name("builtins", "getattr") + module + text("system") + b"\x86R"
    return program(function, text(touch(marker)), b"\x85R")


def dotted(marker: Path) -> bytes:
    """An innocent module, and a dotted name that leads out of it."""
    return program(name("joblib.numpy_pickle", "os.system"), text(touch(marker)), b"\x85R")


def instance(marker: Path) -> bytes:
    """The opcode INST of protocol 0."""
    return b"(S'" + touch(marker).encode() + b"'\nios\nsystem\n."


def new_with_keywords(marker: Path) -> bytes:
    """The opcode NEWOBJ_EX: a class called with keyword arguments."""
    return program(name("functools", "partial"), b"(", name("os", "system"), b"t}\x92")


def class_changed(marker: Path) -> bytes:
    """BUILD on a class: every array read afterwards would call ``eval``."""
    new_method = b"N}" + text("read") + name("builtins", "eval") + b"s\x86b"
    return program(name("joblib.numpy_pickle", "NumpyArrayWrapper"), new_method)


def class_changed_by_legal_names(marker: Path) -> bytes:
    """The same, with nothing in it but what honest files have."""
    change = b"N}" + text("read") + name("numpy", "ndarray") + b"s\x86b"
    return program(name("joblib.numpy_pickle", "NumpyArrayWrapper"), change)


def nested_array(marker: Path) -> bytes:
    """An array of objects: joblib writes it as a pickle within the pickle."""
    array = np.empty(1, dtype=object)
    array[0] = Calling(os.system, touch(marker))
    return dumped(array)


def in_an_attribute(marker: Path) -> bytes:
    """An honest forest whose class names are computed by a payload."""
    model = pickle.loads(pickle.dumps(HONEST.estimator))
    model.classes_ = np.empty(1, dtype=object)
    model.classes_[0] = Calling(os.system, touch(marker))
    return dumped(model)


def changed(**attributes: Any) -> bytes:
    """The honest forest with other attributes."""
    model = pickle.loads(pickle.dumps(HONEST.estimator))
    vars(model).update(attributes)
    return dumped(model)


def damaged_tree(change: Callable[[dict[str, Any]], None]) -> bytes:
    """The honest forest with its first tree's state changed."""

    class Damaging(pickle.Pickler):
        done = False

        def reducer_override(self, value: Any) -> Any:
            if type(value) is not Tree or self.done:
                return NotImplemented
            self.done = True
            make, arguments, state = value.__reduce__()
            state = {key: np.copy(v) if np.ndim(v) else v for key, v in state.items()}
            change(state)
            return make, arguments, state

    file = io.BytesIO()
    Damaging(file).dump(HONEST.estimator)
    return file.getvalue()


def node(index: int, field: str, value: int) -> bytes:
    """The honest forest with one field of one node changed."""
    return damaged_tree(lambda state: state["nodes"][field].__setitem__(index, value))


def forged_record(marker: Path) -> bytes:
    """Eight bytes that numpy would take for the address of an object: a crash, or worse."""
    honest = np.dtype([("a", "i8")])

    class Forging(pickle.Pickler):
        def reducer_override(self, value: Any) -> Any:
            if isinstance(value, np.dtype) and value == honest:
                fields = {"a": (np.dtype(object), 0)}
                return np.dtype, ("V8", False, True), (3, "|", None, ("a",), fields, 8, 1, 0)
            return NotImplemented

    model = StandardScaler()
    model.mean_ = np.frombuffer(b"\x41" * 8, dtype=honest)
    file = io.BytesIO()
    Forging(file).dump(model)
    return file.getvalue()


def forged_plain_type(marker: Path) -> bytes:
    """A number type that claims by its state to be a record."""
    state = b"(K\x03" + text("|") + b"N" + text("a") + b"\x85}K\x08K\x01K\x00tb"
    kind = name("numpy", "dtype") + text("f8") + b"\x89\x88\x87R" + state
    data = name("numpy._core.multiarray", "scalar") + kind + b"C\x08" + b"\x41" * 8 + b"\x86R"
    scaler = name("sklearn.preprocessing._data", "StandardScaler") + b")\x81"
    return program(scaler, b"}", text("mean_"), data, b"sb")


def boasting_array(marker: Path) -> bytes:
    """An array header that claims 8 TB."""
    model = LogisticRegression()
    model.coef_ = np.zeros(4)
    honest = dumped(model)
    shape = honest.index(b"shape") + len("shape") + 1  # behind it and its MEMOIZE
    assert honest[shape : shape + 3] == b"K\x04\x85"
    return honest[:shape] + b"\x8a\x06" + (2**40 - 1).to_bytes(6, "little") + honest[shape + 2 :]


def _hostile() -> list[Hostile]:
    code = "could run any code"
    return [
        Hostile("os.system", system, code, True),
        Hostile("builtins.eval", lambda m: calling(eval, f"open({str(m)!r}, 'w')"), code, True),
        Hostile("builtins.exec", lambda m: calling(exec, f"open({str(m)!r}, 'w')"), code, True),
        Hostile("nested object array", nested_array, code, True),
        Hostile("payload in an attribute", in_an_attribute, code, True),
        Hostile("getattr chain", getattr_chain, code, True),
        Hostile(
            "functools.partial",
            lambda m: calling(functools.partial(os.system, touch(m))),
            code,
            True,
        ),
        Hostile(
            "operator.attrgetter", lambda m: calling(operator.attrgetter("real"), 1), code, False
        ),
        Hostile("dotted name", dotted, code, True),
        Hostile(
            "pkgutil.resolve_name",
            lambda m: calling(pkgutil.resolve_name, "os:system"),
            code,
            False,
        ),
        Hostile("importlib", lambda m: calling(importlib.import_module, "this"), code, False),
        Hostile("open", lambda m: calling(builtins.open, str(m), "w"), code, True),
        Hostile("pickle in pickle", lambda m: calling(pickle.loads, system(m)), code, True),
        Hostile("joblib.load", lambda m: calling(joblib.load, str(m)), code, False),
        Hostile("numpy.load", lambda m: calling(np.load, str(m), None, True), code, False),
        Hostile("opcode INST", instance, "opcode", True),
        Hostile("opcode NEWOBJ_EX", new_with_keywords, code, False),
        Hostile("persistent id", lambda m: b"Psomething\n.", "opcode PERSID", False),
        Hostile("extension code", lambda m: program(b"\x82\x01"), "opcode EXT1", False),
        Hostile("class changed", class_changed, code, False),
        Hostile("class changed, legal names", class_changed_by_legal_names, "itself", False),
        Hostile(
            "estimator called",
            lambda m: calling(RandomForestClassifier, 10),
            "with arguments",
            False,
        ),
        Hostile(
            "function of a transformer",
            lambda m: dumped(FunctionTransformer(os.system)),
            code,
            False,
        ),
        Hostile("compressed", lambda m: zlib.compress(system(m)), code, False),
        Hostile("second payload", lambda m: HONEST.data + system(m), "behind the end", False),
        Hostile(
            "second payload, compressed",
            lambda m: zlib.compress(HONEST.data) + system(m),
            "behind the end",
            False,
        ),
        Hostile("gzip bomb", lambda m: _bomb(), "grows from", False),
        Hostile("lz4", lambda m: b"\x04\x22\x4d\x18" + bytes(100), "lz4", False),
        Hostile("cut off", lambda m: HONEST.data[: len(HONEST.data) // 2], "cut off", False),
        Hostile(
            "cut off, compressed", lambda m: zlib.compress(HONEST.data)[:-20], "cut off", False
        ),
        Hostile("damaged, compressed", lambda m: b"\x78\x9c" + bytes(50), "damaged", False),
        Hostile("empty", lambda m: b"", "cut off or damaged", False),
        Hostile("text", lambda m: b"not a pickle", "cut off or damaged", False),
        Hostile("forged record type", forged_record, "pass raw bytes off", False),
        Hostile("forged plain type", forged_plain_type, "contradicts", False),
        Hostile("array larger than its file", boasting_array, "claims", False),
        Hostile("child out of range", lambda m: node(0, "right_child", 99), "out of range", False),
        Hostile("negative child", lambda m: node(0, "left_child", -7), "out of range", False),
        Hostile("cycle in a tree", lambda m: node(0, "left_child", 0), "back up", False),
        Hostile(
            "feature out of range", lambda m: node(0, "feature", 10**9), "feature out of", False
        ),
        Hostile(
            "fewer nodes than told",
            lambda m: damaged_tree(lambda state: state.update(node_count=99)),
            "number or kind of nodes",
            False,
        ),
        Hostile(
            "values of another shape",
            lambda m: damaged_tree(lambda state: state.update(values=np.zeros((1, 1, 3)))),
            "one value a node",
            False,
        ),
        Hostile(
            "forest wider than its trees",
            lambda m: changed(n_features_in_=4),
            "another number of features",
            False,
        ),
        Hostile(
            "method replaced", lambda m: changed(predict_proba=1), "replaces 'predict_proba'", False
        ),
        Hostile(
            "class as a value", lambda m: changed(criterion=StandardScaler), "class where", False
        ),
        Hostile(
            "pipeline that writes files",
            lambda m: dumped(Pipeline([("a", HONEST.estimator)], memory=str(m))),
            "memory=None",
            False,
        ),
        Hostile("no estimator", lambda m: dumped({"a": 1}), "no fitted scikit-learn", False),
    ]


def _bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(2**20)
    return b"".join([packer.compress(zeros) for _ in range(100)]) + packer.flush()


HOSTILE = _hostile()
