"""What lies behind the traces of these charts: a line across, and a shaded band.

Plotly's ``add_vline`` and its kin take longer for one line than the figure takes without it.
"""

from typing import Any, Literal

from dashboard.theme import SHADE

Axis = Literal["x", "y"]
Shape = dict[str, Any]


def line_at(axis: Axis, value: float, **line: Any) -> Shape:
    """A line at a value of an axis, from one side of the chart to the other."""
    return _across(axis, value, value) | {"type": "line", "line": line}


def band(axis: Axis, start: float, end: float) -> Shape:
    """A shaded band between two values of an axis, below the traces."""
    looks = {"type": "rect", "fillcolor": SHADE, "line": {"width": 0}, "layer": "below"}
    return _across(axis, start, end) | looks


def _across(axis: Axis, start: float, end: float) -> Shape:
    other = "y" if axis == "x" else "x"
    ends = {f"{axis}ref": axis, f"{axis}0": start, f"{axis}1": end}
    return ends | {f"{other}ref": f"{other} domain", f"{other}0": 0, f"{other}1": 1}
