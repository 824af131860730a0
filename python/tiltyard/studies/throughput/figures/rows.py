"""Panels whose rows are strategies: a panel a workload, one below the other."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tiltyard.report.figures.style import new_figure
from tiltyard.studies.throughput.figures.selection import (
    of_setting,
    setting_title,
    shortened,
    shown_settings,
)

#: Height of a strategy's row, of what is around a panel, of what is around all, and of a line of
#: the title or below [inch].
ROW, AROUND, REST, LINE = 0.17, 0.38, 0.8, 0.16


def draw_rows(
    table: pd.DataFrame,
    choose: Callable[[pd.DataFrame], pd.DataFrame],
    draw: Callable[[Axes, pd.DataFrame], None],
    label: str,
    title: str,
    share_x: bool = False,
    below: int = 1,
) -> Figure:
    """A figure with a panel a setting.

    Parameters
    ----------
    table : DataFrame
        Rows of settings and strategies.
    choose : callable
        Rows of one setting that are drawn, the first at the top.
    draw : callable
        Draws them: the row of number k at the height k.
    label : str
        Of the horizontal axis.
    title : str
    share_x : bool
        Whether all panels have the same horizontal axis.
    below : int
        Lines of a legend below.
    """
    settings = shown_settings(table)
    chosen = [choose(of_setting(table, setting)).reset_index(drop=True) for setting in settings]
    heights = [ROW * max(1, len(rows)) + AROUND for rows in chosen]
    lines = below + title.count("\n")
    figure = new_figure(sum(heights) + REST + LINE * lines)
    axes = figure.subplots(
        len(settings),
        1,
        squeeze=False,
        sharex=share_x,
        gridspec_kw={"height_ratios": heights},
    )
    for axis, setting, rows in zip(axes[:, 0], settings, chosen, strict=True):
        draw(axis, rows)
        axis.set_yticks(range(len(rows)), [shortened(str(name)) for name in rows["strategy"]])
        axis.set_ylim(len(rows) - 0.5, -0.5)
        axis.tick_params(axis="y", length=0)
        axis.grid(True, axis="x")
        axis.set_axisbelow(True)
        axis.set_title(setting_title(setting, settings), loc="left")
    axes[-1, 0].set_xlabel(label)
    figure.suptitle(title)
    return figure
