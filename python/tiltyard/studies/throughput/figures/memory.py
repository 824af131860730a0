"""Figure: peak memory of the whole tree, with its anonymous part and that of files."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from tiltyard.report.figures.study_tables import Tables
from tiltyard.report.figures.style import COLOURS, INK, SMALL, message_figure
from tiltyard.studies.throughput.figures.rows import draw_rows
from tiltyard.studies.throughput.figures.selection import (
    BARS,
    MOST_STRATEGIES,
    left_out_words,
    quickest,
    reaches,
    within_cores,
    without_tags,
)

#: How the sources are called.
SOURCES = {"pss": "shared pages counted once", "cgroup": "of the control group, with page cache"}


def draw(tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Name and figure."""
    found = within_cores(without_tags(tables.table("costs"), "again"))
    found = found[found["memory_mb"].notna()]
    if found.empty:
        yield "memory", message_figure(tables.title("no launch has a figure of memory"))
        return
    source = SOURCES.get(str(found["memory_source"].iloc[0]), "")
    words = f" ({source})" if source else ""
    title = tables.title(f"peak memory of the tree{words}{left_out_words(found)}")
    yield "memory", draw_memory(found, title)


def draw_memory(table: pd.DataFrame, title: str) -> Figure:
    """The figure of rows of ``costs.csv`` with memory; a panel a setting, a bar a strategy."""
    figure = draw_rows(table, _choose, _bars, "MB", title, share_x=True)
    handles = [
        Patch(facecolor=COLOURS[0], label="anonymous"),
        Patch(facecolor=COLOURS[5], hatch="///", edgecolor="white", label="files"),
        Line2D([], [], marker="|", color=INK, markersize=8, label="peak, 95 % interval"),
        Line2D([], [], linestyle="", label="≥  seen fewer than ten times"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False)
    return figure


def _choose(own: pd.DataFrame) -> pd.DataFrame:
    return quickest(own, "cpu_seconds", MOST_STRATEGIES)


def _bars(axis: Axes, rows: pd.DataFrame) -> None:
    anonymous, files = rows["anonymous_mb"].fillna(0.0), rows["file_mb"].fillna(0.0)
    axis.barh(rows.index, anonymous, height=0.66, color=COLOURS[0])
    axis.barh(
        rows.index,
        files,
        left=anonymous,
        height=0.66,
        color=COLOURS[5],
        hatch="///",
        edgecolor="white",
        linewidth=0.3,
    )
    axis.errorbar(
        rows["memory_mb"],
        rows.index,
        xerr=reaches(rows, "memory_mb"),
        fmt="|",
        color=INK,
        markersize=8,
        **BARS,
    )
    for place, row in rows[rows["memory_at_least"].astype(bool)].iterrows():
        axis.annotate(
            "≥",
            (max(row["memory_mb"], row["memory_mb_high"]), float(str(place))),
            (5, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
        )
