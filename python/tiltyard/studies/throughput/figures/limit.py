"""Figure: share of what has to be done in any case in what each strategy takes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tiltyard.report.figures.study_tables import Tables
from tiltyard.report.figures.style import COLOURS, INK, message_figure
from tiltyard.studies.throughput.figures.rows import draw_rows
from tiltyard.studies.throughput.figures.selection import (
    BARS,
    MOST_STRATEGIES,
    left_out_words,
    quickest,
    reaches,
    shortened,
    within_cores,
    without_tags,
)


def draw(tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Name and figure."""
    found = within_cores(without_tags(tables.table("costs"), "again", "limit"))
    found = found[found["limit_share"].notna()]
    if found.empty:
        text = "no round has a limit beside a strategy"
        yield "limit", message_figure(tables.title(text))
        return
    names = " or ".join(shortened(name) for name in sorted(set(found["limit"])))
    text = f"CPU time of the limit ({names}) ÷ the strategy's{left_out_words(found)}"
    yield "limit", draw_shares(found, tables.title(text))


def draw_shares(table: pd.DataFrame, title: str) -> Figure:
    """The figure of rows of ``costs.csv`` with a share; a panel a setting, a point a strategy."""
    return draw_rows(
        table,
        lambda own: quickest(own, "cpu_seconds", MOST_STRATEGIES),
        _points,
        "share of the limit [%]; above 100 % would be a fault, not a record",
        title,
        share_x=True,
    )


def _points(axis: Axes, rows: pd.DataFrame) -> None:
    percent = rows.assign(
        **{
            name: 100.0 * rows[name]
            for name in ("limit_share", "limit_share_low", "limit_share_high")
        }
    )
    axis.hlines(rows.index, 0.0, percent["limit_share"], color=COLOURS[0], linewidth=0.8)
    axis.errorbar(
        percent["limit_share"],
        rows.index,
        xerr=reaches(percent, "limit_share"),
        fmt="o",
        color=COLOURS[0],
        **BARS,
    )
    axis.axvline(100.0, color=INK, linewidth=0.8, linestyle=":")
    # The panels share this axis: none may cut another's points.
    highest = 1.05 * float(np.nanmax(percent["limit_share_high"]))
    axis.set_xlim(0.0, max(108.0, highest, axis.get_xlim()[1]))
