"""Figure: error of the chosen estimators by derivative order, one panel a noise level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tiltyard.report.figures.study_tables import METHOD_KEY, SOLVED, Tables, choose, mark_solved
from tiltyard.report.figures.style import SMALL, method_label, new_figure, number_text

COUNT, OF_FAMILY = 30, 2
#: Where the colour changes. Below 0.1 an order counts as recovered; at 1 an estimate is no better
#: than predicting the mean.
STEPS = (1e-6, 1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1.0)
#: Marks of the tie group of the best, of what was not solved, and of what is not supported.
TIED: Any = {"marker": "o", "ms": 1.8, "mfc": "white", "mec": "black", "mew": 0.5}
LOST: Any = {"marker": "x", "ms": 3.0, "mec": "black", "mew": 0.7}
MISSING: Any = {"marker": "_", "ms": 3.0, "mec": "#888888", "mew": 0.7}
ROW_HEIGHT = 0.137  # [inch]
#: Rows below the chosen methods, against which to see them.
BEST, ORACLE, ZERO = "best of all {}", "best oracle", "zero"
MOST_PANELS = 8  # beside one another
AROUND = 1.2  # title, scale and legend [inch]
BAR_HEIGHT = 0.09  # of the scale, at least [inch]


def draw(tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Name and figure of each setting."""
    chosen = choose(tables.ranks, COUNT, OF_FAMILY)
    for name, title, rows in tables.settings():
        figure = draw_setting(rows, tables.ranks, chosen)
        figure.suptitle(tables.title(f"error by estimator and order\n{title}"))
        yield f"heatmap-{name}", figure


def draw_setting(rows: pd.DataFrame, ranks: pd.DataFrame, chosen: pd.DataFrame) -> Figure:
    """The figure of one setting.

    Parameters
    ----------
    rows : DataFrame
        Of the summary, of this setting.
    ranks, chosen : DataFrame
        All ranked methods, and those that have a row.
    """
    rows = pool(rows)
    levels = sorted(rows["noise_level"].unique())
    orders = sorted(rows["order"].unique())
    lines = -(-len(levels) // MOST_PANELS)
    names = [method_label(*key) for key in chosen[METHOD_KEY].itertuples(index=False)]
    names += [BEST.format(len(ranks)), ORACLE, ZERO]
    figure = new_figure(lines * (ROW_HEIGHT * (len(names) + 0.5) + 0.35) + AROUND)
    axes = figure.subplots(
        lines, min(len(levels), MOST_PANELS), sharex=True, sharey=True, squeeze=False
    )
    for axis in axes.flat[len(levels) :]:
        axis.axis("off")
    for axis, level in zip(axes.flat, levels, strict=False):
        panel = rows[rows["noise_level"] == level]
        mesh = _draw_panel(axis, panel, ranks, chosen, orders)
        axis.set_title(number_text(level))
    _label(axes, names, orders)
    _draw_scale(figure, axes, mesh)
    return figure


def _draw_panel(
    axis: Axes,
    panel: pd.DataFrame,
    ranks: pd.DataFrame,
    chosen: pd.DataFrame,
    orders: list[int],
) -> QuadMesh:
    methods = pd.MultiIndex.from_frame(chosen[METHOD_KEY])
    errors = panel[panel[SOLVED]].pivot_table("median", METHOD_KEY, "order")
    own = errors.reindex(index=methods, columns=orders).to_numpy(dtype=float)
    values = np.vstack([own, frames(panel, ranks, orders)])
    rows = np.append(np.arange(len(methods)), len(methods) + 0.5 + np.arange(3))
    norm = BoundaryNorm(STEPS, len(STEPS) + 1, extend="both")
    colours = ListedColormap(colormaps["cividis_r"](np.linspace(0.0, 1.0, len(STEPS) + 1)))
    # Two meshes: the frame stands apart.
    for part in (slice(0, len(methods)), slice(len(methods), None)):
        mesh = axis.pcolormesh(
            np.arange(len(orders) + 1) - 0.5,
            np.append(rows[part] - 0.5, rows[part][-1] + 0.5),
            np.ma.masked_invalid(values[part]),
            norm=norm,
            cmap=colours,
            edgecolors="white",
            linewidth=0.3,
        )
    _mark(axis, panel, methods, orders)
    axis.set_facecolor("white")
    axis.set_ylim(rows[-1] + 0.5, -0.5)
    axis.set_yticks(rows)
    axis.tick_params(length=0, pad=2)
    axis.spines[:].set_visible(False)
    return mesh


def frames(panel: pd.DataFrame, ranks: pd.DataFrame, orders: list[int]) -> np.ndarray:
    """Errors by order of the best ranked method, the best oracle, and the predictor zero."""
    solved = panel[panel[SOLVED]]
    oracles = solved[solved["tags"].str.contains("oracle")]
    zero = solved[(solved["method"] == "zero") & (solved["family"] == "control")]
    parts = (solved.merge(ranks[METHOD_KEY], on=METHOD_KEY), oracles, zero)
    rows = [part.groupby("order")["median"].min().reindex(orders) for part in parts]
    return np.array(rows, dtype=float)


def pool(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per method, noise level and order, with ``solved``: the median over all settings.

    Solved, and tied, is what is so in every setting.
    """
    rows = mark_solved(rows)
    rows["tags"] = rows["tags"].fillna("")
    rows["unsupported"] = rows["n_unsupported"] > 0
    key = [*METHOD_KEY, "family", "tags", "noise_level", "order"]
    return rows.groupby(key, as_index=False).agg(
        median=("median", "median"),
        solved=(SOLVED, "all"),
        tied=("tied", "all"),
        unsupported=("unsupported", "any"),
    )


def _mark(axis: Axes, panel: pd.DataFrame, methods: pd.MultiIndex, orders: list[int]) -> None:
    """Mark who is in the tie group of the best, and who did not solve, or cannot."""
    own = panel.set_index(METHOD_KEY)
    own = own[own.index.isin(methods)]
    row = methods.get_indexer(own.index)
    column = pd.Index(orders).get_indexer(pd.Index(own["order"]))
    solved, unsupported = own[SOLVED].to_numpy(), own["unsupported"].to_numpy()
    for where, look in (
        (solved & own["tied"].to_numpy(), TIED),
        (~solved & ~unsupported, LOST),
        (~solved & unsupported, MISSING),
    ):
        axis.plot(column[where], row[where], linestyle="", **look)


def _label(axes: np.ndarray, names: Sequence[str], orders: list[int]) -> None:
    for axis in axes.flat:
        axis.set_xticks(range(len(orders)), [str(order) for order in orders])
    for axis in axes[:, 0]:
        axis.set_yticks(axis.get_yticks(), names)
    for axis in axes[-1]:
        axis.set_xlabel("order", labelpad=1)
    axes[0, 0].annotate(
        "noise level ",
        (0, 1),
        (-3, 4),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        fontsize=SMALL + 1,
    )


def _draw_scale(figure: Figure, axes: np.ndarray, mesh: QuadMesh) -> None:
    bar = figure.colorbar(
        mesh,
        ax=axes,
        orientation="horizontal",
        location="bottom",
        # Its length goes with its height: of few rows too, it is long enough for its labels.
        fraction=max(0.03, BAR_HEIGHT / (figure.get_figheight() - AROUND)),
        aspect=55,
        spacing="uniform",
        pad=0.02,
    )
    bar.set_ticks(STEPS, labels=[number_text(step) for step in STEPS])
    bar.ax.tick_params(length=2, pad=1)
    bar.set_label("median nRMSE")
    handles = [
        Line2D([], [], linestyle="", **look, label=label)
        for label, look in (
            ("not told apart from the best", TIED),
            ("not solved in every trial", LOST),
            ("not supported", MISSING),
        )
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
