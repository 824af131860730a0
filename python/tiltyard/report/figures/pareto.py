"""Figure: score against CPU seconds, with the methods that none beats in both."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from matplotlib.transforms import BboxBase

from tiltyard.engine.kind import Kind
from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.wording import number_text, plural
from tiltyard.report.figures.study_tables import Tables
from tiltyard.report.figures.style import (
    INK,
    PALE,
    SMALL,
    family_look,
    label_powers,
    message_figure,
    method_label,
    new_figure,
    settle,
)

PANELS_A_ROW = 2
#: Scores that are larger than this multiple of an answer without data are drawn there, and
#: counted.
MOST = 10.0
Key = tuple[str, str]


def draw(tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Name and figure."""
    cost = tables.cost.merge(tables.ranks[METHOD_KEY], on=METHOD_KEY)
    cost = cost[(cost["error"] > 0) & (cost["cpu_seconds"] > 0)]
    if cost.empty:
        text = f"no ranked {tables.kind.words.method} solved any cell"
        yield "pareto", message_figure(tables.title(text))
        return
    title = tables.title(f"{tables.kind.words.score} against cost")
    yield "pareto", draw_costs(cost, title, tables.kind, tables.families)


def draw_costs(cost: pd.DataFrame, title: str, kind: Kind, families: Sequence[str]) -> Figure:
    """The figure of `cost`, with positive scores and times; a panel a size of the problem."""
    size_axis, plain = kind.measures.size, kind.measures.plain
    sizes = sorted(cost[size_axis].unique())
    numbers = number_front(cost)
    columns = min(PANELS_A_ROW, len(sizes))
    lines = -(-len(sizes) // columns)
    figure = new_figure(max(3.4 * lines, 0.145 * len(numbers) + 2.6))
    axes = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
    for axis in axes.flat[len(sizes) :]:
        axis.axis("off")
    labels = []
    for axis, size in zip(axes.flat, sizes, strict=False):
        part = cost[cost[size_axis] == size]
        _draw_points(axis, part, plain, families)
        labels.append(_draw_front(axis, part, numbers))
        axis.set_title(kind.words.phrase(size_axis, size))
        axis.tick_params(which="both", labelbottom=True)
    axes.flat[0].set_xscale("log")
    axes.flat[0].set_yscale("log")
    for axis in axes.flat[: len(sizes)]:
        label_powers(axis.xaxis, between=True)
        label_powers(axis.yaxis, between=True)
    for axis in axes[:, 0]:
        unsolved = "" if plain is None else f"; {number_text(plain)} where not solved"
        axis.set_ylabel(f"geometric mean of {kind.words.score}{unsolved}")
    rows = "".join(f", all {plural(name.replace('_', ' '))}" for name in kind.within)
    label = f"CPU time of one evaluation{rows}, one thread [s]"
    figure.supxlabel(label, fontsize=SMALL + 1)
    figure.legend(
        handles=[*_front_handles(numbers), *_family_handles(set(cost["family"]), families)],
        loc="outside right center",
        frameon=False,
        handletextpad=0.4,
    )
    figure.suptitle(title)
    settle(figure)  # only now it is known where the numbers are
    for panel in labels:
        _part(panel, figure.dpi / 72)
    return figure


def number_front(cost: pd.DataFrame) -> dict[Key, int]:
    """A number for each method that is on a front, from the cheapest."""
    front = cost[cost["pareto"].astype(bool)].sort_values("cpu_seconds", kind="stable")
    keys = dict.fromkeys(front[METHOD_KEY].itertuples(index=False, name=None))
    return {key: number for number, key in enumerate(keys, start=1)}


def _draw_points(
    axis: Axes, cost: pd.DataFrame, plain: float | None, families: Sequence[str]
) -> None:
    most = np.inf if plain is None else MOST * plain
    for family, rows in cost.groupby("family"):
        colour, marker = family_look(str(family), families)
        whole = rows["solved"] >= 1.0
        for part, face in ((rows[whole], colour), (rows[~whole], "none")):
            axis.scatter(
                part["cpu_seconds"],
                part["error"].clip(upper=most),
                s=14,
                marker=marker,
                facecolors=face,
                edgecolors=colour,
                linewidths=0.7,
                alpha=0.8,
                zorder=2,
            )
    worse = int((cost["error"] > most).sum())
    if worse:
        note = f"{worse} beyond {number_text(most)}, drawn at the edge"
        axis.text(0.98, 0.98, note, ha="right", va="top", transform=axis.transAxes)
    if plain is not None:
        axis.axhline(plain, color=PALE, linewidth=0.8, linestyle=":")
    axis.grid(True)
    axis.set_axisbelow(True)


def _draw_front(axis: Axes, cost: pd.DataFrame, numbers: Mapping[Key, int]) -> list[Annotation]:
    """The front of one panel, and the numbers of its methods from left to right."""
    front = cost[cost["pareto"].astype(bool)].sort_values("cpu_seconds", kind="stable")
    axis.margins(y=0.12)  # room for the numbers
    axis.step(front["cpu_seconds"], front["error"], where="post", color=INK, linewidth=0.8)
    keys = front[METHOD_KEY].itertuples(index=False, name=None)
    places = front[["cpu_seconds", "error"]].itertuples(index=False, name=None)
    # Below the front there is no other point.
    return [
        axis.annotate(
            str(numbers[key]), place, (-2, -3), textcoords="offset points", ha="right", va="top"
        )
        for key, place in zip(keys, places, strict=True)
    ]


def _part(labels: Sequence[Annotation], point: float) -> None:
    """Move each of `labels` down until it is clear of those before it; a `point` in pixels."""
    placed: list[BboxBase] = []
    for label in labels:
        box, down = label.get_window_extent(), 0
        while any(box.translated(0, -down * point).overlaps(other) for other in placed):
            down += 1
        x, y = label.xyann
        label.xyann = (x, y - down)
        placed.append(box.translated(0, -down * point))


def _front_handles(numbers: Mapping[Key, int]) -> list[Line2D]:
    handles = [Line2D([], [], color=INK, linewidth=0.8, label="none is better and cheaper:")]
    for key, number in numbers.items():
        label = f"{number}  {method_label(*key)}"
        handles.append(Line2D([], [], linestyle="", label=label))
    return handles


def _family_handles(shown: Collection[str], families: Sequence[str]) -> list[Line2D]:
    handles = [Line2D([], [], linestyle="", label="")]
    for family in sorted(shown):
        colour, marker = family_look(family, families)
        handles.append(Line2D([], [], linestyle="", color=colour, marker=marker, label=family))
    hollow = Line2D([], [], linestyle="", marker="o", color=INK, markerfacecolor="none")
    hollow.set_label("hollow: some cells not solved")
    handles.append(hollow)
    return handles
