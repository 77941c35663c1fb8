"""The scripts of the what-if page as one, for the page and for the file that it exports.

They are modules in ``assets/what_if`` that import one another by name. Here each stands in a
function of its own, after those that it imports: names that it does not export stay its own.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from dashboard.settings import REPOSITORY

SCRIPTS = REPOSITORY / "assets" / "what_if"
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(
    r"^export (?=(?:(?:async )?function\*?|class|const) (?P<name>\w+))", re.MULTILINE
)
COMMENT = re.compile(r"^ */\*(?s:.*?)\*/\n|^ *//.*\n", re.MULTILINE)


def bundle(entry: str = "app", *, scripts: Path = SCRIPTS) -> str:
    """The module ``entry`` and all that it needs as one script.

    What ``entry`` exports has its names at the end of it.
    """
    modules = [_scoped(scripts, name) for name in _order(entry, scripts)]
    return "\n".join([*modules, f"const {_exported(scripts, entry)} = {_scope(entry)};\n"])


def without_comments(script: str) -> str:
    """A script without the comments that have lines to themselves: a fifth less on its way."""
    return COMMENT.sub("", script)


def _scoped(scripts: Path, name: str) -> str:
    """A module as a constant that holds what it exports."""
    taken = IMPORT.sub(lambda m: f"const {{{m[1]}}} = {_scope(m[2])};\n", _source(scripts, name))
    body = EXPORT.sub("", taken).strip()
    shared = _exported(scripts, name)
    return f"const {_scope(name)} = (function () {{\n{body}\nreturn {shared};\n}})();"


def _scope(name: str) -> str:
    return f"module_{name}"


def _exported(scripts: Path, name: str) -> str:
    names = (match["name"] for match in EXPORT.finditer(_source(scripts, name)))
    return "{ " + ", ".join(names) + " }"


def _order(entry: str, scripts: Path) -> Iterable[str]:
    """The modules behind ``entry``, each after those it imports, ``entry`` last."""
    done: dict[str, None] = {}

    def visit(name: str, on_the_way: tuple[str, ...]) -> None:
        if name in on_the_way:
            raise ValueError(f"{' -> '.join((*on_the_way, name))}: modules import each other")
        if name in done:
            return
        for _, needed in IMPORT.findall(_source(scripts, name)):
            visit(needed, (*on_the_way, name))
        done[name] = None

    visit(entry, ())
    return done


def _source(scripts: Path, name: str) -> str:
    return (scripts / f"{name}.js").read_text(encoding="utf-8")
