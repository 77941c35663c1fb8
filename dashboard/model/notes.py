"""What a pickle asks for, written down: the plain data that ``stream`` makes of it."""

from dataclasses import dataclass
from typing import Any

from dashboard.model.allowed import Kind

UNSET: Any = object()


@dataclass(eq=False)
class Name:
    """A name from the list of allowed ones."""

    module: str
    name: str
    kind: Kind

    @property
    def key(self) -> tuple[str, str]:
        """How the list of allowed names knows it."""
        return self.module, self.name


class Pairs(list[tuple[Any, Any]]):
    """The items of a dict, in order."""


class Members(list[Any]):
    """The members of a set."""


@dataclass(eq=False)
class New:
    """An empty object of a class, and the attributes it is to have."""

    cls: Name
    state: Any = UNSET


@dataclass(eq=False)
class Call:
    """A function with its arguments, and the state its result is to have."""

    function: Name
    arguments: tuple[Any, ...]
    state: Any = UNSET
