"""Texts from a log as they may be shown: one line, no host, no address, no path."""

import re
from typing import Any, Final

MAX_TEXT: Final = 160
MAX_REASON: Final = 300
PYTHON_TRACEBACK: Final = "Traceback (most recent call last):"

ADDRESS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b(?::\d+)?|\bip(?:-\d{1,3}){4}[\w.-]*")
URL = re.compile(r"\b([a-z][a-z0-9+.-]*):/+(?:[^\s,;\[\]()'\"]*/)?", re.IGNORECASE)
FOLDERS = re.compile(r"(?<![\w.…/])/(?:[^\s/:,;\[\]()'\"]+/)+")


class Wording:
    """Knows the hosts of an application, and says "host 1" for the first of them."""

    def __init__(self) -> None:
        self._hosts: dict[str, str] = {}

    def host(self, name: Any) -> str:
        """What to call a host."""
        return self._hosts.setdefault(str(name)[:300], f"host {len(self._hosts) + 1}")

    def reason(self, said: Any) -> str:
        """Why something failed: of a Python traceback its last line, else the first line."""
        told = str(said or "")
        if PYTHON_TRACEBACK in told:
            after = told.partition(PYTHON_TRACEBACK)[2].splitlines()
            last = next((line for line in after if line and not line.startswith(" ")), "")
            return self.text(last or told, MAX_REASON)
        return self.text(told, MAX_REASON)

    def text(self, said: Any, limit: int = MAX_TEXT) -> str:
        """The first line of what is said, cut at ``limit`` characters, without places."""
        line = str(said or "").strip().partition("\n")[0][: 8 * limit]
        line = URL.sub(r"\1:…/", line).replace(" at <unknown>:0", "")
        line = FOLDERS.sub("", line)
        for name, shown in self._hosts.items():
            if name in line:
                line = re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w-])(?::\d+)?", shown, line)
        line = " ".join(ADDRESS.sub("…", line).split())
        return line if len(line) <= limit else f"{line[: limit - 1]}…"


def master(said: Any) -> str | None:
    """The kind of a master, such as ``local[2]``, ``yarn``, ``spark://…``; never its address."""
    kind, where, _ = str(said or "").partition("://")
    kind = "".join(kind.split())[:40]
    return (f"{kind}://…" if where else kind) or None
