"""A pickle read as plain data: what it asks for, with nothing of it done.

``read`` follows the few opcodes that a fitted scikit-learn model needs and writes down what they
ask for, as lists, tuples, ``Pairs`` for dicts, ``New`` and ``Call`` notes, and numpy arrays of
plain numbers. No object is made, no name is looked up, no module imported. Every other opcode is
refused, and so is every name outside ``allowed``.

joblib writes the bytes of an array right behind the note that describes it, and an array of
objects as a pickle within the pickle; both are read by the same rules (joblib 1.6's format).
"""

import io
import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dashboard.model.allowed import Allowed, Kind, refusal
from dashboard.model.dtypes import array_from_bytes, dtype_from
from dashboard.model.notes import UNSET, Call, Members, Name, New, Pairs
from store.errors import ModelRefused

MOST_OPCODES = 20_000_000
MOST_NESTED = 4
WRAPPER = ("joblib.numpy_pickle", "NumpyArrayWrapper")
RECONSTRUCTOR, OBJECT = ("copyreg", "_reconstructor"), ("builtins", "object")
BEFORE_PYTHON_3 = {"copy_reg": "copyreg", "__builtin__": "builtins"}  # in protocols 0 to 2
WITH_STATE = {("numpy", "dtype"), ("sklearn.tree._tree", "Tree")} | {
    (f"numpy.{core}.multiarray", "_reconstruct") for core in ("core", "_core")
}


def read(data: bytes, allowed: Allowed) -> Any:
    """What the pickle asks for, in any protocol.

    Args:
        data: The pickle, not compressed.
        allowed: The names it may contain (``allowed``).

    Raises:
        CannotOpen: It contains a name that scikit-learn does not have here.
        ModelRefused: It asks for anything a fitted model does not need, is cut off or damaged,
            or goes on behind its end.
    """
    file = io.BytesIO(data)
    result = _Reader(file, allowed, nested=0).read()
    if rest := len(data) - file.tell():
        raise ModelRefused(
            f"The model file goes on for {rest:,} bytes behind the end of its pickle. "
            "A second payload could hide there; do not use it."
        )
    return result


@dataclass
class _Reader:
    file: io.BytesIO
    allowed: Allowed
    nested: int
    stack: list[Any] = field(default_factory=list)
    below: list[list[Any]] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def read(self) -> Any:
        try:
            for count, (opcode, argument, _) in enumerate(pickletools.genops(self.file)):
                step = _STEPS.get(opcode.name)
                if step is None:
                    raise ModelRefused(
                        f"It uses the pickle opcode {opcode.name}, which no scikit-learn model "
                        "needs. Do not use this file; dump the model with joblib."
                    )
                if count > MOST_OPCODES:
                    raise ModelRefused(f"It has more than {MOST_OPCODES:,} pickle opcodes.")
                step(self, argument)
            (result,) = self.stack
        except (ValueError, IndexError, KeyError, TypeError, OverflowError) as error:
            raise ModelRefused(
                "The model file is cut off or damaged: its pickle does not read to the end."
            ) from error
        return result

    def name(self, module: str, name: str) -> None:
        module = BEFORE_PYTHON_3.get(module, module)
        kind = self.allowed.get((module, name))
        if kind is None:
            raise refusal(module, name)
        self.stack.append(Name(module, name, kind))

    def items(self) -> list[Any]:
        """What stands above the last mark."""
        items, self.stack = self.stack, self.below.pop()
        return items

    def new(self) -> None:
        arguments, cls = self.stack.pop(), self.stack.pop()
        if not isinstance(cls, Name):
            raise TypeError
        makes = cls.kind in (Kind.ESTIMATOR, Kind.NATIVE) or cls.key == WRAPPER
        if cls.kind is not Kind.UNUSED and not (makes and arguments == ()):
            raise ModelRefused(f"It makes a {cls.name} in a way that no honest model does.")
        self.stack.append(New(cls))

    def call(self) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        if not isinstance(function, Name) or type(arguments) is not tuple:
            raise TypeError
        if function.key == RECONSTRUCTOR:  # how protocols 0 and 1 make an object
            self.reconstruct(*arguments)
            return
        if function.kind not in (Kind.FUNCTION, Kind.NATIVE, Kind.UNUSED):
            raise ModelRefused(
                f"It calls {function.name} with arguments; a fitted model is never made that way."
            )
        self.stack.append(Call(function, arguments))

    def reconstruct(self, cls: Any, base: Any, state: Any) -> None:
        """As ``new``, from what copyreg is told; a part that nobody needs may have any state."""
        unused = isinstance(cls, Name) and cls.kind is Kind.UNUSED
        empty = isinstance(base, Name) and base.key == OBJECT and state is None
        if not (unused or empty):
            raise ModelRefused("It makes an object out of another than an empty one.")
        self.stack += [cls, ()]
        self.new()

    def build(self) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        if isinstance(target, Name):
            raise ModelRefused(
                f"It changes attributes of {target.name} itself, not of an object, which would "
                "change that code for the whole program. Do not use this file."
            )
        has_state = isinstance(target, New) or (
            isinstance(target, Call)
            and (
                target.function.key in WITH_STATE
                or target.function.kind in (Kind.NATIVE, Kind.UNUSED)
            )
        )
        if not has_state or target.state is not UNSET:
            raise ModelRefused("It sets the state of something that has none to set.")
        target.state = state
        if isinstance(target, New) and target.cls.key == WRAPPER:
            self.stack[-1] = self.stored_array(dict(state))

    def stored_array(self, wrapper: dict[str, Any]) -> Any:
        """The array that joblib wrote behind its description."""
        dtype = dtype_from(wrapper["dtype"])
        if dtype.hasobject:
            if self.nested == MOST_NESTED:
                raise ModelRefused("It nests arrays of objects deeper than any honest model.")
            return _Reader(self.file, self.allowed, self.nested + 1).read()
        if wrapper.get("numpy_array_alignment_bytes") is not None:
            (padding,) = self.file.read(1)
            self.file.seek(padding, io.SEEK_CUR)
        start = self.file.tell()
        array = array_from_bytes(
            self.file.getbuffer()[start:], dtype, wrapper["shape"], wrapper["order"]
        )
        self.file.seek(start + array.nbytes)
        return array


def _push(value: Callable[[], Any]) -> Callable[[_Reader, Any], None]:
    return lambda reader, _: reader.stack.append(value())


def _literal(reader: _Reader, argument: Any) -> None:
    reader.stack.append(argument)


def _nothing(reader: _Reader, argument: Any) -> None:
    """Frames and protocol numbers: hints for a faster reader."""


def _global(reader: _Reader, argument: str) -> None:
    module, _, name = argument.partition(" ")
    reader.name(module, name)


def _stack_global(reader: _Reader, _: Any) -> None:
    name, module = reader.stack.pop(), reader.stack.pop()
    if type(name) is not str or type(module) is not str:
        raise TypeError
    reader.name(module, name)


def _mark(reader: _Reader, _: Any) -> None:
    reader.below.append(reader.stack)
    reader.stack = []


def _tuple(count: int) -> Callable[[_Reader, Any], None]:
    def step(reader: _Reader, _: Any) -> None:
        if len(reader.stack) < count:
            raise IndexError
        reader.stack[-count:] = [tuple(reader.stack[-count:])]

    return step


def _append(reader: _Reader, items: list[Any]) -> None:
    if type(reader.stack[-1]) is not list:
        raise TypeError
    reader.stack[-1].extend(items)


def _add_items(reader: _Reader, items: list[Any]) -> None:
    if type(reader.stack[-1]) is not Members:
        raise TypeError
    reader.stack[-1].extend(items)


def _dict(items: list[Any]) -> Pairs:
    return Pairs(zip(items[::2], items[1::2], strict=True))


def _set_items(reader: _Reader, items: list[Any]) -> None:
    target = reader.stack[-1]
    if isinstance(target, (New, Call)) and _kind(target) is Kind.UNUSED:
        return  # the items of a dict of some other class, which nobody needs either
    if type(reader.stack[-1]) is not Pairs or len(items) % 2:
        raise TypeError
    reader.stack[-1].extend(zip(items[::2], items[1::2], strict=True))


def _set_item(reader: _Reader, _: Any) -> None:
    value, key = reader.stack.pop(), reader.stack.pop()
    _set_items(reader, [key, value])


def _kind(note: New | Call) -> Kind:
    return note.cls.kind if isinstance(note, New) else note.function.kind


def _memoize(reader: _Reader, _: Any) -> None:
    reader.memo[len(reader.memo)] = reader.stack[-1]


def _put(reader: _Reader, argument: int) -> None:
    reader.memo[argument] = reader.stack[-1]


_STEPS: dict[str, Callable[[_Reader, Any], None]] = {
    **dict.fromkeys(("PROTO", "FRAME", "STOP"), _nothing),
    **dict.fromkeys(("INT", "BININT", "BININT1", "BININT2"), _literal),
    **dict.fromkeys(("LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"), _literal),
    **dict.fromkeys(("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"), _literal),
    **dict.fromkeys(("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"), _literal),
    "NONE": _push(lambda: None),
    "NEWTRUE": _push(lambda: True),
    "NEWFALSE": _push(lambda: False),
    "EMPTY_LIST": _push(list),
    "EMPTY_TUPLE": _push(tuple),
    "EMPTY_DICT": _push(Pairs),
    "EMPTY_SET": _push(Members),
    "MARK": _mark,
    "TUPLE": lambda reader, _: _literal(reader, tuple(reader.items())),
    "LIST": lambda reader, _: _literal(reader, reader.items()),
    "DICT": lambda reader, _: _literal(reader, _dict(reader.items())),
    "FROZENSET": lambda reader, _: _literal(reader, Members(reader.items())),
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "APPEND": lambda reader, _: _append(reader, [reader.stack.pop()]),
    "APPENDS": lambda reader, _: _append(reader, reader.items()),
    "ADDITEMS": lambda reader, _: _add_items(reader, reader.items()),
    "SETITEM": _set_item,
    "SETITEMS": lambda reader, _: _set_items(reader, reader.items()),
    "MEMOIZE": _memoize,
    "PUT": _put,
    "BINPUT": _put,
    "LONG_BINPUT": _put,
    "GET": lambda reader, argument: reader.stack.append(reader.memo[argument]),
    "BINGET": lambda reader, argument: reader.stack.append(reader.memo[argument]),
    "LONG_BINGET": lambda reader, argument: reader.stack.append(reader.memo[argument]),
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_global,
    "NEWOBJ": lambda reader, _: reader.new(),
    "REDUCE": lambda reader, _: reader.call(),
    "BUILD": lambda reader, _: reader.build(),
}
