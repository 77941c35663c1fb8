"""Colours and the Plotly template, light and dark; the CSS twins are in assets/10-tokens.css."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

Mode = Literal["light", "dark"]
COOKIE = "shown-theme"  # written before the first paint, see templates/boot.js
FONT = "Inter, system-ui, sans-serif"
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross")
FILL_OPACITY = 0.24
# Seen on light and dark alike, for what has no place in the series.
NEUTRAL, EDGE, SHADE = "#A3979C", "#857A7F", "rgba(128,118,122,0.14)"
BROKEN = "#D0453B"  # always with a cross


@dataclass(frozen=True)
class Palette:
    """The colours that a chart needs."""

    surface: str
    ink: str
    muted: str
    border: str
    grid: str
    wine: str
    series: tuple[str, ...]


PALETTES: dict[Mode, Palette] = {
    "light": Palette(
        surface="#FFFFFF",
        ink="#2A171D",
        muted="#6B5560",
        border="#E6DAD2",
        grid="#EADFD7",
        wine="#7B1E3B",
        series=("#8E1F43", "#946200", "#1F6F7D", "#5B4B8A", "#4F6B2E"),
    ),
    "dark": Palette(
        surface="#211A1E",
        ink="#F4EBE6",
        muted="#BDABB2",
        border="#3D3137",
        grid="#372B31",
        wine="#F08CA8",
        series=("#F08CA8", "#E9B44C", "#6CC5D4", "#B7A6EC", "#A9C77F"),
    ),
}


def mode_of(cookie: str | None) -> Mode:
    """The mode that a visitor's cookie asks for; light without one."""
    return "dark" if cookie == "dark" else "light"


@cache
def template(mode: Mode) -> dict[str, Any]:
    """The Plotly template of a mode: transparent, horizontal grid only, legend on top."""
    p = PALETTES[mode]
    axis = {
        "automargin": True,
        "color": p.muted,
        "gridcolor": p.grid,
        "linecolor": p.border,
        "tickfont": {"size": 12},
        "title": {"font": {"size": 12.5}, "standoff": 10},
        "zeroline": False,
        "zerolinecolor": p.muted,
        "zerolinewidth": 1,
    }
    return {
        "data": {"scatter": [{"fillcolor": _faint(colour)} for colour in p.series]},
        "layout": {
            "bargap": 0.35,
            "colorway": list(p.series),
            "colorscale": {
                "sequential": [[0, p.surface], [1, p.wine]],
                "diverging": [[0, p.series[2]], [0.5, p.surface], [1, p.series[0]]],
            },
            "font": {"family": FONT, "size": 13, "color": p.ink},
            "hoverlabel": {
                "bgcolor": p.surface,
                "bordercolor": p.border,
                "font": {"color": p.ink, "family": FONT},
            },
            "legend": {
                "font": {"size": 12, "color": p.muted},
                "orientation": "h",
                "x": 0,
                "xanchor": "left",
                "y": 1.02,
                "yanchor": "bottom",
            },
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "xaxis": axis | {"showgrid": False, "ticks": "outside", "ticklen": 4},
            "yaxis": axis | {"showgrid": True},
        },
    }


def _faint(colour: str) -> str:
    """The colour of an area, through which others can be seen."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{FILL_OPACITY})"
