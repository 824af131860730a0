"""Figure: the noise floor, from the same strategy under two names, with every point."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from tiltyard.report.figures.study_tables import Tables
from tiltyard.report.figures.style import COLOURS, INK, PALE, message_figure, new_figure
from tiltyard.studies.throughput.columns import AGAIN
from tiltyard.studies.throughput.figures.selection import (
    left_out_words,
    of_setting,
    setting_title,
    shortened,
    shown_settings,
)
from tiltyard.studies.throughput.statistics.paired import estimate

#: Height of a workload's row, and of the rest [inch].
ROW, REST = 0.42, 1.15
#: Where a row's points lie around its middle.
SPREAD = 0.28


def draw(tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Name and figure."""
    found = tables.table("launches")
    again = [AGAIN in tags.split(",") for tags in found["tags"]]
    found = found[np.array(again, dtype=bool) & found["cpu_ratio"].notna()]
    if found.empty:
        yield "noise", message_figure(tables.title("no round has its baseline twice"))
        return
    name = shortened(str(found["strategy"].iloc[0]))
    text = f"{name} ÷ the same strategy under its own name{left_out_words(found)}"
    yield "noise", draw_floor(found, tables.title(text))


def draw_floor(table: pd.DataFrame, title: str) -> Figure:
    """The figure of the control's rows of ``launches.csv``: a row a setting, a point a round."""
    settings = shown_settings(table)
    figure = new_figure(ROW * len(settings) + REST)
    axis = figure.subplots()
    for place, setting in enumerate(settings):
        _draw_row(axis, place, of_setting(table, setting))
    labels = [shortened(setting_title(setting, settings)) for setting in settings]
    axis.set_yticks(range(len(settings)), labels)
    axis.set_ylim(len(settings) - 0.5, -0.5)
    axis.tick_params(axis="y", length=0)
    axis.axvline(1.0, color=INK, linewidth=0.8, linestyle=":")
    axis.set_xlabel("ratio of CPU times in one round")
    axis.grid(True, axis="x")
    axis.set_axisbelow(True)
    handles = [
        Patch(facecolor=PALE, alpha=0.25, label="noise floor"),
        Line2D([], [], marker="o", linestyle="", color=COLOURS[0], label="round"),
        Line2D(
            *([], []), marker="o", linestyle="", color=COLOURS[0], markerfacecolor="none",
            label="round that does not count",
        ),
        Line2D([], [], marker="D", color=INK, label="median, 95 % interval"),
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False)
    figure.suptitle(title)
    return figure


def _draw_row(axis: Axes, place: int, rows: pd.DataFrame) -> None:
    counted = rows["counted"].astype(bool).to_numpy()
    ratios = rows["cpu_ratio"].to_numpy(dtype=float)
    heights = place + SPREAD * np.linspace(-1.0, 1.0, len(rows)) if len(rows) > 1 else [place]
    for own, face in ((counted, COLOURS[0]), (~counted, "none")):
        axis.scatter(
            ratios[own],
            np.asarray(heights)[own],
            s=11,
            facecolors=face,
            edgecolors=COLOURS[0],
            linewidths=0.7,
            alpha=0.8,
            zorder=3,
        )
    found = estimate(ratios[counted])
    if not found.rounds:
        return
    floor = np.exp(np.abs(np.log([found.low, found.high])).max())
    axis.barh(place, floor - 1.0 / floor, left=1.0 / floor, height=0.8, color=PALE, alpha=0.25)
    axis.errorbar(
        found.value,
        place,
        xerr=[[found.value - found.low], [found.high - found.value]],
        fmt="D",
        color=INK,
        elinewidth=1.2,
        capsize=3.0,
        zorder=4,
    )
