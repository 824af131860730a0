"""Print how fast alleles are counted, and write the tables of docs/alleles-speed.md.

    python docs/generate/alleles_speed.py [--print] [results/alleles_bench [results/alleles_peers]]

All ratios are taken within rounds, and then summarised by the median with its 95 % interval. The
kernel is the stage `compute` of a launch, the command all of it, from the start of the interpreter.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from marked import write_lines

from tiltyard.studies.throughput.statistics.launches import Setting, launches_of, settings
from tiltyard.studies.throughput.statistics.paired import Estimate, estimate

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "alleles-speed.md"
#: Lines of the page between which the tables stand.
BEGIN = "<!-- The tables: `make bench-alleles` writes them anew. -->"
END = "<!-- End of the tables. -->"
KEY = ["workload", "machine", "job", "trial", "method", "position"]
ONE, TWO, AGAIN = "serial-w1-b2000", "threads-w2-b2000", "serial-w1-b2000-again"
#: Share of its threads' time that a launch must have run for its wall time to count.
RUNNING = 0.95


KERNEL, COMMAND, WALL, FREE = "kernel_cpu", "cpu_seconds", "kernel_wall", "kernel_wall_free"


class Ratio(NamedTuple):
    """A ratio that is shown: what is taken of two strategies, and what is aimed at."""

    words: str
    over: tuple[str, str]
    under: tuple[str, str]
    aim: str = ""


def _of(words: str, over: str, own: str, under: str, its: str, aim: str = "") -> Ratio:
    return Ratio(words, (over, own), (under, its), aim)


ARRAYS = "arrays-serial-w1-b2000"
RATIOS = (
    _of("kernel ÷ `samtools view -c`, CPU", ONE, KERNEL, "samtools-view", COMMAND, "≤ 0.95"),
    _of("kernel ÷ inflating alone, CPU", ONE, KERNEL, "inflate", KERNEL, "≤ 1.2"),
    _of("gbcms ÷ kernel, SNPs, CPU", "gbcms-w1", COMMAND, ONE, KERNEL, "≥ 30"),
    _of("gbcms ÷ whole command, SNPs, CPU", "gbcms-w1", COMMAND, ONE, COMMAND, "≥ 8"),
    _of("`arrays` ÷ `mapped`, kernels, CPU", ARRAYS, KERNEL, ONE, KERNEL),
    _of("`reference` ÷ `mapped`, kernels, CPU", "reference", KERNEL, ONE, KERNEL),
    _of("two threads ÷ one, kernel, CPU", TWO, KERNEL, ONE, KERNEL),
    _of("one thread ÷ two, kernel, wall of threads that ran", ONE, WALL, TWO, WALL, "≥ 1.7"),
    _of("one thread ÷ two, kernel, wall on free cores", ONE, FREE, TWO, FREE, "≥ 1.7"),
    _of("kernel again ÷ kernel (A/A), CPU", AGAIN, KERNEL, ONE, KERNEL),
)


def measured(folder: Path) -> pd.DataFrame:
    """Launches of the study in `folder`, with ``kernel_cpu`` and ``kernel_wall`` [s]."""
    rows = pd.read_parquet(folder / "results.parquet")
    launches = launches_of(rows)
    kernel = rows[rows["stage"].eq("compute")].drop_duplicates(KEY)
    names = {"cpu_seconds": KERNEL, "wall_seconds": WALL}
    found = launches.merge(kernel[[*KEY, *names]].rename(columns=names), "left", KEY)
    return found.assign(**{FREE: found[WALL].where(found["wall_counts"])})


def values(launches: pd.DataFrame, method: str, column: str) -> pd.Series[float]:
    """`column` of a strategy's launches by round; of wall times only those of free cores."""
    own = launches[launches["method"].eq(method) & launches["ok"]].set_index("round")
    if column == WALL:
        own = own[own[KERNEL] > RUNNING * own["workers"] * own[WALL]]
    return own[column].dropna()


def ratio(launches: pd.DataFrame, one: Ratio) -> tuple[Estimate, int]:
    """The ratio, and the rounds in which both have a result that are left out of it."""
    over, under = (values(launches, *part) for part in (one.over, one.under))
    both = over.index.intersection(under.index)
    rounds = set(launches.loc[launches["method"].eq(one.over[0]) & launches["ok"], "round"])
    rounds &= set(launches.loc[launches["method"].eq(one.under[0]) & launches["ok"], "round"])
    return estimate(over[both] / under[both]), len(rounds) - len(both)


def ratio_lines(found: list[Setting]) -> Iterator[str]:
    """Lines of the table of ratios."""
    yield "| workload | ratio | median | 95 % interval | rounds | left out | aim |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for setting in found:
        present = set(setting.launches["method"])
        for one in RATIOS:
            if {one.over[0], one.under[0]} <= present:
                own, dropped = ratio(setting.launches, one)
                cells = (_digits(own.value), _interval(own), str(own.rounds), str(dropped))
                yield f"| {setting.workload} | {one.words} | {' | '.join(cells)} | {one.aim} |"


def cost_lines(found: list[Setting]) -> Iterator[str]:
    """Lines of the table of seconds and megabytes."""
    heads = ("workload", "strategy", "kernel, CPU s", "command, CPU s", "command, wall s")
    yield f"| {' | '.join(heads)} | peak, MB | launches that are right |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for setting in found:
        for method, own in setting.launches.groupby("method", sort=False):
            right = own[own["ok"]]
            columns = (KERNEL, COMMAND, "wall_seconds", "peak_memory")
            cells = [_digits(estimate(right[name]).value) for name in columns]
            cells = [setting.workload, f"`{method}`", *cells, f"{len(right)} of {len(own)}"]
            yield f"| {' | '.join(cells)} |"


def _digits(value: float) -> str:
    """Three significant digits; nothing for what is not known."""
    if np.isnan(value):
        return ""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _interval(found: Estimate) -> str:
    return f"{_digits(found.low)} to {_digits(found.high)}" if found.rounds else ""


def machines(found: list[Setting]) -> str:
    """On what it was measured, and that no ratio has its two sides on two machines."""
    names = sorted({setting.machine for setting in found})
    cores = sorted({f"{setting.cores:g}" for setting in found})
    return f"Machine {', '.join(names)}; cores of a job: {', '.join(cores)}."


def main(arguments: list[str]) -> None:
    """Print the tables, and replace those of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--print", action="store_true", help="leave the page as it is")
    asked = parser.parse_args(arguments)
    results = ROOT / "results"
    own = asked.folders or [results / "alleles_bench", results / "alleles_peers"]
    there = [folder for folder in own if (folder / "results.parquet").exists()]
    if not there:
        raise SystemExit(f"{own[0]}: it has no results; run `make bench-alleles`")
    found = [one for folder in there for one in settings(measured(folder))]
    parts = [list(ratio_lines(found)), list(cost_lines(found)), [machines(found)]]
    lines = "\n\n".join("\n".join(part) for part in parts)
    print(lines)
    if not asked.print:
        write_lines(PAGE, BEGIN, END, lines)


if __name__ == "__main__":
    main(sys.argv[1:])
