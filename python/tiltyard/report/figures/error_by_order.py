"""Figure: nRMSE by derivative order, one panel a noise level, for the best estimators."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tiltyard.engine.statistics.summary import score
from tiltyard.report.figures.study_tables import METHOD_KEY, Tables, by_algorithm
from tiltyard.report.figures.style import (
    COLOURS,
    INK,
    MARKERS,
    label_powers,
    method_label,
    new_figure,
    number_text,
)

BEST = 10
PANELS_A_ROW = 4


def draw(tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Name and figure."""
    methods = by_algorithm(tables.ranks).head(BEST)
    figure = draw_orders(tables.summary, methods)
    figure.suptitle(tables.title(f"error of the {len(methods)} best estimators"))
    yield "error_by_order", figure


def draw_orders(summary: pd.DataFrame, methods: pd.DataFrame) -> Figure:
    """Median nRMSE over the cells of each noise level and order, a line a row of `methods`.

    A cell that was not solved in every trial counts as an infinite error.
    """
    levels = sorted(summary["noise_level"].unique())
    columns = min(PANELS_A_ROW, len(levels))
    rows = -(-len(levels) // columns)
    figure = new_figure(1.85 * rows + 1.1)
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    panels = list(axes.flat)
    for axis, level in zip(panels, levels, strict=False):
        _draw_level(axis, summary[summary["noise_level"] == level], methods)
        axis.set_title(f"noise level {number_text(level)}")
    for axis in panels[len(levels) :]:
        axis.axis("off")
    entries = panels[0].get_legend_handles_labels()
    figure.legend(*entries, loc="outside lower center", ncols=3, frameon=False)
    panels[0].set_yscale("log")
    label_powers(panels[0].yaxis)
    for position, axis in enumerate(panels[: len(levels)]):
        if position % columns == 0:
            axis.set_ylabel("median nRMSE")
        if position + columns >= len(levels):
            axis.set_xlabel("derivative order")
            axis.tick_params(labelbottom=True)
    return figure


def _draw_level(axis: Axes, cells: pd.DataFrame, methods: pd.DataFrame) -> None:
    orders = sorted(cells["order"].unique())
    for position, (name, language) in enumerate(methods[METHOD_KEY].itertuples(index=False)):
        own = cells[(cells["method"] == name) & (cells["language"] == language)]
        errors = score(own).groupby(own["order"]).median().reindex(orders)
        # The logarithmic axis has no place for an exact result, nor for none.
        errors = errors.where((errors > 0) & (errors < np.inf))
        axis.plot(
            orders,
            errors.to_numpy(dtype=float),
            marker=MARKERS[position % len(MARKERS)],
            color=COLOURS[position % len(COLOURS)],
            linestyle="-" if position < len(COLOURS) else "--",
            label=method_label(name, language),
        )
    axis.axhline(1.0, color=INK, linewidth=0.8, linestyle=":")
    axis.set_xticks(orders)
    axis.grid(True)
