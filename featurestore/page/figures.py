"""How every drawing looks, and how it becomes SVG text inside a page."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours, which readers with any kind of colour blindness tell apart ("Color Universal Design",
# 2008). Nothing is told by colour alone: lines also differ in dashes and markers, bars in hatching.
BLUE, VERMILION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
INK, QUIET = "#1a1a1a", "#6b6b6b"

_STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "axes.grid": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
}
_PROLOG = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_SIZE = re.compile(r'(<svg[^>]*?) width="[^"]*"([^>]*?)>', re.DOTALL)
_HEIGHT = re.compile(r'(<svg[^>]*?) height="[^"]*"', re.DOTALL)


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches, in this module's style."""
    with mpl.rc_context(_STYLE):
        return Figure(figsize=(width, height), layout="constrained")


def one_axes(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure with one drawing area."""
    figure = new_figure(width, height)
    with mpl.rc_context(_STYLE):
        return figure, figure.add_subplot()


def axes_grid(figure: Figure, rows: int, columns: int) -> list[Axes]:
    """Drawing areas in rows and columns that share their horizontal axis, row by row."""
    with mpl.rc_context(_STYLE):
        found = figure.subplots(rows, columns, squeeze=False, sharex=True)
    return [axes for row in found for axes in row]


def as_svg(figure: Figure, *, name: str, says: str) -> str:
    """The figure as an SVG element that fits the width it is given; `says` is read out in its place.

    Equal figures give equal text. Names inside it begin with `name`, which must differ within a page.
    """
    buffer = io.StringIO()
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = _METADATA.sub("", _PROLOG.sub("", buffer.getvalue()))
    text = _HEIGHT.sub(r"\1", _SIZE.sub(r"\1\2>", text, count=1), count=1)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{name}-", text)
    label = says.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return text.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
