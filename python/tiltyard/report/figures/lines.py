"""Figures: score by level and by row of an evaluation, a line a method."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tiltyard.engine.kind import Kind
from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.statistics.summary import is_solved, score
from tiltyard.engine.wording import number_text, plural, value_text
from tiltyard.report.figures.study_tables import SOLVED, Tables, by_algorithm, choose, mark_solved
from tiltyard.report.figures.style import (
    COLOURS,
    INK,
    MARKERS,
    PALE,
    family_look,
    label_powers,
    message_figure,
    method_label,
    new_figure,
)

PANELS_A_ROW = 4
#: Methods in the figure by row.
BEST = 10
#: Lines in the figure by level, where there are as many methods.
LEAST_LINES = 5
#: Columns of a row that has a line.
LINE = [*METHOD_KEY, "colour", "marker"]
#: Largest score that is drawn, as a multiple of that of an answer without data: beyond it nobody
#: asks how much larger.
MOST = 30.0
#: Where level 0 is drawn on the logarithmic axis: this factor below the least of the others.
BELOW = 10.0
#: Least distance of two labelled levels, as a share of the axis.
GAP = 0.27
#: Looks of the lines of anchors, one after the other.
DASHES = ("--", "-.", (0, (1, 1)))


def draw_by_level(tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Name and figure of each setting: a panel a row of an evaluation, levels along the axis."""
    words = tables.kind.words
    best, which = lines_of(tables)
    against = f"{words.score} against {words.axis(tables.kind.levels)}"
    for name, title, rows in tables.settings():
        if is_solved(rows).any():
            figure = draw_setting(rows, best, tables.kind)
            text = f"{against}, {which}\n{title}"
            figure.suptitle(tables.title(text))
        else:
            text = f"{title}\nno {words.method} solved any cell"
            figure = message_figure(tables.title(text))
        yield f"{tables.kind.line_figures[0]}-{name}", figure


def lines_of(tables: Tables) -> tuple[pd.DataFrame, str]:
    """Rows of the ranks that have a line, with ``colour`` and ``marker``, and who they are.

    The best of each family, in its family's look; where families are few, the best of all, each
    in a look of its own.
    """
    best = by_algorithm(tables.ranks).drop_duplicates("family")
    if len(best) >= LEAST_LINES:
        looks = [family_look(family, tables.families) for family in best["family"]]
        which = "the best ranked of each family"
    else:
        best = choose(tables.ranks, LEAST_LINES, 1)
        looks = list(zip(COLOURS, MARKERS, strict=False))[: len(best)]
        which = f"the {len(best)} best ranked"
    colours, markers = zip(*looks, strict=True)
    return best.assign(colour=colours, marker=markers), which


def draw_setting(rows: pd.DataFrame, methods: pd.DataFrame, kind: Kind) -> Figure:
    """The figure of one setting, a line a row of `methods`, from `lines_of`."""
    rows = mark_solved(rows)
    rows = rows[rows[SOLVED]]
    levels = sorted(rows[kind.levels].unique())
    panels = list(_panels(rows, kind))
    columns = min(PANELS_A_ROW, len(panels))
    lines = -(-len(panels) // columns)
    figure = new_figure(1.75 * lines + 1.25)
    axes = figure.subplots(lines, columns, sharex=True, sharey="row", squeeze=False)
    for axis in axes.flat[len(panels) :]:
        axis.axis("off")
    for axis, (title, part) in zip(axes.flat, panels, strict=False):
        _draw_panel(axis, part, methods, levels, kind)
        axis.set_title(title)
    for axis in axes[:, 0]:
        _scale(axis, levels, kind.measures.plain)
        axis.set_ylabel(f"median {kind.words.score}")
    for axis in axes[-1]:
        axis.set_xlabel(kind.words.axis(kind.levels))
    for axis in axes.flat[len(panels) - columns : len(panels)]:
        axis.tick_params(labelbottom=True)
    handles = _handles(methods, kind)
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
    return figure


def _panels(rows: pd.DataFrame, kind: Kind) -> Iterator[tuple[str, pd.DataFrame]]:
    """Title and rows of each panel."""
    if not kind.within:
        yield "", rows
        return
    name = kind.within[0]
    for value, part in rows.groupby(name, sort=True):
        yield kind.words.phrase(name, value), part


def place(levels: Sequence[float]) -> dict[float, float]:
    """Where each level is on a logarithmic axis; level 0 has a place of its own."""
    positive = [level for level in levels if level > 0]
    least = min(positive, default=BELOW) / BELOW
    return {level: level if level > 0 else least for level in levels}


def _draw_panel(
    axis: Axes,
    rows: pd.DataFrame,
    methods: pd.DataFrame,
    levels: Sequence[float],
    kind: Kind,
) -> None:
    x = np.array([place(levels)[level] for level in levels])
    names = ["median", "interval_low", "interval_high"]
    table = rows.groupby([*METHOD_KEY, kind.levels])[names].median()
    for method, language, colour, marker in methods[LINE].itertuples(index=False):
        keys = pd.MultiIndex.from_product([[method], [language], levels])
        # The logarithmic axis has no place for an exact result.
        own = table.reindex(keys).to_numpy(dtype=float)
        own = np.where(own > 0, own, np.nan)
        axis.plot(x, own[:, 0], color=colour, marker=marker, zorder=3)
        axis.vlines(x, own[:, 1], own[:, 2], color=colour, linewidth=2.4, alpha=0.35)
    frames: list[tuple[pd.DataFrame, Any]] = [(rows[rows["place"].notna()], "-")]
    frames += [
        (rows[anchor.rows(rows)], dash)
        for anchor, dash in zip(_lines_of(kind), DASHES, strict=False)
    ]
    for subset, style in frames:
        least = subset.groupby(kind.levels)["median"].min().reindex(list(levels))
        axis.plot(x, least.where(least > 0), color=INK, linewidth=0.9, linestyle=style, zorder=2)
    if kind.measures.plain is not None:
        axis.axhline(kind.measures.plain, color=PALE, linewidth=0.8, linestyle=":")
    axis.grid(True)
    axis.set_axisbelow(True)


def _lines_of(kind: Kind) -> list[Any]:
    return [anchor for anchor in kind.anchors if anchor.line]


def _scale(axis: Axes, levels: Sequence[float], plain: float | None) -> None:
    axis.set_xscale("log")
    axis.set_yscale("log")
    if plain is not None:
        low, high = axis.get_ylim()
        axis.set_ylim(low, min(high, MOST * plain))
    places = place(levels)
    label_powers(axis.yaxis)
    labelled = thin(levels)
    axis.set_xticks([places[level] for level in labelled], list(map(value_text, labelled)))
    axis.set_xticks([places[level] for level in levels], [], minor=True)
    x = list(places.values())
    axis.set_xlim(min(x) / 2, max(x) * 2)


def thin(levels: Sequence[float]) -> list[float]:
    """Those of `levels`, ascending, whose labels fit side by side below one panel."""
    places = {level: math.log10(x) for level, x in place(levels).items()}
    apart = GAP * (max(places.values()) - min(places.values()))
    kept: list[float] = []
    for level in levels:
        if not kept or places[level] - places[kept[-1]] >= apart:
            kept.append(level)
    return kept


def _handles(methods: pd.DataFrame, kind: Kind) -> list[Line2D]:
    handles = []
    for method, language, colour, marker in methods[LINE].itertuples(index=False):
        label = method_label(method, language)
        handles.append(Line2D([], [], color=colour, marker=marker, label=label))
    handles.append(Line2D([], [], color=INK, linewidth=0.9, label="best of all ranked"))
    for anchor, dash in zip(_lines_of(kind), DASHES, strict=False):
        look: Any = {"color": INK, "linewidth": 0.9, "linestyle": dash}
        handles.append(Line2D([], [], **look, label=anchor.title))
    if kind.measures.plain is not None:
        label = f"{number_text(kind.measures.plain)}: an answer without data"
        handles.append(Line2D([], [], color=PALE, linewidth=0.9, linestyle=":", label=label))
    return handles


def draw_by_row(tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Name and figure: a panel a level, rows of an evaluation along the axis."""
    words = tables.kind.words
    methods = by_algorithm(tables.ranks).head(BEST)
    figure = draw_rows(tables.summary, methods, tables.kind)
    figure.suptitle(
        tables.title(f"{words.score} of the {len(methods)} best {plural(words.method)}")
        if len(methods) > 1
        else tables.title(f"{words.score} of the best {words.method}")
    )
    yield tables.kind.line_figures[1], figure


def draw_rows(summary: pd.DataFrame, methods: pd.DataFrame, kind: Kind) -> Figure:
    """Median score over the cells of each level and row, a line a row of `methods`.

    A cell that was not solved in every replicate counts as an infinite score.
    """
    words = kind.words
    levels = sorted(summary[kind.levels].unique())
    columns = min(PANELS_A_ROW, len(levels))
    lines = -(-len(levels) // columns)
    figure = new_figure(1.85 * lines + 1.1)
    axes = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
    panels = list(axes.flat)
    for axis, level in zip(panels, levels, strict=False):
        _draw_level(axis, summary[summary[kind.levels] == level], methods, kind)
        axis.set_title(words.phrase(kind.levels, value_text(level)))
    for axis in panels[len(levels) :]:
        axis.axis("off")
    entries = panels[0].get_legend_handles_labels()
    figure.legend(*entries, loc="outside lower center", ncols=3, frameon=False)
    panels[0].set_yscale("log")
    label_powers(panels[0].yaxis)
    for position, axis in enumerate(panels[: len(levels)]):
        if position % columns == 0:
            axis.set_ylabel(f"median {words.score}")
        if position + columns >= len(levels):
            axis.set_xlabel(words.axis(kind.within[0]))
            axis.tick_params(labelbottom=True)
    return figure


def _draw_level(axis: Axes, cells: pd.DataFrame, methods: pd.DataFrame, kind: Kind) -> None:
    name = kind.within[0]
    values = sorted(cells[name].unique())
    x = range(len(values)) if isinstance(values[0], str) else values
    for position, (method, language) in enumerate(methods[METHOD_KEY].itertuples(index=False)):
        own = cells[(cells["method"] == method) & (cells["language"] == language)]
        scores = score(own).groupby(own[name]).median().reindex(values)
        # The logarithmic axis has no place for an exact result, nor for none.
        scores = scores.where((scores > 0) & (scores < np.inf))
        axis.plot(
            x,
            scores.to_numpy(dtype=float),
            marker=MARKERS[position % len(MARKERS)],
            color=COLOURS[position % len(COLOURS)],
            linestyle="-" if position < len(COLOURS) else "--",
            label=method_label(method, language),
        )
    if kind.measures.plain is not None:
        axis.axhline(kind.measures.plain, color=INK, linewidth=0.8, linestyle=":")
    axis.set_xticks(x, list(map(value_text, values)))
    axis.grid(True)
