"""A model file opened under guard: only in the child process, never in the web process.

Two passes. ``stream.read``, or ``skops.read`` for a file of that library, turns the file into
plain notes and refuses whatever a fitted scikit-learn model does not need, before anything is
imported or made. Only then are the notes built, of either kind by the same rules: allowed classes
are made empty and given their attributes, the few functions are ours, and ``structure`` checks
every object whose native code would trust what it is given.
"""

import contextlib
import importlib
import inspect
import math
import sys
import warnings
from collections.abc import Iterator
from types import NoneType
from typing import Any, Literal

import numpy as np

from dashboard.model import skops, stream
from dashboard.model.allowed import ALLOWED, Kind, allowed_if_signed
from dashboard.model.dtypes import array_from_bytes, dtype_from
from dashboard.model.inflate import inflate
from dashboard.model.notes import UNSET, Call, Members, Name, New, Pairs
from dashboard.model.structure import check, check_tree
from store.errors import CannotOpen, ModelRefused

MOST_FEATURES = 100_000
MOST_CLASSES = 10_000
PLAIN_VALUES = (bool, int, float, str, bytes, bytearray, np.ndarray, np.generic, np.dtype)


def open_estimator(data: bytes, *, signed: bool = False) -> Any:
    """The object in a joblib, pickle or skops file; its kind is told by what is in it.

    Args:
        data: The file.
        signed: Whether families may open that ``structure`` has no check for.

    Raises:
        CannotOpen: scikit-learn cannot make something of it that another version may have made.
        ModelRefused: The file holds anything but a model of the allowed families.
    """
    allowed = allowed_if_signed() if signed else ALLOWED
    content = inflate(data)
    reader = skops if content.startswith(skops.MAGIC) else stream
    notes = reader.read(content, allowed)
    if not isinstance(notes, New):
        raise ModelRefused(
            "The file holds no fitted scikit-learn estimator. Publish an estimator or Pipeline."
        )
    with warnings.catch_warnings():
        # Golden rows decide whether a model of another version is good, not its version.
        warnings.simplefilter("ignore")
        try:
            return _Builder(signed).build(notes)
        except RecursionError as error:
            raise ModelRefused("It is nested deeper than any honest model.") from error
        except (ModelRefused, MemoryError):
            raise
        except Exception as error:  # scikit-learn may stumble over any attribute of another kind
            raise CannotOpen("An attribute in it is not what a fitted model has here.") from error


class _Builder:
    """Objects from notes; a note that is met twice becomes one object."""

    def __init__(self, signed: bool) -> None:
        self._signed = signed
        self._made: dict[int, Any] = {}

    def build(self, note: Any) -> Any:
        """The object that a note describes."""
        if note is None or isinstance(note, PLAIN_VALUES):
            return note
        if id(note) not in self._made:
            self._made[id(note)] = self._make(note)
        return self._made[id(note)]

    def _make(self, note: Any) -> Any:
        if isinstance(note, Pairs):
            made: dict[Any, Any] = {}
            self._made[id(note)] = made
            made.update((self._key(key), self.build(value)) for key, value in note)
            return made
        if isinstance(note, Members):
            return {self._key(item) for item in note}
        if isinstance(note, list):
            items: list[Any] = []
            self._made[id(note)] = items
            items.extend(self.build(item) for item in note)
            return items
        if isinstance(note, tuple):
            return tuple(self.build(item) for item in note)
        if isinstance(note, New):
            return self._object(note)
        if isinstance(note, Call):
            return self._result(note)
        if isinstance(note, Name) and note.kind is Kind.UNUSED:
            return None
        if isinstance(note, Name) and note.kind is Kind.VALUE and note.module == "numpy":
            return getattr(np, note.name)
        raise ModelRefused("It has a class where a value belongs; no honest model does.")

    def _key(self, note: Any) -> Any:
        key = self.build(note)
        if not isinstance(key, (str, int, float, bool, np.generic)):
            raise ModelRefused("It has a dict with keys that are neither text nor numbers.")
        return key

    def _object(self, note: New) -> Any:
        if note.cls.kind is Kind.UNUSED:
            return None
        if note.cls.kind not in (Kind.ESTIMATOR, Kind.NATIVE):
            raise ModelRefused(f"It has a {note.cls.name} where a value belongs.")
        cls = _imported(note.cls)
        made = self._made[id(note)] = cls.__new__(cls)
        state = self.build(note.state) if isinstance(note.state, Pairs) else None
        if state is None:
            raise ModelRefused(f"It has a {note.cls.name} that was never fitted.")
        for attribute in state:
            if not isinstance(attribute, str) or _is_code(cls, attribute):
                raise ModelRefused(
                    f"It replaces {str(attribute)[:40]!r} of a {note.cls.name}, "
                    "which is no attribute of a fitted one."
                )
        if "n_jobs" in state:
            state["n_jobs"] = None  # one request must not start a worker on every core
        if hasattr(cls, "__setstate__"):
            made.__setstate__(state)
        else:  # parts of a calibrated classifier are no estimators themselves
            vars(made).update(state)
        check(made, signed=self._signed)
        return made

    def _native(self, call: Call) -> Any:
        """What scikit-learn's own code makes of a call, in a signed file."""
        made = _imported(call.function)(*(self._argument(value) for value in call.arguments))
        if call.state is not UNSET:
            made.__setstate__(self.build(call.state))
        return made

    def _argument(self, note: Any) -> Any:
        is_class = isinstance(note, Name) and note.kind is Kind.NATIVE
        return _imported(note) if is_class else self.build(note)

    def _result(self, call: Call) -> Any:
        if call.function.kind is Kind.UNUSED:
            return None
        if call.function.kind is Kind.NATIVE:
            return self._native(call)
        try:
            if call.function.name == "Tree":
                return self._tree(call)
            if call.function.name == "_reconstruct":
                return self._reconstructed(call)
            if call.function.name == "scalar":
                dtype, data = call.arguments
                return array_from_bytes(self.build(data), dtype_from(dtype), (), "C")[()]
            if call.function.name == "_frombuffer":
                data, dtype, shape, order, *axes = call.arguments
                if order == "K":  # how numpy writes an array whose axes lie in another order
                    array = array_from_bytes(data, dtype_from(dtype), shape, "C")
                    return array.transpose(*axes)
                return array_from_bytes(data, dtype_from(dtype), shape, order)
            if call.function.name == "dtype":
                return dtype_from(call)
            if call.function.name == "slice":
                return _slice(*call.arguments)
            if call.function.name == "bytes" and not call.arguments:
                return b""
            if call.function.name in ("set", "frozenset"):
                (members,) = call.arguments or ([],)
                return {self._key(member) for member in members}
            if call.function.name == "encode" and call.arguments[1:] == ("latin1",):
                return str(call.arguments[0]).encode("latin1")
        except (ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
            raise ModelRefused(f"It calls {call.function.name} in an unknown way.") from error
        raise ModelRefused(f"It has a {call.function.name} where a value belongs.")

    def _reconstructed(self, call: Call) -> Any:
        """An array as numpy pickles it: an empty one, then its state."""
        cls = call.arguments[0]
        if not isinstance(cls, Name) or cls.key != ("numpy", "ndarray") or call.state is UNSET:
            raise TypeError
        _, shape, dtype_note, fortran, data = call.state
        dtype = dtype_from(dtype_note)
        order: Literal["C", "F"] = "F" if fortran else "C"
        if not dtype.hasobject:
            return array_from_bytes(self.build(data), dtype, shape, order)
        if type(data) is not list or math.prod(shape) != len(data):
            raise ValueError
        array = self._made[id(call)] = np.empty(len(data), dtype=object)
        for index, item in enumerate(data):
            array[index] = self.build(item)
        return array.reshape(shape, order=order)

    def _tree(self, call: Call) -> Any:
        """A native tree, made only of nodes that were checked one by one."""
        n_features, n_classes_note, n_outputs = call.arguments
        n_classes, state = self.build(n_classes_note), self.build(call.state)
        if (
            type(n_features) is not int
            or not 1 <= n_features <= MOST_FEATURES
            or n_outputs != 1
            or n_classes.shape != (1,)
            or n_classes.dtype != np.int64
            or not 1 <= n_classes[0] <= MOST_CLASSES
        ):
            raise ModelRefused("A tree in it has several targets, or an odd size.")
        check_tree(state, n_features=n_features, n_classes=int(n_classes[0]))
        module = importlib.import_module(call.function.module)
        tree = module.Tree(n_features, n_classes, n_outputs)
        tree.__setstate__(state)
        return tree


def _is_code(cls: type, attribute: str) -> bool:
    """Whether an attribute stands for a method or property of the class, or is Python's own."""
    found = inspect.getattr_static(cls, attribute, None)
    return attribute.startswith("__") or not isinstance(found, (bool, int, float, str, NoneType))


def _slice(start: Any, stop: Any, step: Any) -> slice:
    if any(edge is not None and type(edge) is not int for edge in (start, stop, step)):
        raise TypeError
    return slice(start, stop, step)


def _imported(name: Name) -> Any:
    """What an allowed name stands for. Raises CannotOpen."""
    try:
        with _without_pandas():
            return getattr(importlib.import_module(name.module), name.name)
    except (ImportError, AttributeError) as error:
        raise CannotOpen(f"scikit-learn has no {name.module}.{name.name} here.") from error


@contextlib.contextmanager
def _without_pandas() -> Iterator[None]:
    """scikit-learn imports pandas where it is installed, which takes a third of its own start.

    It needs it only for the tables it is given; who makes one imports pandas first, later.
    """
    if "pandas" in sys.modules:
        yield
        return
    sys.modules["pandas"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["pandas"]
