"""Figure: what every core was at while a study ran, with CPU and memory of the jobs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from tiltyard.engine.journal.account import COMPILING as COMPILING_CPU
from tiltyard.engine.journal.account import (
    IDLE,
    METHODS,
    OVERHEAD,
    PROGRAMS,
    REST,
    STEAL,
    UNKNOWN,
    WAITING,
    Account,
)
from tiltyard.engine.journal.account import OTHER as OTHER_CPU
from tiltyard.engine.journal.accounting import make_account
from tiltyard.engine.journal.cores import (
    COMPILING,
    FILES,
    KINDS,
    OTHER,
    START,
    Occupation,
    last_session,
    occupy,
)
from tiltyard.engine.journal.reading import Journals, Run
from tiltyard.engine.wording import count, duration
from tiltyard.report.figures.style import STYLE, TITLE, message_figure, new_figure, save

#: Okabe and Ito's colours, told apart by colour-blind readers, and hatches for print. Lanes take
#: theirs by number.
LANE_COLOURS = ("#0072B2", "#009E73", "#56B4E9", "#D55E00")
LANE_HATCHES = ("", "....", "||||", "++++")
COLOURS = {COMPILING: "#F0E442", START: "#E69F00", FILES: "#CC79A7", OTHER: "#BBBBBB"}
HATCHES = {COMPILING: "\\\\\\\\", START: "////", FILES: "xxxx", OTHER: ""}
#: Colour and hatch of the account's parts; what no process of the study was at is grey or white.
PART_LOOKS = {
    COMPILING_CPU: (COLOURS[COMPILING], HATCHES[COMPILING]),
    OTHER_CPU: (COLOURS[START], HATCHES[START]),
    IDLE: ("white", ""),
    METHODS: (LANE_COLOURS[0], ""),
    WAITING: ("#A6CEE3", ""),
    PROGRAMS: ("#777777", ""),
    STEAL: ("black", ""),
    UNKNOWN: ("#DDDDDD", ""),
}
OWN_COLOUR, OTHERS_COLOUR, MEMORY_COLOUR = LANE_COLOURS[0], "#777777", "#D55E00"
LOST = "x"
CLOCK_STEP = 0.01  # of CPU times [s]
#: Lines of a journal that follow each other faster say nothing about the load between them [s].
LEAST_SPAN = 0.5
#: More bars than this are drawn as pixels in the SVG, which would have megabytes else.
MOST_SHAPES = 4000
UNITS = ((3600.0, "h", 3 * 3600.0), (60.0, "min", 180.0), (1.0, "s", 0.0))


def draw_timeline(
    folder: Path,
    study: str,
    cores: int | None = None,
    into: Path | None = None,
    method_word: str = "method",
) -> list[Path]:
    """Draw the last run of the workflow from the journals and benchmarks in `folder`.

    Parameters
    ----------
    folder : path
        Folder of the study.
    study : str
        Its name.
    cores : int or None
        That the study was given; None for what the journals say.
    into : path or None
        Folder of the figures; the study's own if None.
    method_word : str
        What the study calls a method.

    Returns
    -------
    list of Path
        The files, ``timeline.svg`` and ``timeline.png``.
    """
    journals = Journals(folder / "journal")
    journals.refresh()
    runs = last_session(journals.runs)
    with matplotlib.rc_context(STYLE):
        if runs:
            begin, end = min(run.started for run in runs), max(run.last for run in runs)
            workflows = [
                one
                for one in journals.workflows
                if one.started < end and one.samples[-1].time > begin
            ]
            account = make_account(runs, workflows, cores=cores, begin=begin, end=end)
            occupation = occupy(runs, account.cores)
            benchmarks = read_benchmarks(folder, runs)
            figure = draw(occupation, account, study, benchmarks, method_word)
        else:
            figure = message_figure(f"no job of study {study} has left a journal")
        return save(figure, into or folder / "figures", "timeline")


def read_benchmarks(folder: Path, runs: Sequence[Run]) -> pd.DataFrame:
    """Snakemake's benchmarks of the jobs that ended well, with their begin and end.

    Returns
    -------
    DataFrame
        ``begin``, ``end`` [UTC s since 1970], ``max_rss``, ``io_in``, ``io_out`` [MB]; NaN where a
        job was too short to be measured. (Snakemake's CPU time lacks that of ended workers.)
    """
    columns = ["max_rss", "io_in", "io_out"]
    rows = []
    for run in runs:
        name = run.job.removeprefix(f"{run.rule}-")
        path = folder / "benchmarks" / run.rule / f"{name}.tsv"
        if run.ended is not None and not run.error and path.is_file():
            measured = pd.read_csv(path, sep="\t", na_values=["-", "NA"]).iloc[-1]
            facts = {column: float(measured[column]) for column in columns}
            rows.append({"begin": run.started, "end": run.ended, **facts})
    return pd.DataFrame(rows, columns=["begin", "end", *columns])


def read_load(runs: Sequence[Run]) -> pd.DataFrame:
    """CPU of `runs`, their workers' included, between any two lines of a journal that say it.

    Returns
    -------
    DataFrame
        ``begin``, ``end`` [UTC s since 1970], ``cores`` [CPU s per s].
    """
    rows = []
    for run in runs:
        points = [(run.started, 0.0)]
        for point in run.cpu:
            if len(points) > 1 and point[0] < points[-1][0] + LEAST_SPAN:
                points.pop()
            points.append(point)
        for (begin, before), (end, after) in pairwise(points):
            rows.append((begin, end, (after - before) / max(end - begin, CLOCK_STEP)))
    return pd.DataFrame(rows, columns=["begin", "end", "cores"])


def draw(
    occupation: Occupation, account: Account, study: str, benchmarks: pd.DataFrame, method_word: str
) -> Figure:
    """The figure of `occupation`, its `account` above it, and the `benchmarks` below it."""
    unit, symbol = next((s, name) for s, name, least in UNITS if occupation.wall >= least)
    lanes = min(9.0, max(1.2, 0.28 * occupation.cores))
    heights = [0.22, lanes, 1.0] + ([1.0] if len(benchmarks) else [])
    figure = new_figure(sum(heights) + 2.5)
    panels = figure.subplots(len(heights), 1, height_ratios=heights, squeeze=False)
    bar, *axes = list(panels[:, 0])
    for axis in axes[:-1]:
        axis.sharex(axes[-1])
        axis.tick_params(labelbottom=False)
    _draw_account(bar, account)
    _draw_cores(axes[0], occupation, unit)
    _draw_load(axes[1], occupation, account, unit)
    if len(benchmarks):
        memory = benchmarks["max_rss"].fillna(0.0) / 1000
        _draw_sum(axes[2], occupation, benchmarks.assign(value=memory), unit, MEMORY_COLOUR)
        axes[2].set_ylabel("memory\n[GB]")
    axes[-1].set_xlabel(f"time since the first job began [{symbol}]")
    axes[-1].set_xlim(0, occupation.wall / unit)
    figure.align_ylabels(axes)
    parts = _part_handles(account, method_word)
    figure.legend(
        handles=parts,
        loc="outside upper center",
        ncols=3,
        frameon=False,
        title=title(occupation, account, study, benchmarks),
        title_fontsize=TITLE,
    )
    handles: list[Artist] = [
        Patch(
            facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0, label=_label(kind, word)
        )
        for word in [method_word]
        for kind, (colour, hatch) in _looks(occupation).items()
    ]
    handles.append(_area(OWN_COLOUR, "busy: the study"))
    if account.known:
        handles.append(_area(OTHERS_COLOUR, "busy: others"))
    if occupation.losses:
        label = f"failed or killed: {len(occupation.losses)}"
        handles.append(Line2D([], [], marker=LOST, color="black", linestyle="", label=label))
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
    return figure


def _looks(occupation: Occupation) -> dict[str, tuple[str, str]]:
    """Colour and hatch of the lanes, then of all else that a core may be at."""
    looks = {
        lane: (LANE_COLOURS[i % len(LANE_COLOURS)], LANE_HATCHES[i % len(LANE_HATCHES)])
        for i, lane in enumerate(occupation.lanes)
    }
    return looks | {kind: (COLOURS[kind], HATCHES[kind]) for kind in KINDS}


def _label(kind: str, method_word: str) -> str:
    return kind if kind in KINDS else f"{method_word}s ({kind})"


def _area(colour: str, label: str) -> Patch:
    return Patch(facecolor=colour, alpha=0.35, edgecolor=colour, linewidth=1.0, label=label)


def title(occupation: Occupation, account: Account, study: str, benchmarks: pd.DataFrame) -> str:
    """What the figure shows, and the overhead."""
    done = sum(len(run.evaluated) for run in occupation.runs)
    jobs, cores = count(len(occupation.runs), "job"), count(account.cores, "core")
    text = (
        f"Study {study}: {count(done, 'configuration')} in {jobs} on {cores} in "
        f"{duration(account.wall)}\n{account.headline()}"
    )
    if len(benchmarks):
        read, written = benchmarks["io_in"].sum(), benchmarks["io_out"].sum()
        text += f"; read {read:.0f} MB, written {written:.0f} MB"
    return text


def _part_handles(account: Account, method_word: str) -> list[Artist]:
    """Every part with its share: the overhead's in the first column."""
    tenths = account.tenths()
    return [
        Patch(
            facecolor=PART_LOOKS[part][0],
            hatch=PART_LOOKS[part][1],
            edgecolor="black" if part == IDLE else "white",
            linewidth=0.5 if part == IDLE else 0,
            label=f"{words} {tenths[part] / 10:.1f}%",
        )
        for part, words in account.words(method_word).items()
    ]


def _draw_account(axis: Axes, account: Account) -> None:
    """All core seconds as one bar, from the overhead's parts to what others took."""
    left = 0.0
    for part in (*OVERHEAD, *REST):
        share = account.parts.get(part, 0.0) / account.total
        colour, hatch = PART_LOOKS[part]
        axis.barh(0, share, left=left, color=colour, hatch=hatch, edgecolor="white", linewidth=0)
        left += share
        if part == OVERHEAD[-1]:
            axis.set_xticks([left], ["overhead up to here"])
    axis.set_xlim(0, 1)
    axis.set_ylim(-0.4, 0.4)
    axis.set_yticks([])


def _draw_cores(axis: Axes, occupation: Occupation, unit: float) -> None:
    many = len(occupation.segments) > MOST_SHAPES
    for kind, (colour, hatch) in _looks(occupation).items():
        own = [segment for segment in occupation.segments if segment.kind == kind]
        axis.barh(
            [segment.core for segment in own],
            [(segment.end - segment.begin) / unit for segment in own],
            left=[segment.begin / unit for segment in own],
            height=0.8,
            color=colour,
            hatch=None if many else hatch,
            edgecolor="white",
            linewidth=0,
            rasterized=many,
        )
    if occupation.losses:
        cores, times = zip(*occupation.losses, strict=True)
        axis.plot(np.divide(times, unit), cores, LOST, color="black", clip_on=False)
    axis.set_ylim(occupation.cores - 0.4, -0.6)
    axis.set_ylabel("core")
    step = max(1, occupation.cores // 16)
    axis.set_yticks(range(0, occupation.cores, step))
    axis.set_yticklabels([str(core + 1) for core in range(0, occupation.cores, step)])
    if len(occupation.hosts) > 1:
        for host, (first, last) in occupation.hosts.items():
            axis.axhline(last + 0.5, color="black", linewidth=0.5)
            axis.text(1.005, (first + last) / 2, host, transform=axis.get_yaxis_transform())


def _draw_load(axis: Axes, occupation: Occupation, account: Account, unit: float) -> None:
    load = read_load(occupation.runs)
    own = load.assign(value=load["cores"])
    others = pd.DataFrame(
        [(one.begin, one.end, one.programs + one.steal) for one in account.loads],
        columns=["begin", "end", "value"],
    )
    if len(others):
        both = pd.concat([own, others], ignore_index=True)
        _draw_sum(axis, occupation, both, unit, OTHERS_COLOUR)
    _draw_sum(axis, occupation, own, unit, OWN_COLOUR)
    axis.axhline(account.cores, color="black", linewidth=0.8, linestyle=":")
    axis.set_ylim(0, 1.15 * account.cores)
    axis.set_ylabel("busy\ncores")


def _draw_sum(
    axis: Axes, occupation: Occupation, spans: pd.DataFrame, unit: float, colour: str
) -> None:
    """The sum of ``value`` over those of `spans` that any moment lies in."""
    moments = np.concatenate([spans["begin"], spans["end"]]) - occupation.begin
    changes = np.concatenate([spans["value"], -spans["value"]])
    times, position = np.unique(moments / unit, return_inverse=True)
    level = np.cumsum(np.bincount(position, changes, len(times)))
    axis.fill_between(times, level, step="post", color=colour, alpha=0.35)
    axis.step(times, level, where="post", color=colour, linewidth=1.0)
    axis.set_ylim(bottom=0)
    axis.grid(True, axis="y", linewidth=0.3)
