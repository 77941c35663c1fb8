"""A file of the library skops read as plain data: what it asks for, with nothing of it done.

Such a file is a zip with ``schema.json``, a tree of nodes that say how to rebuild an object, and
one ``.npy`` file an array. ``read`` turns the nodes into the notes that ``stream`` makes of a
pickle, so that one list of names and one set of checks holds for both. skops itself is not used:
its loader trusts more than we do, such as functions of numpy and whatever its caller names.
"""

import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.model.allowed import Allowed, Kind, refusal
from dashboard.model.dtypes import array_from_bytes, plain_dtype
from dashboard.model.inflate import largest
from dashboard.model.notes import Call, Members, Name, New, Pairs
from store.errors import ModelRefused

MAGIC = b"PK\x03\x04"
SCHEMA = "schema.json"
MEMBER = re.compile(r"[\w-]{1,100}\.npy")
MOST_MEMBERS = 100_000
MOST_HEADER_BYTES = 10_000
KEYS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": lambda key: key == "true",
}

NDARRAY = Name("numpy", "ndarray", Kind.VALUE)
DTYPE = Name("numpy", "dtype", Kind.FUNCTION)
RECONSTRUCT = Name("numpy._core.multiarray", "_reconstruct", Kind.FUNCTION)
SLICE = Name("builtins", "slice", Kind.FUNCTION)

Node = dict[str, Any]


def read(data: bytes, allowed: Allowed) -> Any:
    """What the file asks for.

    Args:
        data: The zip.
        allowed: The names it may contain (``allowed``).

    Raises:
        CannotOpen: It contains a name that scikit-learn does not have here.
        ModelRefused: It asks for anything a fitted model does not need, or is no such file.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = _members(archive, len(data))
            return _Reader(archive, members, allowed).note(json.loads(archive.read(SCHEMA)))
    except RecursionError as error:
        raise ModelRefused("It is nested deeper than any honest model.") from error
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, RuntimeError) as error:
        raise ModelRefused("The model file is cut off or damaged: its zip is broken.") from error
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, SyntaxError) as error:
        raise ModelRefused("The model file is no skops file, or a damaged one.") from error


def _members(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """The members by name, if they are what skops writes and not too much. Raises ModelRefused."""
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if len(infos) > MOST_MEMBERS or len(set(names)) < len(names) or SCHEMA not in names:
        raise ModelRefused(
            "The zip has no schema.json, a member twice, or too many. Dump the model with skops."
        )
    for info in infos:
        known = info.filename == SCHEMA or MEMBER.fullmatch(info.filename)
        if not known or info.flag_bits & 1 or info.compress_type not in (0, zipfile.ZIP_DEFLATED):
            raise ModelRefused(
                f"The zip has a member {info.filename[:60]!r}, or packs it in a way, that skops "
                "does not write. Do not use this file."
            )
    if archive.comment or min(info.header_offset for info in infos) != 0:
        raise ModelRefused("The zip has bytes around its members. Do not use this file.")
    if (wanted := sum(info.file_size for info in infos)) > (cap := largest(size)):
        raise ModelRefused(
            f"The model file grows from {size:,} bytes to {wanted:,} when it is unpacked, over the "
            f"{cap:,} that are allowed. No honest model does; do not use it."
        )
    return dict(zip(names, infos, strict=True))


class _Reader:
    def __init__(
        self, archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], allowed: Allowed
    ) -> None:
        self._archive, self._members, self._allowed = archive, members, allowed

    def note(self, node: Node) -> Any:
        """What a node asks for."""
        make = _NODES.get(node["__loader__"])
        if make is None:
            raise ModelRefused(
                f"It has a {str(node['__loader__'])[:40]}, which no model needs that is served "
                "here. Do not use this file; dump the model with joblib."
            )
        return make(self, node)

    def notes(self, nodes: list[Node]) -> list[Any]:
        return [self.note(node) for node in nodes]

    def name(self, node: Node) -> Name:
        module, name = node["__module__"], node["__class__"]
        if type(module) is not str or type(name) is not str:
            raise TypeError
        kind = self._allowed.get((module, name))
        if kind is None:
            raise refusal(module, name)
        return Name(module, name, kind)

    def object(self, node: Node) -> New:
        cls, state = self.name(node), self.note(node["content"])
        if cls.kind not in (Kind.ESTIMATOR, Kind.UNUSED):
            raise ModelRefused(f"It makes a {cls.name} in a way that no honest model does.")
        return New(cls, state)

    def tree(self, node: Node) -> Call:
        arguments = self.note(node["__reduce__"]["args"])
        if (node["__module__"], node["__class__"]) != ("sklearn.tree._tree", "Tree"):
            raise refusal(str(node["__module__"]), str(node["__class__"]))
        return Call(self.name(node), arguments, self.note(node["content"]))

    def pairs(self, node: Node) -> Pairs:
        kinds = [kind["__class__"] for kind in node["key_types"]["content"]]
        items = node["content"].items()
        return Pairs(
            (KEYS.get(kind, str)(key), self.note(value))
            for kind, (key, value) in zip(kinds, items, strict=True)
        )

    def array(self, node: Node) -> Any:
        if node["type"] == "json":
            return self._objects(node)
        array = self._stored(node["file"])
        if node["__class__"] == "ndarray":
            return array
        return array[()]  # a number of numpy

    def _objects(self, node: Node) -> Call:
        """An array of objects, as numpy would pickle it. Arrays of arrays stand as lists."""
        shape = self.note(node["shape"])
        items: list[Any] = node["content"]
        for _ in shape[1:]:
            items = [inner for item in items for inner in item["content"]]
        state = (1, shape, Call(DTYPE, ("O8", False, True)), False, self.notes(items))
        return Call(RECONSTRUCT, (NDARRAY, (0,), b"b"), state)

    def _stored(self, name: str) -> NDArray[Any]:
        data = self._archive.read(self._members[name])
        file = io.BytesIO(data)
        version = np.lib.format.read_magic(file)
        header = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, fortran, dtype = header(file, max_header_size=MOST_HEADER_BYTES)
        body = memoryview(data)[file.tell() :]
        array = array_from_bytes(body, plain_dtype(dtype), shape, "F" if fortran else "C")
        if array.nbytes != len(body):
            raise ModelRefused("An array in it has more bytes than it says.")
        return array


def _scalar(_: _Reader, node: Node) -> Any:
    value = json.loads(node["content"])
    if value is not None and not isinstance(value, (bool, int, float, str)):
        raise TypeError
    return value


def _slice(_: _Reader, node: Node) -> Call:
    edges = tuple(node["content"][edge] for edge in ("start", "stop", "step"))
    return Call(SLICE, edges)


_NODES: dict[str, Callable[[_Reader, Node], Any]] = {
    "DictNode": _Reader.pairs,
    "DTypeNode": lambda reader, node: reader.array(node["content"]).dtype,
    "FunctionNode": _Reader.name,
    "JsonNode": _scalar,
    "ListNode": lambda reader, node: reader.notes(node["content"]),
    "LossNode": lambda reader, node: New(reader.name(node)),
    "NdArrayNode": _Reader.array,
    "ObjectNode": _Reader.object,
    "RandomGeneratorNode": lambda reader, node: None,  # nothing that predicts draws numbers
    "RandomStateNode": lambda reader, node: None,
    "SetNode": lambda reader, node: Members(reader.notes(node["content"])),
    "SliceNode": _slice,
    "TreeNode": _Reader.tree,
    "TupleNode": lambda reader, node: tuple(reader.notes(node["content"])),
    "TypeNode": _Reader.name,
}
