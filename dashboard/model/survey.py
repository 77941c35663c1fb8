"""What the bytes of a model file say of themselves, with nothing of it executed.

A report for people, not a check: it searches for the names and versions that pickles spell out.
What may be opened decides ``stream``, which reads every opcode.
"""

import re
from typing import Any

from dashboard.model.inflate import inflate
from store.errors import ModelRefused

ZIP = b"PK\x03\x04"
PROTO = 0x80
COMPRESSED = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x5d\x00\x00", "lzma"),
    (b"x", "zlib"),
)
# A name is a module and a class: since protocol 4 two short texts, before it two lines.
NAMES = (
    re.compile(rb"\x8c.([a-z_][\w.]{1,99})\x94\x8c.(\w{1,99})\x94\x93", re.DOTALL),
    re.compile(rb"c([a-z_][\w.]{1,99})\n(\w{1,99})\n"),
)
VERSION = re.compile(
    rb"_sklearn_version(?:\x94|q.|r....)?(?:\x8c.|X....|U.)(\d[\w.]{2,19})", re.DOTALL
)
MOST_NAMES = 40


def survey(data: bytes) -> dict[str, Any]:
    """Format, pickle protocol, what it was written with, and the classes that it names.

    >>> survey(b"\\x80\\x04csklearn.tree._classes\\nDecisionTreeClassifier\\n.")["protocol"]
    4
    """
    if data.startswith(ZIP):
        return {"format": "skops", "protocol": None, "written_with": {}, "names": []}
    packed = next((name for magic, name in COMPRESSED if data.startswith(magic)), "")
    try:
        plain = inflate(data)
    except ModelRefused:  # the opener says so in full
        plain = data
    written = {version.decode() for version in VERSION.findall(plain)}
    names = {
        b".".join(found).decode("ascii", "replace")
        for pattern in NAMES
        for found in pattern.findall(plain)
    }
    kind = "joblib" if b"joblib.numpy_pickle" in plain else "pickle"
    return {
        "format": f"{kind}, {packed}" if packed else kind,
        "protocol": plain[1] if len(plain) > 1 and plain[0] == PROTO else 0,
        "written_with": {"scikit-learn": ", ".join(sorted(written))} if written else {},
        "names": sorted(names)[:MOST_NAMES],
    }
