"""What Plotly's own classes say of a chart: they know every attribute and its values."""

import json
from typing import Any

import plotly.graph_objects as go
from plotly.io.json import to_json_plotly

from dashboard.figures.chart import Chart


def checked(chart: Chart) -> go.Figure:
    """The chart as Plotly's Python takes it, word by word. Raises ValueError where it does not."""
    figure = go.Figure({"data": chart.data, "layout": {"template": {}} | chart.layout})
    drawn, sent = _sent(figure), _sent(chart)
    drawn["layout"].pop("template"), sent["layout"].pop("template", None)
    assert drawn == sent  # else Plotly took a word apart: JavaScript knows no title_text
    return figure


def _sent(chart: Chart | go.Figure) -> dict[str, Any]:
    return json.loads(to_json_plotly(chart), object_hook=_said)


def _said(part: dict[str, Any]) -> dict[str, Any]:
    """What is None or an empty list is as good as not said."""
    return {name: value for name, value in part.items() if value not in (None, [])}
