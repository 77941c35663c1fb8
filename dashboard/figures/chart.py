"""A chart as plain data, in the words of Plotly's JavaScript: https://plotly.com/javascript/reference.

Plotly's own classes would check each attribute of each trace again whenever a page is drawn: that
takes twice as long as all the rest of it, and 8 MB. The tests have them check every chart.
"""

from collections.abc import Iterable, Mapping
from typing import Any

Trace = dict[str, Any]
Layout = dict[str, Any]


class Chart(dict[str, Any]):
    """``data``, a list of traces, and ``layout``, which is all else.

    Args:
        traces: They are drawn in this order.
        layout: What it has from the start.
    """

    def __init__(self, traces: Iterable[Trace] = (), layout: Layout | None = None) -> None:
        super().__init__(data=list(traces), layout=dict(layout or {}))

    @property
    def data(self) -> list[Trace]:
        """The traces."""
        traces: list[Trace] = self["data"]
        return traces

    @property
    def layout(self) -> Layout:
        """Axes, legend, shapes, annotations, template and the like."""
        layout: Layout = self["layout"]
        return layout

    def add(self, type: str, **trace: Any) -> None:
        """Draw one more trace, over the others."""
        self.data.append({"type": type, **trace})

    def add_shape(self, **shape: Any) -> None:
        """Draw a line, an area or a path that is no trace."""
        self.layout.setdefault("shapes", []).append(shape)

    def update_layout(self, **parts: Any) -> None:
        """Set parts of the layout; of one that is there already, what is given."""
        _merge(self.layout, parts)

    def update_xaxes(self, **parts: Any) -> None:
        """Set parts of the horizontal axis."""
        self.update_layout(xaxis=parts)

    def update_yaxes(self, **parts: Any) -> None:
        """Set parts of the vertical axis."""
        self.update_layout(yaxis=parts)


def _merge(into: dict[str, Any], parts: Mapping[str, Any]) -> None:
    for name, value in parts.items():
        if isinstance(value, Mapping) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = value
