"""Figure: the highest order that any estimator recovers, by setting and noise, and by whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import ascii_lowercase
from typing import Any

import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.wording import number_text
from tiltyard.report.figures.study_tables import Tables
from tiltyard.report.figures.style import (
    INK,
    NORMAL,
    SMALL,
    message_figure,
    method_label,
    new_figure,
)

#: Columns that make a row.
SETTING = ["signal", "samples", "noise_model"]
#: Height of a row, of a line of the key [inch].
ROW, LINE = 0.42, 0.14
HIGHEST = 7
KEY_COLUMNS = 3
#: Colour of no order at all; hatched, so that no shade is mistaken for it.
NOTHING = "white"
ORACLE, MODEL = "▲", "◆"
LARGE = 10.0
#: The order is this much below the middle of its row: the marks are above it.
LOWER = 0.1


def draw(tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Name and figure."""
    found = tables.table("reach")
    if found.empty:
        yield "reach", message_figure(tables.title("there is no cell to say a reach of"))
        return
    threshold = number_text(float(found["threshold"].iloc[0]))
    figure = draw_reach(found)
    figure.suptitle(tables.title(f"highest order recovered with a median nRMSE below {threshold}"))
    yield "reach", figure


def draw_reach(reach: pd.DataFrame) -> Figure:
    """The figure of ``reach.csv``: a row a setting, a column a noise level."""
    settings = sorted(set(reach[SETTING].itertuples(index=False, name=None)))
    levels = sorted(reach["noise_level"].unique())
    keys = key_letters(reach)
    lines = -(-len(keys) // KEY_COLUMNS)
    figure = new_figure(ROW * len(settings) + LINE * (lines + 1) + 0.85)
    axis = figure.subplots()
    for _, cell in reach.iterrows():
        row = settings.index(tuple(cell[SETTING]))
        _draw_cell(axis, levels.index(cell["noise_level"]), row, cell, keys)
    axis.set_xlim(-0.5, len(levels) - 0.5)
    axis.set_ylim(len(settings) - 0.5, -0.5)
    axis.set_xticks(range(len(levels)), [number_text(level) for level in levels])
    axis.set_yticks(range(len(settings)), row_labels(settings))
    axis.set_xlabel("noise level")
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    _draw_key(figure, keys, reach)
    return figure


def key_letters(reach: pd.DataFrame) -> dict[tuple[str, str], str]:
    """A letter for each method that reaches furthest somewhere, the most frequent first."""
    named = reach[reach["reach"] >= 0]
    counts = named.groupby(METHOD_KEY).size()
    methods = counts.sort_values(ascending=False, kind="stable").index
    return {method: _letters(number) for number, method in enumerate(methods)}


def _letters(number: int) -> str:
    """Letters a to z, then aa, ab and so on."""
    rest, last = divmod(number, len(ascii_lowercase))
    return (_letters(rest - 1) if rest else "") + ascii_lowercase[last]


def row_labels(settings: list[tuple[str, int, str]]) -> list[str]:
    """Names of the rows: the signal, and what else differs between the settings."""
    labels = []
    for signal, samples, noise_model in settings:
        parts = [signal]
        if len({setting[1] for setting in settings}) > 1:
            parts.append(f"{samples} samples")
        if len({setting[2] for setting in settings}) > 1:
            parts.append(noise_model)
        labels.append(", ".join(parts))
    return labels


def colour_of(order: int) -> tuple[float, float, float, float]:
    """Colour of a reach, lighter the higher; of 0 to 7."""
    return colormaps["cividis"](order / HIGHEST)


def _draw_cell(
    axis: Axes,
    column: int,
    row: int,
    cell: pd.Series[Any],
    keys: Mapping[tuple[str, str], str],
) -> None:
    order = int(cell["reach"])
    corner = (column - 0.5, row - 0.5)
    if order < 0:
        axis.add_patch(
            Rectangle(corner, 1, 1, facecolor=NOTHING, edgecolor="#999999", hatch="///", lw=0.5)
        )
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
        axis.text(column, row, "none", ha="center", va="center", fontsize=NORMAL, bbox=box)
    else:
        face = colour_of(order)
        axis.add_patch(Rectangle(corner, 1, 1, facecolor=face, edgecolor="white", linewidth=1))
        text = f"{order} {keys[(cell['method'], cell['language'])]}"
        axis.text(
            column,
            row + LOWER,
            text,
            ha="center",
            va="center",
            fontsize=LARGE,
            color=ink_on(order),
        )
    for mark, name, side in ((ORACLE, "oracle_reach", -1), (MODEL, "model_reach", 1)):
        if int(cell[name]) >= 0:
            axis.text(
                column + 0.45 * side,
                row - 0.45,
                f"{mark}{cell[name]}",
                ha="left" if side < 0 else "right",
                va="top",
                fontsize=SMALL,
                color=ink_on(order),
            )


def ink_on(order: int) -> str:
    """Colour of text that is read on the colour of `order`."""
    return "white" if 0 <= order < HIGHEST / 2 else INK


def _draw_key(figure: Figure, keys: Mapping[tuple[str, str], str], reach: pd.DataFrame) -> None:
    entries = [f"{letter}  {method_label(*method)}" for method, letter in keys.items()]
    marks = (
        (ORACLE, "best of all oracles (settings by the truth)", "oracle_reach"),
        (MODEL, "the model is given", "model_reach"),
    )
    entries += [f"{mark}  {words}" for mark, words, name in marks if (reach[name] >= 0).any()]
    handles = [Line2D([], [], linestyle="", label=entry) for entry in entries]
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=max(1, min(KEY_COLUMNS, len(handles))),
        frameon=False,
        handlelength=0,
    )
