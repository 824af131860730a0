"""How all figures look: sizes for print, colours that colour-blind readers tell apart, words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.textpath import TextPath
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from tiltyard.engine.files.atomic import atomic_path
from tiltyard.engine.wording import number_text

# Text stays text: it can be searched, and read aloud.
matplotlib.rcParams["svg.fonttype"] = "none"

#: Width of a figure over both columns of a journal's page [inch]; nothing is wider.
WIDTH = 7.2
#: Sizes of text [pt]: nothing is smaller than the first.
SMALL, NORMAL, TITLE = 7.0, 8.0, 9.0
#: An axis whose end is a smaller multiple of its start has hardly a power of ten to label.
NARROW = 12.0
#: Multiples of a power of ten that are labelled, the fewer first, and how many are enough.
MULTIPLES = ((2.0, 5.0), (2.0, 3.0, 5.0, 7.0), (1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0))
LEAST_TICKS = 3
STYLE: Any = {
    "font.size": SMALL,
    "axes.labelsize": NORMAL,
    "axes.titlesize": NORMAL,
    "figure.titlesize": TITLE,
    "legend.fontsize": SMALL,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "grid.linewidth": 0.3,
    "grid.color": "#bbbbbb",
    "lines.linewidth": 1.1,
    "lines.markersize": 3.5,
    "hatch.linewidth": 0.6,
}
#: Okabe and Ito's colours without yellow, which is lost on paper, and three dark ones: nobody
#: takes one for another, with whichever cones (a test measures it).
COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#5B3A00",
    "#882255",
    "#332288",
)
#: Shapes say the same as colours where there is no colour.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
#: What frames the methods, and what is of less weight.
INK, PALE = "black", "#777777"
#: Dots an inch of the PNG files.
RESOLUTION = 180
#: Kinds of files of each figure.
KINDS = ("svg", "png")


def new_figure(height: float, gap: float = 0.05) -> Figure:
    """An empty figure of `height`, laid out so that no text is cut; `gap` around axes [inch]."""
    engine = ConstrainedLayoutEngine(w_pad=gap / 2, h_pad=0.04, wspace=0.0, hspace=0.0)
    return Figure(figsize=(WIDTH, height), layout=engine)


def message_figure(message: str) -> Figure:
    """A figure that says why there is nothing to draw."""
    figure = Figure(figsize=(WIDTH, 1.2))
    figure.text(0.5, 0.5, message, ha="center", va="center", fontsize=TITLE)
    return figure


def text_width(text: str, size: float = SMALL) -> float:
    """Width of `text` in the figures' font at `size` points [inch]."""
    properties = FontProperties(size=size)
    return float(TextPath((0, 0), text, prop=properties).get_extents().width) / 72


def label_powers(axis: Axis, between: bool = False) -> None:
    """Label the powers of ten of a logarithmic `axis` plainly, with ticks `between` them or not.

    Where the axis has hardly a power of ten, multiples of one are labelled as well.
    """
    axis.set_major_formatter(FuncFormatter(lambda value, _: number_text(value)))
    low, high = axis.get_view_interval()
    if high < NARROW * low:
        axis.set_minor_locator(FixedLocator(multiples(low, high)))
        axis.set_minor_formatter(FuncFormatter(lambda value, _: number_text(value)))
        return
    axis.set_minor_formatter(NullFormatter())
    if not between:
        axis.set_minor_locator(NullLocator())


def multiples(low: float, high: float) -> list[float]:
    """Multiples of powers of ten from `low` to `high`: as coarse as leaves three of them."""
    first = math.floor(math.log10(low))
    for steps in MULTIPLES:
        powers = (10.0**power for power in range(first, math.ceil(math.log10(high)) + 1))
        found = [step * power for power in powers for step in steps]
        found = [value for value in found if low <= value <= high]
        if len(found) >= LEAST_TICKS:
            break
    return found


def settle(figure: Figure) -> None:
    """Lay `figure` out, once and for all kinds of files."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)  # the half of a drawing that decides places
    figure.set_layout_engine("none")


def save(figure: Figure, folder: Path, name: str, kinds: Sequence[str] = KINDS) -> list[Path]:
    """Write `figure` to `folder` as `kinds` of files, each atomically; the files."""
    if isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
        settle(figure)
    files = []
    for kind in kinds:
        path = folder / f"{name}.{kind}"
        # The same tables give the same file.
        metadata = {"Date": None} if kind == "svg" else None
        with atomic_path(path) as temporary, matplotlib.rc_context({"svg.hashsalt": name}):
            figure.savefig(temporary, format=kind, dpi=RESOLUTION, metadata=metadata)
        files.append(path)
    return files


def family_look(family: str, families: Sequence[str]) -> tuple[str, str]:
    """Colour and marker of one of the study's `families`, the same in every figure."""
    position = families.index(family)
    return COLOURS[position % len(COLOURS)], MARKERS[position % len(MARKERS)]


def method_label(method: str, language: str) -> str:
    """Name of a method; Python is what most are written in and is not said."""
    return method if language == "python" else f"{method} ({language.capitalize()})"
