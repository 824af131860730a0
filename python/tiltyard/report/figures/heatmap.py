"""Figure: scores of the chosen methods by the columns of a map, one panel a level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tiltyard.engine.kind import Anchor, Kind
from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.wording import number_text, value_text
from tiltyard.report.figures.settings import column_axis, panel_axis
from tiltyard.report.figures.study_tables import SOLVED, Tables, choose, mark_solved
from tiltyard.report.figures.style import SMALL, WIDTH, method_label, new_figure, text_width
from tiltyard.report.steps import steps_of

COUNT, OF_FAMILY = 30, 2
#: Marks of the tie group of the best, of what was not solved, and of what is not supported.
TIED: Any = {"marker": "o", "ms": 1.8, "mfc": "white", "mec": "black", "mew": 0.5}
LOST: Any = {"marker": "x", "ms": 3.0, "mec": "black", "mew": 0.7}
MISSING: Any = {"marker": "_", "ms": 3.0, "mec": "#888888", "mew": 0.7}
ROW_HEIGHT = 0.137  # [inch]
#: First row below the chosen methods, before the anchors.
BEST = "best of all {}"
MOST_PANELS = 8  # beside one another
AROUND = 1.2  # title, scale and legend [inch]
BAR_HEIGHT = 0.09  # of the scale, at least [inch]
NAMES = 2.0  # room for the methods' names, roughly [inch]


def draw(tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Name and figure of each setting."""
    words = tables.kind.words
    chosen = choose(tables.ranks, COUNT, OF_FAMILY)
    what = f"{words.score} by {words.method} and {words.axis(column_axis(tables.kind))}"
    for name, title, rows in tables.settings():
        figure = draw_setting(rows, tables.ranks, chosen, tables.kind)
        figure.suptitle(tables.title(f"{what}\n{title}"))
        yield f"heatmap-{name}", figure


def draw_setting(
    rows: pd.DataFrame, ranks: pd.DataFrame, chosen: pd.DataFrame, kind: Kind
) -> Figure:
    """The figure of one setting.

    Parameters
    ----------
    rows : DataFrame
        Of the summary, of this setting.
    ranks, chosen : DataFrame
        All ranked methods, and those that have a row.
    kind : Kind
    """
    rows = pool(rows, kind)
    column, level = column_axis(kind), panel_axis(kind)
    values = sorted(rows[column].unique())
    panels = [part for _, part in rows.groupby(level, sort=True)] if level else [rows]
    anchors = [anchor for anchor in kind.anchors if anchor.row]
    steps = steps_of(kind.measures, rows["median"][rows[SOLVED]])
    lines = -(-len(panels) // MOST_PANELS)
    names = [method_label(*key) for key in chosen[METHOD_KEY].itertuples(index=False)]
    names += [BEST.format(len(ranks)), *(anchor.title for anchor in anchors)]
    figure = new_figure(lines * (ROW_HEIGHT * (len(names) + 0.5) + 0.35) + AROUND)
    across = min(len(panels), MOST_PANELS)
    axes = figure.subplots(lines, across, sharex=True, sharey=True, squeeze=False)
    for axis in axes.flat[len(panels) :]:
        axis.axis("off")
    for axis, panel in zip(axes.flat, panels, strict=False):
        table = Map(panel, column, values, anchors)
        mesh = _draw_panel(axis, table, ranks, chosen, steps)
        if level:
            axis.set_title(value_text(panel[level].iloc[0]))
    _label(axes, names, values, column.replace("_", " "), level and kind.words.axis(level))
    _draw_scale(figure, axes, mesh, kind)
    return figure


@dataclass(frozen=True)
class Map:
    """One panel.

    Parameters
    ----------
    rows : DataFrame
        From `pool`, of one level.
    column : str
        Whose `values` are the columns.
    values : list
    anchors : sequence of Anchor
        Rows below the methods.
    """

    rows: pd.DataFrame
    column: str
    values: list[Any]
    anchors: Sequence[Anchor]

    def scores(self, methods: pd.MultiIndex) -> np.ndarray:
        """Scores of `methods` (rows) by column; NaN where one did not solve its cell."""
        solved = self.rows[self.rows[SOLVED]]
        table = solved.pivot_table("median", METHOD_KEY, self.column)
        return table.reindex(index=methods, columns=self.values).to_numpy(dtype=float)

    def frame(self, ranks: pd.DataFrame) -> np.ndarray:
        """Scores by column of the best ranked method, and of each anchor."""
        solved = self.rows[self.rows[SOLVED]]
        parts = [solved.merge(ranks[METHOD_KEY], on=METHOD_KEY)]
        parts += [solved[anchor.rows(solved)] for anchor in self.anchors]
        rows = [part.groupby(self.column)["median"].min().reindex(self.values) for part in parts]
        return np.array(rows, dtype=float)


def _draw_panel(
    axis: Axes, table: Map, ranks: pd.DataFrame, chosen: pd.DataFrame, steps: Sequence[float]
) -> QuadMesh:
    methods = pd.MultiIndex.from_frame(chosen[METHOD_KEY])
    values = np.vstack([table.scores(methods), table.frame(ranks)])
    rows = np.append(np.arange(len(methods)), np.arange(len(methods), len(values)) + 0.5)
    norm = BoundaryNorm(steps, len(steps) + 1, extend="both")
    colours = ListedColormap(colormaps["cividis_r"](np.linspace(0.0, 1.0, len(steps) + 1)))
    # Two meshes: the frame stands apart.
    for part in (slice(0, len(methods)), slice(len(methods), None)):
        mesh = axis.pcolormesh(
            np.arange(len(table.values) + 1) - 0.5,
            np.append(rows[part] - 0.5, rows[part][-1] + 0.5),
            np.ma.masked_invalid(values[part]),
            norm=norm,
            cmap=colours,
            edgecolors="white",
            linewidth=0.3,
        )
    _mark(axis, table, methods)
    axis.set_facecolor("white")
    axis.set_ylim(rows[-1] + 0.5, -0.5)
    axis.set_yticks(rows)
    axis.tick_params(length=0, pad=2)
    axis.spines[:].set_visible(False)
    return mesh


def pool(rows: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    """One row per method, level and column, with ``solved``: the median over all else.

    Solved, and tied, is what is so everywhere.
    """
    rows = mark_solved(rows)
    rows["tags"] = rows["tags"].fillna("")
    rows["unsupported"] = rows["n_unsupported"] > 0
    axes = [name for name in (panel_axis(kind), column_axis(kind)) if name]
    return rows.groupby([*METHOD_KEY, "family", "tags", *axes], as_index=False).agg(
        median=("median", "median"),
        solved=(SOLVED, "all"),
        tied=("tied", "all"),
        unsupported=("unsupported", "any"),
    )


def _mark(axis: Axes, table: Map, methods: pd.MultiIndex) -> None:
    """Mark who is in the tie group of the best, and who did not solve, or cannot."""
    own = table.rows.set_index(METHOD_KEY)
    own = own[own.index.isin(methods)]
    row = methods.get_indexer(own.index)
    column = pd.Index(table.values).get_indexer(pd.Index(own[table.column]))
    solved, unsupported = own[SOLVED].to_numpy(), own["unsupported"].to_numpy()
    for where, look in (
        (solved & own["tied"].to_numpy(), TIED),
        (~solved & ~unsupported, LOST),
        (~solved & unsupported, MISSING),
    ):
        axis.plot(column[where], row[where], linestyle="", **look)


def _label(
    axes: np.ndarray, names: Sequence[str], values: Sequence[Any], column: str, level: str
) -> None:
    texts = list(map(value_text, values))
    room = (WIDTH - NAMES) / axes.shape[1]
    # Where there is no room for them side by side, they stand upright.
    upright = max(map(text_width, texts)) * 1.2 > room / len(values)
    for axis in axes.flat:
        axis.set_xticks(range(len(values)), texts, rotation=90 if upright else 0)
    for axis in axes[:, 0]:
        axis.set_yticks(axis.get_yticks(), names)
    shown = axes[-1] if text_width(column, SMALL + 1) < room else axes[-1, :1]
    for axis in shown:
        axis.set_xlabel(column, labelpad=1)
    if level:
        axes[0, 0].annotate(
            f"{level} ",
            (0, 1),
            (-3, 4),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right",
            fontsize=SMALL + 1,
        )


def _draw_scale(figure: Figure, axes: np.ndarray, mesh: QuadMesh, kind: Kind) -> None:
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
    steps = mesh.norm.boundaries  # type: ignore[attr-defined]
    bar.set_ticks(steps, labels=[number_text(step) for step in steps])
    bar.ax.tick_params(length=2, pad=1)
    bar.set_label(f"median {kind.words.score}")
    handles = [
        Line2D([], [], linestyle="", **look, label=label)
        for label, look in (
            ("tied with the best", TIED),
            (f"not solved in every {kind.words.replicate}", LOST),
            ("not supported", MISSING),
        )
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
