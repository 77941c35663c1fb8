"""The scripts of the what-if page as one, for the page and for the file that it exports.

They are modules in ``assets/what_if`` that import one another by name. Here they stand in one
scope, each after those that it imports; a name that two modules declare is an error in every
browser, so a test opens the bundle.
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from dashboard.settings import REPOSITORY

SCRIPTS = REPOSITORY / "assets" / "what_if"
IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)
COMMENT = re.compile(r"^ */\*(?s:.*?)\*/\n|^ *//.*\n", re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?function|class|const)", re.MULTILINE)


@cache
def bundle(entry: str = "app", *, scripts: Path = SCRIPTS) -> str:
    """The module ``entry`` and all that it needs as one script, without imports and exports."""
    return "\n".join(
        EXPORT.sub("", IMPORT.sub("", _source(scripts, name))) for name in _order(entry, scripts)
    )


def without_comments(script: str) -> str:
    """A script without the comments that have lines to themselves: a third less on its way."""
    return COMMENT.sub("", script)


def _order(entry: str, scripts: Path) -> Iterable[str]:
    """The modules behind ``entry``, each after those it imports, ``entry`` last."""
    done: dict[str, None] = {}

    def visit(name: str, on_the_way: tuple[str, ...]) -> None:
        if name in on_the_way:
            raise ValueError(f"{' -> '.join((*on_the_way, name))}: modules import each other")
        if name in done:
            return
        for needed in IMPORT.findall(_source(scripts, name)):
            visit(needed, (*on_the_way, name))
        done[name] = None

    visit(entry, ())
    return done


@cache
def _source(scripts: Path, name: str) -> str:
    return (scripts / f"{name}.js").read_text(encoding="utf-8")
