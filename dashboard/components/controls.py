"""Native fields as components of Dash; ``assets/controls.js`` draws them.

Dash's own are larger than the rest of a page together, or have no name for who cannot see them.
"""

from collections.abc import Sequence
from typing import Any

from dash.development.base_component import Component


class _Control(Component):
    """What Dash asks of every component."""

    _namespace = "cellar_controls"
    _children_props: list[str] = []
    _base_nodes: list[str] = []
    _props: Sequence[str] = ("id", "value")

    def __init__(self, **props: Any) -> None:
        self._prop_names = self.available_properties = list(self._props)
        self._valid_wildcard_attributes = self.available_wildcard_properties = []
        super().__init__(**props)  # type: ignore[no-untyped-call]  # Dash's has no types


class Select(_Control):
    """One of ``options``, each with label and value, and disabled where it cannot be chosen."""

    _type = "Select"
    _namespace = "cellar_controls"
    _props = ("id", "value", "options")


class Checklist(_Control):
    """Any of ``options``, each with label and value; ``value`` lists those that are checked."""

    _type = "Checklist"
    _namespace = "cellar_controls"
    _props = ("id", "value", "options")


class TextField(_Control):
    """A text; ``value`` follows when typing ends. ``type`` is that of HTML, ``list`` an id."""

    _type = "TextField"
    _namespace = "cellar_controls"
    _props = ("id", "value", "type", "placeholder", "list")
