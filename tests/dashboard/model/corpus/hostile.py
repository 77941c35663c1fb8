"""Hostile files beyond ``payloads``: a few lines each, by what they try.

names       functions that scanners of pickles have missed, one file each
opcodes     what an unpickler might be talked into, and what might exhaust it
parts       legal classes whose numbers or settings do harm
zips        files of skops, and their members
flat        the project's own JSON
"""

import bz2
import gzip
import io
import json
import lzma
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import skops.io
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, PolynomialFeatures
from sklearn.svm import SVR

from tests.dashboard.model.payloads import (
    HONEST,
    Calling,
    Hostile,
    name,
    program,
    text,
    touch,
)
from tests.dashboard.model.published import dumped, publish

CODE = "could run any code"

# -- Names. Each was let through by a scanner or a restricted unpickler at some time. -----------

RUNS_CODE = (
    "timeit.timeit",
    "cProfile.run",
    "profile.run",
    "pdb.run",
    "code.interact",
    "doctest.debug_script",
    "trace.Trace",
    "bdb.Bdb.run",
    "idlelib.pyshell.ModifiedInterpreter.runcode",
    "numpy.testing._private.utils.runstring",
    "numpy.f2py.crackfortran.myeval",
    "pandas.eval",
    "runpy.run_path",
    "types.FunctionType",
    "marshal.loads",
    "ctypes.CDLL",
    "_ctypes.dlopen",
    "pip.main",
    "ensurepip._run_pip",
    "lib2to3.pgen2.grammar.Grammar.loads",
    "asyncio.unix_events._UnixSubprocessTransport._start",
    "multiprocessing.util.spawnv_passfds",
    "pickle.loads",
    "_pickle.Unpickler",
    "joblib.numpy_pickle.load",
    "joblib.numpy_pickle.ZNDArrayWrapper",
    "skops.io._persist.loads",
)
READS_OR_SENDS = (
    "numpy.lib._npyio_impl.load",
    "numpy.memmap",
    "pandas.read_pickle",
    "urllib.request.urlopen",
    "http.client.HTTPSConnection",
    "socket.create_connection",
    "logging.FileHandler",
    "shutil.rmtree",
    "pathlib.Path.touch",
    "io.open_code",
    "linecache.getline",
    "sklearn.datasets._svmlight_format_io.load_svmlight_file",
    "sklearn.datasets._openml.fetch_openml",
    "sklearn.utils._testing.set_random_state",
    "sklearn.conftest.pytest_configure",
    "sklearn.externals.joblib.load",
)


def asking(path: str) -> Callable[[Path], bytes]:
    """A pickle that calls what the path names with one text."""

    def make(marker: Path) -> bytes:
        module, _, attribute = path.rpartition(".")
        return program(name(module, attribute), text(str(marker)), b"\x85R")

    return make


# -- Opcodes -----------------------------------------------------------------------------------


def broken_after_the_payload(marker: Path) -> bytes:
    """The payload has run by the time a reader meets the opcode that does not exist."""
    return b"\x80\x04" + name("os", "system") + text(touch(marker)) + b"\x85R\xff"


def memo_changed_later(marker: Path) -> bytes:
    """The memo holds a harmless module while a scanner looks, and another when it is used."""
    honest = text("collections") + b"q\x00" + text("os") + b"q\x00"
    return b"\x80\x04" + honest + b"h\x00" + text("system") + b"\x93" + text("x") + b"\x85R."


def memo_never_set(marker: Path) -> bytes:
    return b"\x80\x04h\x07."


def opcode_obj(marker: Path) -> bytes:
    return b"(cos\nsystem\nX\x01\x00\x00\x00xo."


def extension_of_four_bytes(marker: Path) -> bytes:
    return b"\x80\x02\x84\x01\x00\x00\x00."


def global_of_protocol_0(marker: Path) -> bytes:
    return b"cos\nsystem\n(S'" + touch(marker).encode() + b"'\ntR."


def older_name_of_builtins(marker: Path) -> bytes:
    return b"\x80\x02c__builtin__\neval\nX\x01\x00\x00\x001\x85R."


def object_out_of_another_base(marker: Path) -> bytes:
    """copyreg makes an object by calling the ``__new__`` of a base that the file names."""
    cls = name("sklearn.preprocessing._data", "StandardScaler")
    return program(name("copyreg", "_reconstructor"), cls, name("numpy", "ndarray"), b"N\x87R")


def state_on_a_function(marker: Path) -> bytes:
    return program(name("_codecs", "encode"), b"}", text("__module__"), text("os"), b"sb")


def state_with_slots(marker: Path) -> bytes:
    """A pair of states, the second of which an unpickler sets one attribute at a time."""
    cls = name("sklearn.preprocessing._data", "StandardScaler")
    return program(cls, b")\x81", b"N}", text("__class__"), b"Ns\x86b")


def class_replaced(marker: Path) -> bytes:
    cls = name("sklearn.preprocessing._data", "StandardScaler")
    other = name("sklearn.tree._classes", "DecisionTreeClassifier")
    return program(cls, b")\x81", b"}", text("__class__"), other, b"sb")


def nested_lists(marker: Path) -> bytes:
    return b"\x80\x04" + b"]" * 100_000 + b"a" * 99_999 + b"."


def nested_tuples_in_a_model(marker: Path) -> bytes:
    cls = name("sklearn.preprocessing._data", "StandardScaler")
    return program(cls, b")\x81", b"}", text("mean_"), b")" + b"\x85" * 200_000, b"sb")


def a_million_marks(marker: Path) -> bytes:
    return b"\x80\x04" + b"(" * 1_000_000 + b"."


def doubling_lists(marker: Path) -> bytes:
    """Sixty lists, each with the one before it twice: a walk down every way never ends."""
    cls = name("sklearn.preprocessing._data", "StandardScaler")
    lists = [text("a") + b"]q\x00s"]
    for n in range(60):
        twice = b"h" + bytes([n]) + b"h" + bytes([n])
        lists.append(text(f"a{n}") + b"](" + twice + b"eq" + bytes([n + 1]) + b"s")
    return program(cls, b")\x81", b"}", *lists, b"b")


def list_within_itself(marker: Path) -> bytes:
    cls = name("sklearn.preprocessing._data", "StandardScaler")
    return program(cls, b")\x81", b"}", text("mean_"), b"]q\x00h\x00a", b"sb")


def text_longer_than_its_file(marker: Path) -> bytes:
    return b"\x80\x04\x8d" + struct.pack("<Q", 2**62) + b"x."


def number_longer_than_its_file(marker: Path) -> bytes:
    return b"\x80\x04\x8b" + struct.pack("<i", 2**31 - 1) + b"x."


def number_of_a_million_digits(marker: Path) -> bytes:
    return b"L" + b"9" * 1_000_000 + b"L\n."


def frame_longer_than_its_file(marker: Path) -> bytes:
    return b"\x80\x04\x95" + struct.pack("<Q", 2**63 - 1) + b"N."


def array_of(shape: bytes, data: bytes = b"") -> bytes:
    """A scaler whose mean is an array of this shape (opcodes) and these bytes."""
    kind = name("numpy", "dtype") + text("f8") + b"\x89\x88\x87R"
    raw = b"B" + struct.pack("<I", len(data)) + data
    array = name("numpy._core.numeric", "_frombuffer") + b"(" + raw + kind + shape + text("C")
    cls = name("sklearn.preprocessing._data", "StandardScaler")
    return program(cls, b")\x81", b"}", text("mean_"), array + b"tR", b"sb")


def array_with_a_negative_size(marker: Path) -> bytes:
    return array_of(b"J\xff\xff\xff\xff\x85", bytes(8))


def array_of_nothing_times_much(marker: Path) -> bytes:
    huge = b"\x8a\x06" + (2**45).to_bytes(6, "little")
    return array_of(huge + b"K\x00\x86")


def array_of_many_dimensions(marker: Path) -> bytes:
    return array_of(b"(" + b"K\x01" * 60 + b"t", bytes(8))


def array_of_objects_from_bytes(marker: Path) -> bytes:
    """Eight bytes taken for the address of an object."""
    kind = name("numpy", "dtype") + text("O8") + b"\x89\x88\x87R"
    scalar = name("numpy._core.multiarray", "scalar") + kind + b"C\x08" + b"A" * 8 + b"\x86R"
    cls = name("sklearn.preprocessing._data", "StandardScaler")
    return program(cls, b")\x81", b"}", text("mean_"), scalar, b"sb")


def bytes_of_another_encoding(marker: Path) -> bytes:
    """``codecs.encode`` reaches every codec of Python, such as bz2 and zip."""
    return program(name("_codecs", "encode"), text("x" * 10), text("zip"), b"\x86R")


def bomb_of_bz2(marker: Path) -> bytes:
    return bz2.compress(bytes(200 * 2**20), 9)


def bomb_of_xz(marker: Path) -> bytes:
    return lzma.compress(bytes(200 * 2**20), preset=0)


def bomb_in_a_bomb(marker: Path) -> bytes:
    return gzip.compress(gzip.compress(bytes(50 * 2**20)))


def two_compressed_files(marker: Path) -> bytes:
    return gzip.compress(HONEST.data) + gzip.compress(HONEST.data)


def xz_that_wants_a_gigabyte(marker: Path) -> bytes:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 2**30}]
    return lzma.compress(HONEST.data, filters=filters)


def archive_of_another_kind(marker: Path) -> bytes:
    return b"7z\xbc\xaf\x27\x1c" + zlib.compress(b"x" * 100)


# -- Parts -------------------------------------------------------------------------------------


@cache
def boosted() -> HistGradientBoostingClassifier:
    """A small model of histogram boosting."""
    return publish(HistGradientBoostingClassifier(max_iter=2, max_leaf_nodes=4)).estimator


def histogram(change: Callable[[Any], None]) -> bytes:
    """Histogram boosting with the nodes of its first tree changed."""
    model = pickle.loads(pickle.dumps(boosted()))
    change(model._predictors[0][0].nodes)
    return dumped(model)


def histogram_child_out_of_range(marker: Path) -> bytes:
    return histogram(lambda nodes: nodes["right"].__setitem__(0, 10**6))


def histogram_cycle(marker: Path) -> bytes:
    return histogram(lambda nodes: nodes["left"].__setitem__(0, 0))


def histogram_feature_out_of_range(marker: Path) -> bytes:
    return histogram(lambda nodes: nodes["feature_idx"].__setitem__(0, 10**9))


def histogram_categories(marker: Path) -> bytes:
    """A split on a category reads a table at a place that the node names."""

    def change(nodes: Any) -> None:
        nodes["is_categorical"][0], nodes["bitset_idx"][0] = 1, 10**8

    return histogram(change)


def histogram_of_no_nodes(marker: Path) -> bytes:
    model = pickle.loads(pickle.dumps(boosted()))
    tree = model._predictors[0][0]
    tree.nodes = tree.nodes[:0]
    return dumped(model)


def regression_with_other_vectors(marker: Path) -> bytes:
    model = SVR().fit(HONEST.rows, HONEST.rows[:, 0])
    model.support_vectors_ = model.support_vectors_[:, :2]
    return dumped(model)


def encoder(**changes: Any) -> bytes:
    """A one-hot encoder before a regression, with some attributes changed."""
    rows = np.array([["a"], ["b"]] * 10, dtype=object)
    model = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(rows, [0, 1] * 10)
    vars(model[0]).update(changes)
    return dumped(model)


def encoder_with_more_outputs(marker: Path) -> bytes:
    return encoder(_n_features_outs=[-5])


def encoder_with_places_out_of_range(marker: Path) -> bytes:
    return encoder(
        _infrequent_enabled=True,
        _default_to_infrequent_mappings=[np.array([0, 10**9])],
    )


def encoder_with_odd_categories(marker: Path) -> bytes:
    odd = np.empty(2, dtype=object)
    odd[:] = [[1], [2]]
    return encoder(categories_=[odd])


def polynomial_of_degree_a_million(marker: Path) -> bytes:
    scaler = PolynomialFeatures().fit(HONEST.rows[:, :2])
    scaler._max_degree = 10**6
    return dumped(make_pipeline(scaler, HONEST.estimator))


def columns_of_an_odd_kind(marker: Path) -> bytes:
    model = ColumnTransformer([("a", "passthrough", [0])]).fit(HONEST.rows)
    model.transformers_ = [("a", "passthrough", {"a": 1})]
    return dumped(make_pipeline(model, HONEST.estimator))


def function_of_a_type(marker: Path) -> bytes:
    """A type is a plain value, and may be called."""
    return dumped(make_pipeline(FunctionTransformer(np.float64), HONEST.estimator))


def function_of_a_target(marker: Path) -> bytes:
    model = TransformedTargetRegressor(LinearRegression(), func=np.float64, inverse_func=np.float64)
    return dumped(model)


def reader_of_files(marker: Path) -> bytes:
    """A vectorizer that takes each value of a request for the name of a file to read."""
    marker.parent.joinpath("words").write_text("some words")
    names = [str(marker.parent / "words")] * 4
    return dumped(
        make_pipeline(CountVectorizer(input="filename"), MultinomialNB()).fit(names, [0, 1, 0, 1])
    )


def writer_of_files(marker: Path) -> bytes:
    return dumped(Pipeline([("a", HONEST.estimator)], memory=str(marker)))


def search_tree(marker: Path) -> bytes:
    """A tree for nearest neighbours, whose native code trusts the places it holds."""
    return dumped(publish(KNeighborsClassifier(algorithm="kd_tree"), "iris").estimator)


def search_for_parameters(marker: Path) -> bytes:
    return dumped(GridSearchCV(LogisticRegression(), {"C": [1.0]}))


# -- Zips --------------------------------------------------------------------------------------


@cache
def zipped() -> dict[str, bytes]:
    """The members of an honest file of skops."""
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(HONEST.estimator))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(
    members: dict[str, bytes], more: dict[str, bytes] | None = None, *, level: int = 0
) -> bytes:
    """A zip of these members; ``more`` may repeat names."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", level and zipfile.ZIP_DEFLATED) as archive:
        for each in (members, more or {}):
            for name_, data in each.items():
                archive.writestr(name_, data)
    return file.getvalue()


def schema(change: Callable[[dict[str, Any]], Any]) -> bytes:
    """The honest file with its schema changed, or replaced by what the change returns."""
    tree = json.loads(zipped()["schema.json"])
    return repacked(zipped() | {"schema.json": json.dumps(change(tree) or tree).encode()})


def attribute(node: dict[str, Any]) -> bytes:
    """The honest file with one attribute replaced by a node."""

    def change(tree: dict[str, Any]) -> None:
        tree["content"]["content"]["criterion"] = node

    return schema(change)


def node(loader: str, path: str, **more: Any) -> dict[str, Any]:
    """A node of a schema."""
    module, _, cls = path.rpartition(".")
    return {"__loader__": loader, "__module__": module, "__class__": cls} | more


def zip_with_a_way_out(marker: Path) -> bytes:
    return repacked(zipped(), {"../../outside.npy": b"x"})


def zip_without_schema(marker: Path) -> bytes:
    return repacked({"1.npy": b"x"})


def zip_with_other_bytes_before(marker: Path) -> bytes:
    return b"PK\x03\x04" + bytes(60) + repacked(zipped())


def zip_cut_off(marker: Path) -> bytes:
    return repacked(zipped())[:-200]


def zip_bomb(marker: Path) -> bytes:
    return repacked(zipped(), {"9.npy": bytes(200 * 2**20)}, level=9)


def zip_that_lies_about_sizes(marker: Path) -> bytes:
    """The directory says 1,000 bytes where the schema has 100 MiB."""
    bomb = zipped()["schema.json"] + b" " * 100 * 2**20
    data = repacked(zipped() | {"schema.json": bomb}, level=9)
    return data.replace(struct.pack("<I", len(bomb)), struct.pack("<I", 1_000))


def zip_with_a_member_twice(marker: Path) -> bytes:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile knows that it is odd
        return repacked(zipped(), {"schema.json": zipped()["schema.json"]})


def zip_that_is_encrypted(marker: Path) -> bytes:
    data = bytearray(repacked(zipped()))
    for at in range(len(data) - 4):
        if data[at : at + 4] == b"PK\x01\x02":
            data[at + 8] |= 1
    return bytes(data)


def zip_of_a_function(marker: Path) -> bytes:
    return attribute(node("FunctionNode", "os.system"))


def zip_of_a_type(marker: Path) -> bytes:
    return attribute(node("TypeNode", "builtins.eval"))


def zip_of_an_object(marker: Path) -> bytes:
    state = node("DictNode", "builtins.dict", content={}, key_types={"content": []})
    return attribute(node("ObjectNode", "subprocess.Popen", content=state))


def zip_of_a_call(marker: Path) -> bytes:
    """skops before 0.12 called what the class named, and asked about something else."""
    return attribute(node("OperatorFuncNode", "builtins.eval", attrs={}))


def zip_of_a_method(marker: Path) -> bytes:
    return attribute(node("MethodNode", "os.system", content={"func": "system", "obj": {}}))


def zip_of_a_partial(marker: Path) -> bytes:
    return attribute(node("PartialNode", "functools.partial", content={}))


def zip_of_a_pickle(marker: Path) -> bytes:
    """An array of objects is a pickle within numpy's own format."""
    file = io.BytesIO()
    np.save(file, np.array([Calling(print, "x")], dtype=object), allow_pickle=True)
    stored = node("NdArrayNode", "numpy.ndarray", type="numpy", file="7.npy")
    tree = json.loads(zipped()["schema.json"])
    tree["content"]["content"]["criterion"] = stored
    changed = {"schema.json": json.dumps(tree).encode(), "7.npy": file.getvalue()}
    return repacked(zipped() | changed)


def array_file(data: bytes) -> bytes:
    """The honest file with every array replaced."""
    return repacked({n: data if n.endswith(".npy") else d for n, d in zipped().items()})


def zip_of_a_boasting_array(marker: Path) -> bytes:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627775,), }"
    return array_file(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)


def zip_of_a_computed_header(marker: Path) -> bytes:
    header = b"{'descr': __import__('os').system('x'), 'fortran_order': False, 'shape': ()}"
    return array_file(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)


def zip_of_a_tree_of_another_class(marker: Path) -> bytes:
    def change(tree: Any) -> dict[str, Any]:
        return tree | {"__loader__": "TreeNode", "__reduce__": {"args": node("JsonNode", "a.b",
                       content="1")}}  # fmt: skip

    return schema(change)


def zip_of_a_generator(marker: Path) -> bytes:
    """skops took the class of the numbers' source from a text that its audit never saw."""
    return schema(lambda tree: node("RandomGeneratorNode", "numpy.random.Generator", content={}))


def zip_of_a_deep_schema(marker: Path) -> bytes:
    text_ = b'{"__loader__":"ListNode","content":[' * 50_000 + b"]}" * 50_000
    return repacked(zipped() | {"schema.json": text_})


def zip_of_a_list_for_text(marker: Path) -> bytes:
    return attribute(node("JsonNode", "builtins.str", content="[1, 2]"))


def zip_of_a_cycle_in_a_tree(marker: Path) -> bytes:
    """The same walk without an end, through skops' own format."""
    members = dict(zipped())
    for name_, data in members.items():
        if b"left_child" in data[:500] and name_.endswith(".npy"):
            array = np.load(io.BytesIO(data))
            array["left_child"][0] = 0
            file = io.BytesIO()
            np.save(file, array)
            members[name_] = file.getvalue()
    return repacked(members)


# -- Flat --------------------------------------------------------------------------------------


def flat(**changes: Any) -> bytes:
    """A flat model of one tree and 13 features, with parts replaced."""
    trees = {"kind": "trees", "trees": 1, "feature": [0, -1, -1], "threshold": [13.0]}
    honest = {
        "format": 1,
        "n_features": 13,
        "steps": [],
        "predictor": trees | {"probabilities": [[1.0, 0, 0], [0, 1.0, 0]]},
    }
    return json.dumps(honest | changes).encode()


def tree_table(**changes: Any) -> bytes:
    """The same with parts of its tree replaced."""
    return flat(predictor=json.loads(flat())["predictor"] | changes)


def flat_feature_out_of_range(marker: Path) -> bytes:
    return tree_table(feature=[10**9, -1, -1])


def flat_of_a_billion_trees(marker: Path) -> bytes:
    return tree_table(trees=10**9)


def flat_without_leaves(marker: Path) -> bytes:
    return tree_table(probabilities=[])


def flat_of_a_deep_list(marker: Path) -> bytes:
    return b'{"format":' + b"[" * 500_000 + b"]" * 500_000 + b"}"


def flat_of_infinity(marker: Path) -> bytes:
    return tree_table(threshold=[1e999])


def flat_of_a_billion_features(marker: Path) -> bytes:
    return flat(n_features=10**9)


def flat_of_other_answers(marker: Path) -> bytes:
    return flat()


def _hostile() -> list[Hostile]:
    files: dict[Callable[[Path], bytes], str] = {
        broken_after_the_payload: CODE,
        memo_changed_later: CODE,
        memo_never_set: "damaged",
        opcode_obj: CODE,
        extension_of_four_bytes: "opcode EXT4",
        global_of_protocol_0: CODE,
        older_name_of_builtins: CODE,
        object_out_of_another_base: "another than an empty one",
        state_on_a_function: "of encode itself",
        state_with_slots: "never fitted",
        class_replaced: "a class where a value belongs",
        nested_lists: "holds no fitted",
        nested_tuples_in_a_model: "nested deeper",
        a_million_marks: "damaged",
        doubling_lists: "no predict_proba",
        list_within_itself: "no predict_proba",
        text_longer_than_its_file: "cut off",
        number_longer_than_its_file: "cut off",
        number_of_a_million_digits: "damaged",
        frame_longer_than_its_file: "cut off|holds no fitted",
        array_with_a_negative_size: "described in a way",
        array_of_nothing_times_much: "described in a way",
        array_of_many_dimensions: "described in a way",
        array_of_objects_from_bytes: "described in a way",
        bytes_of_another_encoding: "holds no fitted",
        bomb_of_bz2: "grows from",
        bomb_of_xz: "grows from",
        bomb_in_a_bomb: "damaged",
        two_compressed_files: "behind the end",
        xz_that_wants_a_gigabyte: "damaged",
        archive_of_another_kind: "damaged",
        histogram_child_out_of_range: "out of range",
        histogram_cycle: "back up",
        histogram_feature_out_of_range: "feature out of range",
        histogram_categories: "splits on categories",
        histogram_of_no_nodes: "another kind of nodes",
        regression_with_other_vectors: "do not fit",
        encoder_with_more_outputs: "number of outputs",
        encoder_with_places_out_of_range: "number of outputs",
        encoder_with_odd_categories: "neither text nor number",
        polynomial_of_degree_a_million: "features",
        columns_of_an_odd_kind: "neither names nor places",
        function_of_a_type: "calls a function",
        function_of_a_target: "calls a function",
        reader_of_files: "only from a signed",
        search_tree: "algorithm='brute'",
        search_for_parameters: "best_estimator_",
        zip_with_a_way_out: "a member '../../outside",
        zip_without_schema: "no schema.json",
        zip_with_other_bytes_before: "around its members",
        zip_cut_off: "broken",
        zip_bomb: "grows from",
        zip_that_lies_about_sizes: "broken|damaged|more bytes",
        zip_with_a_member_twice: "a member twice",
        zip_that_is_encrypted: "packs it in a way",
        zip_of_a_function: CODE,
        zip_of_a_type: CODE,
        zip_of_an_object: CODE,
        zip_of_a_call: "OperatorFuncNode",
        zip_of_a_method: "MethodNode",
        zip_of_a_partial: "PartialNode",
        zip_of_a_pickle: "dtype",
        zip_of_a_boasting_array: "claims",
        zip_of_a_computed_header: "damaged one",
        zip_of_a_tree_of_another_class: "RandomForestClassifier|damaged",
        zip_of_a_generator: "no fitted",
        zip_of_a_deep_schema: "nested deeper",
        zip_of_a_list_for_text: "damaged one",
        zip_of_a_cycle_in_a_tree: "back up",
        flat_feature_out_of_range: "broken",
        flat_of_a_billion_trees: "broken",
        flat_without_leaves: "broken",
        flat_of_a_deep_list: "not JSON",
        flat_of_infinity: "not finite",
        flat_of_a_billion_features: "1,000,000,000 features",
        flat_of_other_answers: "golden rows",
    }
    named = [Hostile(make.__name__, make, words, False) for make, words in files.items()]
    asked = [Hostile(path, asking(path), CODE, False) for path in RUNS_CODE + READS_OR_SENDS]
    return asked + named


HOSTILE_TOO = _hostile()
