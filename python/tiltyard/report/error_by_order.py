"""Figure: nRMSE by derivative order, one panel a noise level, for the best estimators."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tiltyard.derivatives.study import Paths, Study
from tiltyard.study.files import atomic_path
from tiltyard.study.merge import Coverage

# Text stays text: it can be searched, and read aloud.
matplotlib.rcParams["svg.fonttype"] = "none"

BEST = 10
#: Okabe and Ito's colours, told apart by colour-blind readers; black is kept for the truth line.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F6A00", "#999999")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
PANELS_A_ROW = 4


def draw_study(study: Study, paths: Paths, coverage: Coverage | None = None) -> list[Path]:
    """Draw the figure from the study's `summary.csv` and `ranks.csv`, as SVG and PNG.

    Parameters
    ----------
    study : Study
    paths : Paths
        Where the tables lie and the figure goes.
    coverage : Coverage or None
        Of the tables, where they may not be of the whole study: the figure then says it.

    Returns
    -------
    list of Path
        The files, ``figures/error_by_order.svg`` and ``.png``.
    """
    summary = pd.read_csv(paths.folder / "summary.csv")
    # The same algorithm in two languages draws the same line: the better ranked one stands.
    ranks = pd.read_csv(paths.folder / "ranks.csv").drop_duplicates("estimator").head(BEST)
    figure = draw(summary, list(zip(ranks["estimator"], ranks["language"], strict=True)))
    note = "" if study.julia else "; Julia's estimators are switched off"
    if coverage is not None:
        note += f"\nso far: {coverage.share}"
    figure.suptitle(f"Study {study.name}: error of the {len(ranks)} best estimators{note}")
    files = save(figure, paths.folder / "figures", "error_by_order")
    plt.close(figure)
    return files


def save(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write `figure` to `folder` as SVG and PNG, each atomically; the files."""
    files = []
    for kind in ("svg", "png"):
        path = folder / f"{name}.{kind}"
        with atomic_path(path) as temporary:
            figure.savefig(temporary, format=kind, dpi=150, metadata=_undated(kind))
        files.append(path)
    return files


def _undated(kind: str) -> dict[str, None] | None:
    return {"Date": None} if kind == "svg" else None


def draw(summary: pd.DataFrame, methods: Sequence[tuple[str, str]]) -> Figure:
    """Median nRMSE over the cells of each noise level and order, a line a method.

    Parameters
    ----------
    summary : DataFrame
        From `tiltyard.study.statistics.summarise`.
    methods : sequence of (name, language)
        In the order of the legend.
    """
    levels = sorted(summary["noise_level"].unique())
    columns = min(PANELS_A_ROW, len(levels) + 1)
    rows = -(-(len(levels) + 1) // columns)  # one place more, for the legend
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(3.6 * columns, 3.2 * rows),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    panels = list(axes.flat)
    for axis, level in zip(panels, levels, strict=False):
        _draw_level(axis, summary[summary["noise_level"] == level], methods)
        axis.set_title(f"noise level {level:.0e}")
    for axis in panels[len(levels) :]:
        axis.axis("off")
    panels[len(levels)].legend(*panels[0].get_legend_handles_labels(), loc="center", fontsize=8)
    for position, axis in enumerate(panels[: len(levels)]):
        if position % columns == 0:
            axis.set_ylabel("median nRMSE")
        if position + columns >= len(levels):
            axis.set_xlabel("derivative order")
            axis.tick_params(labelbottom=True)
    return figure


def _draw_level(axis: Axes, cells: pd.DataFrame, methods: Sequence[tuple[str, str]]) -> None:
    orders = sorted(cells["order"].unique())
    for position, (name, language) in enumerate(methods):
        own = cells[(cells["estimator"] == name) & (cells["language"] == language)]
        errors = own.groupby("order")["median"].median().reindex(orders)
        # The logarithmic axis has no place for an exact result.
        errors = errors.where(errors > 0)
        axis.plot(
            orders,
            errors.to_numpy(dtype=float),
            marker=MARKERS[position % len(MARKERS)],
            color=COLOURS[position % len(COLOURS)],
            linestyle="-" if language == "python" else "--",
            linewidth=1.2,
            markersize=4,
            label=f"{name} ({language})",
        )
    axis.axhline(1.0, color="black", linewidth=0.8, linestyle=":")
    axis.set_yscale("log")
    axis.set_xticks(np.asarray(orders))
    axis.grid(True, which="major", linewidth=0.3)
