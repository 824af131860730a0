"""Figure: error against noise level, one panel an order, for the best estimator of each family."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tiltyard.engine.statistics.summary import is_solved
from tiltyard.report.figures.study_tables import (
    METHOD_KEY,
    SOLVED,
    Tables,
    by_algorithm,
    mark_solved,
)
from tiltyard.report.figures.style import (
    INK,
    PALE,
    family_look,
    label_powers,
    message_figure,
    method_label,
    new_figure,
    number_text,
)

PANELS_A_ROW = 4
#: Largest error that is drawn: beyond it nobody asks how much larger.
MOST = 30.0
#: Where noise-free samples are drawn on the logarithmic axis: this factor below the least noise.
BELOW = 10.0
#: Least distance of two labelled noise levels, as a share of the axis.
GAP = 0.27


def draw(tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Name and figure of each setting."""
    best = by_algorithm(tables.ranks).drop_duplicates("family")
    for name, title, rows in tables.settings():
        if is_solved(rows).any():
            figure = draw_setting(rows, best)
            figure.suptitle(
                tables.title(f"error against noise, the best ranked of each family\n{title}")
            )
        else:
            figure = message_figure(tables.title(f"{title}\nno estimator solved any cell"))
        yield f"error_by_noise-{name}", figure


def draw_setting(rows: pd.DataFrame, methods: pd.DataFrame) -> Figure:
    """The figure of one setting, a line a row of `methods`."""
    rows = mark_solved(rows)
    rows = rows[rows[SOLVED]]
    orders = sorted(rows["order"].unique())
    levels = sorted(rows["noise_level"].unique())
    columns = min(PANELS_A_ROW, len(orders))
    lines = -(-len(orders) // columns)
    figure = new_figure(1.75 * lines + 1.25)
    axes = figure.subplots(lines, columns, sharex=True, sharey="row", squeeze=False)
    for axis in axes.flat[len(orders) :]:
        axis.axis("off")
    for axis, order in zip(axes.flat, orders, strict=False):
        _draw_order(axis, rows[rows["order"] == order], methods, levels)
        axis.set_title(f"order {order}")
    for axis in axes[:, 0]:
        _scale(axis, levels)
        axis.set_ylabel("median nRMSE")
    for axis in axes[-1]:
        axis.set_xlabel("noise level")
    for axis in axes.flat[len(orders) - columns : len(orders)]:
        axis.tick_params(labelbottom=True)
    figure.legend(handles=_handles(methods), loc="outside lower center", ncols=3, frameon=False)
    return figure


def place(levels: Sequence[float]) -> dict[float, float]:
    """Where each noise level is on a logarithmic axis; without noise has a place of its own."""
    positive = [level for level in levels if level > 0]
    least = min(positive, default=BELOW) / BELOW
    return {level: level if level > 0 else least for level in levels}


def _draw_order(
    axis: Axes, rows: pd.DataFrame, methods: pd.DataFrame, levels: Sequence[float]
) -> None:
    x = np.array([place(levels)[level] for level in levels])
    table = rows.groupby([*METHOD_KEY, "noise_level"])[
        ["median", "interval_low", "interval_high"]
    ].median()
    for estimator, language, family in methods[[*METHOD_KEY, "family"]].itertuples(index=False):
        colour, marker = family_look(family)
        keys = pd.MultiIndex.from_product([[estimator], [language], levels])
        # The logarithmic axis has no place for an exact result.
        own = table.reindex(keys).to_numpy(dtype=float)
        own = np.where(own > 0, own, np.nan)
        axis.plot(x, own[:, 0], color=colour, marker=marker, zorder=3)
        axis.vlines(x, own[:, 1], own[:, 2], color=colour, linewidth=2.4, alpha=0.35)
    oracles = rows[rows["tags"].fillna("").str.contains("oracle")]
    for subset, style in ((rows[rows["place"].notna()], "-"), (oracles, "--")):
        least = subset.groupby("noise_level")["median"].min().reindex(list(levels))
        axis.plot(x, least.where(least > 0), color=INK, linewidth=0.9, linestyle=style, zorder=2)
    axis.axhline(1.0, color=PALE, linewidth=0.8, linestyle=":")
    axis.grid(True)
    axis.set_axisbelow(True)


def _scale(axis: Axes, levels: Sequence[float]) -> None:
    axis.set_xscale("log")
    axis.set_yscale("log")
    low, high = axis.get_ylim()
    axis.set_ylim(low, min(high, MOST))
    places = place(levels)
    label_powers(axis.yaxis)
    labelled = thin(levels)
    axis.set_xticks([places[level] for level in labelled], list(map(number_text, labelled)))
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


def _handles(methods: pd.DataFrame) -> list[Line2D]:
    handles = []
    for estimator, language, family in methods[[*METHOD_KEY, "family"]].itertuples(index=False):
        colour, marker = family_look(family)
        label = method_label(estimator, language)
        handles.append(Line2D([], [], color=colour, marker=marker, label=label))
    frames = (
        Line2D([], [], color=INK, linewidth=0.9, label="best of all ranked"),
        Line2D([], [], color=INK, linewidth=0.9, linestyle="--", label="best oracle"),
        Line2D([], [], color=PALE, linewidth=0.9, linestyle=":", label="1: predicts the mean"),
    )
    return [*handles, *frames]
