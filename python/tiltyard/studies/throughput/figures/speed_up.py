"""Figure: speed-up and efficiency by workers, with intervals and the linear line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tiltyard.report.figures.study_tables import Tables
from tiltyard.report.figures.style import INK, PALE, message_figure, new_figure
from tiltyard.studies.throughput.figures.selection import (
    BARS,
    left_out_words,
    look,
    of_setting,
    reaches,
    setting_title,
    shortened,
    shown_settings,
)
from tiltyard.studies.throughput.statistics.launches import FAMILY

#: Families of strategies that are drawn, the quickest with most workers first.
MOST_FAMILIES = 7
#: Height of a row of panels [inch], and of a line of the legend.
ROW, LINE = 1.75, 0.16
#: Width over which the series of one worker count are spread [workers].
DODGE = 0.24


def draw(tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Name and figure."""
    found = tables.table("scaling")
    found = found[found["speed_up"].notna()]
    if found.empty or not (found["workers"] > 1).any():
        text = "no strategy with several workers has a wall time that counts"
        yield "scaling", message_figure(tables.title(text))
        return
    title = f"speed-up over the best serial strategy, in wall time{left_out_words(found)}"
    yield "scaling", draw_scaling(found, tables.title(title))


def draw_scaling(table: pd.DataFrame, title: str) -> Figure:
    """The figure of rows of ``scaling.csv`` that have a speed-up; a row of panels a setting."""
    settings = shown_settings(table)
    families = families_of(table)
    lines = -(-(len(families) + 1) // 3)
    figure = new_figure(ROW * len(settings) + LINE * lines + 0.8)
    axes = figure.subplots(len(settings), 2, squeeze=False, sharex=True)
    top = float(table["workers"].max())
    for (left, right), setting in zip(axes, settings, strict=True):
        own = of_setting(table, setting)
        left.plot([1, top], [1, top], color=PALE, linestyle=":", linewidth=1.0)
        right.axhline(1.0, color=PALE, linestyle=":", linewidth=1.0)
        _draw_families(left, own, "speed_up", families)
        _draw_families(right, own, "efficiency", families)
        base = shortened(str(own["base"].iloc[0]))
        name = setting_title(setting, settings)
        left.set_title(f"{name}; 1 is {base}", loc="left")
        left.set_ylabel("speed-up")
        right.set_ylabel("efficiency")
        left.set_ylim(bottom=0.0)
        right.set_ylim(0.0, max(1.15, 1.1 * float(own["efficiency_high"].max())))
    for axis in axes[-1]:
        counts = sorted(int(count) for count in set(table["workers"]) | {1})
        axis.set_xticks(counts, [str(count) for count in counts])
        axis.set_xlim(1 - 0.3 * DODGE - 0.1, top + DODGE)
        axis.set_xlabel("workers")
    handles = [
        Line2D([], [], color=PALE, linestyle=":", label="linear"),
        *(
            Line2D([], [], color=colour, marker=marker, label=label)
            for label, (colour, marker) in families.items()
        ),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
    figure.suptitle(title)
    return figure


def families_of(table: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Label of each family that is drawn -> its colour and marker, the quickest first."""
    several = table[table["workers"].gt(1)]
    best = several.groupby([*FAMILY], sort=True)["speed_up"].median()
    order = best.sort_values(ascending=False, kind="stable").index[:MOST_FAMILIES]
    return {family_label(family): look(place) for place, family in enumerate(order)}


def family_label(family: Iterable[Any]) -> str:
    """Implementation, backend and block of a family, in words."""
    implementation, backend, block = map(str, family)
    named = f"{implementation} {backend}".strip()
    return shortened(f"{named}, blocks of {block}" if block else named, 44)


def _draw_families(
    axis: Axes, rows: pd.DataFrame, name: str, families: Mapping[str, tuple[str, str]]
) -> None:
    several = rows[rows["workers"].gt(1)]
    for key, own in several.groupby(FAMILY, sort=True):
        label = family_label(key)
        if label not in families:
            continue
        colour, marker = families[label]
        place = list(families).index(label)
        shift = DODGE * ((place + 0.5) / len(families) - 0.5)
        own = own.sort_values("workers")
        x = own["workers"].to_numpy(dtype=float) + shift
        joined: dict[str, Any] = {"color": colour, "linewidth": 0.9, "zorder": 2}
        axis.plot(np.r_[1.0, x], np.r_[1.0, own[name]], **joined)
        axis.errorbar(
            x, own[name], yerr=reaches(own, name), fmt=marker, color=colour, zorder=3, **BARS
        )
    axis.plot([1.0], [1.0], "o", color=INK, zorder=4)
    axis.grid(True)
    axis.set_axisbelow(True)
