"""Figure: wall seconds of a launch by stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from tiltyard.pipelines.stages import OTHER, STAGES
from tiltyard.report.figures.study_tables import Tables
from tiltyard.report.figures.style import COLOURS, PALE, WIDTH, message_figure, text_width
from tiltyard.studies.throughput.figures.rows import draw_rows
from tiltyard.studies.throughput.figures.selection import (
    MOST_STRATEGIES,
    left_out_words,
    within_cores,
    without_tags,
)

#: Width of a legend's patch with the space around it [inch].
HANDLE = 0.5
#: Hatches say the same as colours where there is no colour.
HATCHES = ("", "///", "...", "\\\\\\", "xxx", "---", "+++", "ooo")


def draw(tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Name and figure."""
    found = tables.table("stages")
    costs = tables.table("costs")
    key = ["workload", "machine", "strategy"]
    found = found.merge(within_cores(without_tags(costs, "reference", "again"))[key], "inner", key)
    if found.empty:
        yield "stages", message_figure(tables.title("no launch says its stages"))
        return
    title = f"seconds by stage; medians, so that bars add up nearly{left_out_words(found)}"
    yield "stages", draw_stages(found, tables.title(title))


def draw_stages(table: pd.DataFrame, title: str) -> Figure:
    """The figure of rows of ``stages.csv``; a panel a setting, a bar a strategy."""
    stages = stages_in_order(table)

    def choose(own: pd.DataFrame) -> pd.DataFrame:
        wide = own.pivot_table("wall_seconds", "strategy", "stage", "first").fillna(0.0)
        wide = wide.reindex(columns=stages, fill_value=0.0)
        order = wide.sum(axis=1).sort_values(kind="stable").index[:MOST_STRATEGIES]
        return wide.loc[order].reset_index()

    def bars(axis: Axes, rows: pd.DataFrame) -> None:
        left = pd.Series(0.0, rows.index)
        for place, stage in enumerate(stages):
            colour, hatch = stage_look(stage, place)
            axis.barh(
                rows.index,
                rows[stage],
                left=left,
                height=0.72,
                color=colour,
                hatch=hatch,
                edgecolor="white",
                linewidth=0.3,
            )
            left = left + rows[stage]
        axis.margins(x=0.02)

    columns = legend_columns(stages)
    below = -(-len(stages) // columns)
    figure = draw_rows(table, choose, bars, "wall seconds", title, below=below)
    handles = [
        Patch(facecolor=look[0], hatch=look[1], edgecolor="white", label=stage)
        for place, stage in enumerate(stages)
        for look in [stage_look(stage, place)]
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, frameon=False)
    return figure


def legend_columns(labels: Sequence[str]) -> int:
    """Most columns of a legend that is not wider than the figure, >= 1."""
    widest = max(map(text_width, labels)) + HANDLE
    return max(1, min(len(labels), int(WIDTH / widest)))


def stages_in_order(table: pd.DataFrame) -> list[str]:
    """Stages of a table in the order of a launch, a pipeline's own before the rest."""
    found = set(table["stage"])
    own = sorted(found - {*STAGES, OTHER})
    return [stage for stage in (*STAGES, *own, OTHER) if stage in found]


def stage_look(stage: str, place: int) -> tuple[str, str]:
    """Colour and hatch of a stage."""
    if stage == OTHER:
        return PALE, ""
    return COLOURS[place % len(COLOURS)], HATCHES[place % len(HATCHES)]
