"""Figure: mean ranks of the best of each family, with bars over those that do not differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tiltyard.engine.wording import plural
from tiltyard.report.figures.study_tables import Tables
from tiltyard.report.figures.style import (
    COLOURS,
    INK,
    NORMAL,
    SMALL,
    WIDTH,
    message_figure,
    method_label,
    text_width,
)

#: Heights of a name, of a bar, and of what is below and above the diagram [inch].
ROW, BAR, FOOT, HEAD = 0.17, 0.075, 0.5, 1.1
#: Between a name and the edge of the figure, with the elbow's end [inch].
GAP = 0.1


def draw(tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Name and figure."""
    word = tables.kind.words.method
    found = tables.differences["best_of_family"]
    if found["cliques"] is None:
        text = f"too few {plural(word)}, or too few blocks, to compare mean ranks"
        yield "differences", message_figure(tables.title(text))
        return
    axes = {axis.name for axis in tables.kind.grid.axes}
    unit = tables.differences["unit"]
    figure = draw_ranks(found, tables.kind.words.axis(unit) if unit in axes else unit, word)
    title = tables.title(f"mean ranks of the best {word} of each family")
    figure.suptitle(title, y=1 - 0.08 / figure.get_figheight())
    yield "differences", figure


def draw_ranks(found: Mapping[str, Any], unit: str, method: str) -> Figure:
    """The critical-difference diagram (Demsar, 2006); the best is at the left.

    Parameters
    ----------
    found : mapping
        ``mean_ranks``, ``cliques``, ``critical_difference`` and ``friedman``.
    unit : str
        What a block of the test is.
    method : str
        What a method is called.
    """
    methods = sorted(found["mean_ranks"].items(), key=lambda item: float(item[1]))
    ranks = [float(rank) for _, rank in methods]
    half = -(-len(methods) // 2)
    labels = [
        f"{shorten(name)}  {rank:.1f}" if position < half else f"{rank:.1f}  {shorten(name)}"
        for position, (name, rank) in enumerate(methods)
    ]
    bars = stack(spans(found["cliques"], found["mean_ranks"]))
    depth = BAR * (len(bars) + 1)
    below = depth + ROW * half
    height = below + FOOT + HEAD
    figure = Figure(figsize=(WIDTH, height))
    side = (max(map(text_width, labels)) + 2 * GAP) / WIDTH
    axis = figure.add_axes((side, FOOT / height, 1 - 2 * side, below / height))
    _frame(axis, len(methods), below)
    for level, row in enumerate(bars, start=1):
        for span in row:
            axis.plot(span, (BAR * level,) * 2, color=COLOURS[0], lw=3, solid_capstyle="butt")
    for position, (rank, label) in enumerate(zip(ranks, labels, strict=True)):
        left = position < half
        row_number = position if left else len(methods) - 1 - position
        _label(axis, rank, label, left, depth + ROW * (row_number + 0.5))
    _draw_ruler(axis, float(found["critical_difference"]))
    figure.text(
        0.5,
        0.5 * FOOT / height,
        statement(found, unit, method),
        ha="center",
        va="center",
        size=NORMAL,
    )
    return figure


def shorten(name: str) -> str:
    """A method's name and language as all figures write them."""
    match = re.fullmatch(r"(.*) \((.*)\)", name)
    return method_label(match[1], match[2]) if match else name


def spans(
    cliques: Sequence[Sequence[str]], ranks: Mapping[str, float]
) -> list[tuple[float, float]]:
    """First and last mean rank of each clique."""
    return [
        (min(ranks[name] for name in clique), max(ranks[name] for name in clique))
        for clique in cliques
    ]


def stack(bars: Sequence[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """`bars` in as few rows as it takes for none to touch another of its row."""
    rows: list[list[tuple[float, float]]] = []
    for bar in sorted(bars):
        for row in rows:
            if row[-1][1] < bar[0]:
                row.append(bar)
                break
        else:
            rows.append([bar])
    return rows


def statement(found: Mapping[str, Any], unit: str, method: str) -> str:
    """What the comparison rests on, in two lines."""
    test = found["friedman"]
    text = "Friedman's test says nothing"
    if test["p"] is not None:
        text = f"Friedman's test: χ² = {test['statistic']:.1f}, p = {test['p']:.1g}"
    return (
        f"{text}; {test['blocks']} blocks, each a {unit}\n"
        f"A bar joins {plural(method)} that do not differ significantly (Nemenyi, 5 %)."
    )


def _frame(axis: Axes, count: int, below: float) -> None:
    axis.set_xlim(0.9, count + 0.1)
    axis.set_ylim(below, 0)
    axis.spines[["left", "right", "bottom"]].set_visible(False)
    axis.set_yticks([])
    axis.set_xticks(range(1, count + 1))
    axis.xaxis.set_ticks_position("top")
    axis.xaxis.set_label_position("top")
    axis.set_xlabel("mean rank", labelpad=2)


def _label(axis: Axes, rank: float, text: str, left: bool, y: float) -> None:
    """Marker of a rank on the axis, an elbow to its row, and the name at the row's end."""
    end = axis.get_xlim()[0 if left else 1]
    axis.plot((rank, rank, end), (0, y, y), color=INK, linewidth=0.5, clip_on=False)
    axis.plot(rank, 0, "o", color=INK, markersize=3, clip_on=False, zorder=3)
    axis.annotate(
        text,
        (end, y),
        (-3 if left else 3, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        fontsize=SMALL,
    )


def _draw_ruler(axis: Axes, length: float) -> None:
    """The critical difference, above the axis and to its scale."""
    low, high = axis.get_xlim()
    words = f"critical difference {length:.1f}"
    if length > high - low:
        words, length = f"{words}: more than all ranks", 0.0
    y = -0.42
    if length:
        axis.plot((low, low + length), (y, y), "|-", color=INK, lw=0.8, ms=4, clip_on=False)
    axis.annotate(
        words,
        (low, y),
        (0, 3),
        textcoords="offset points",
        ha="left",
        va="bottom",
        fontsize=SMALL,
        annotation_clip=False,
    )
