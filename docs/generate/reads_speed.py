"""Measure how fast reads are read, filtered and encoded beside others, and write docs/reads.md's.

    python docs/generate/reads_speed.py [--print] [--only PART ...] [--rounds N] [--memory GB ...]

Runs of a part are interleaved, round after round in a random order, in processes that stay: ours
in this one, libraries of others in one of theirs; programs and commands are started each time.
Ratios are taken within rounds. CPU counts all threads of a run; other programs on the machine
hardly change it, and wall times they do.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import reads_speed_peaks as memory
import reads_speed_runs as runs
from interleaved import command_lines, digits, interval, measured
from marked import write_lines
from reads_speed_runs import Times

from tiltyard.engine.machine.facts import describe_machine
from tiltyard.pipelines.reads.benchmark.claims import RATES
from tiltyard.studies.throughput.statistics.paired import estimate

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reads.md"
#: Lines of the page between which the tables stand.
BEGIN = "<!-- The figures: `make bench-reads` writes them anew. -->"
END = "<!-- End of the figures. -->"
PARTS = ("reading", "memory-speed", "chain", "commands", "memory")
#: Reads of 150 and of 100 bases, and long reads of 5,000.
READS, LONG = 1_000_000, 10_000


class Ratio(NamedTuple):
    """A ratio that is shown, of what two runs take for a read, and its goal.

    Attributes
    ----------
    words : str
    over, under : str
        Runs.
    goal : str
    by : str
        ``cpu`` or ``wall``.
    """

    words: str
    over: str
    under: str
    goal: str = ""
    by: str = "cpu"


RATIOS: Mapping[str, Sequence[Ratio]] = {
    "reading": (
        Ratio("dnaio ÷ ours, plain, 150 bases", "dnaio plain 150", "plain 150", "≥ 2.5"),
        Ratio("dnaio ÷ ours, plain, 5,000 bases", "dnaio plain 5,000", "plain 5,000", "≥ 1.2"),
        Ratio(
            "the same, ours in batches of 128", "dnaio plain 5,000", "plain 5,000, small batches"
        ),
        Ratio("dnaio ÷ ours, plain, 100 bases", "dnaio plain 100", "plain 100"),
        Ratio("dnaio ÷ ours, gzip, 150 bases", "dnaio gzip 150", "gzip 150"),
        Ratio("ours, plain ÷ reading the bytes", "plain 150", "read", "≤ 1.6"),
        Ratio("ours, plain ÷ `wc -l`", "plain 150", "wc -l"),
        Ratio("ours, gzip, inline ÷ `igzip -t`", "gzip 150", "igzip -t", "≤ 1.2"),
        Ratio("ours, gzip, helper ÷ `igzip -t`", "gzip with a helper", "igzip -t", "≤ 1.35"),
        Ratio("gzip, inline ÷ helper", "gzip 150", "gzip with a helper", "> 1", "wall"),
        Ratio(
            *("bgzip, 1 thread that inflates ÷ 2", "bgzip with 1 thread", "bgzip with 2 threads"),
            *("≥ 1.4", "wall"),
        ),
    ),
    "memory-speed": (
        Ratio("filter by mean quality ÷ memcpy of 150 MB", "mean quality", "memcpy", "≤ 1.8"),
        Ratio("one-hot ÷ fill of its output", "one-hot", "fill", "≤ 1.7"),
        Ratio("one-hot, cold, new memory ÷ fill", "one-hot, cold", "fill"),
        Ratio(
            *("deepbiop ÷ reverse complement, sequences only", "deepbiop"),
            *("reverse complement, no qualities", "≥ 8"),
        ),
        Ratio("deepbiop ÷ ours with qualities reversed", "deepbiop", "reverse complement"),
    ),
    "chain": (
        Ratio("dnaio, numpy by read ÷ ours, plain", "numpy by read plain", "chain plain", "≥ 50"),
        Ratio("dnaio, numpy by read ÷ ours, gzip", "numpy by read gzip", "chain gzip", "≥ 25"),
        Ratio("dnaio, numpy by batch ÷ ours, plain", "numpy by batch plain", "chain plain"),
        Ratio("dnaio, numpy by batch ÷ ours, gzip", "numpy by batch gzip", "chain gzip"),
    ),
    "commands": (
        Ratio("`seqkit stats` ÷ `tiltyard reads stats`, plain", "seqkit plain", "stats plain"),
        Ratio("`seqkit stats` ÷ `tiltyard reads stats`, gzip", "seqkit gzip", "stats gzip"),
        Ratio("`fastp` ÷ `tiltyard reads filter`, plain", "fastp plain", "filter plain"),
        Ratio("`fastp` ÷ `tiltyard reads filter`, gzip", "fastp gzip", "filter gzip"),
        *(
            Ratio(f"the same of {tool} in wall time, {kind}", f"{tool} {kind}", own, "", "wall")
            for tool, what in (("seqkit", "stats"), ("fastp", "filter"))
            for kind in ("plain", "gzip")
            for own in (f"{what} {kind}",)
        ),
    ),
}
#: What is done -> its run, or runs, and where in the guide's figures it is.
RATE_RUNS: Mapping[str, tuple[int, Mapping[str, str]]] = {
    "reading": (
        0,
        {
            "plain, 100 bases": "plain 100",
            "plain, 150 bases": "plain 150",
            "plain, 5,000 bases": "plain 5,000",
            "plain, 5,000 bases, batches of 128": "plain 5,000, small batches",
        },
    ),
    "gzip": (1, {"gzip, 100 bases": "gzip 100", "gzip, 150 bases": "gzip 150"}),
    "gzip of long reads": (1, {"gzip, 5,000 bases": "gzip 5,000"}),
    "mean": (2, {"filter by mean quality": "mean quality"}),
    "length": (3, {"filter by length": "length"}),
    "one-hot": (4, {"one-hot, batches of 256": "one-hot"}),
    "mutate": (5, {"mutate a tenth": "mutate"}),
    "reverse": (6, {"reverse complement": "reverse complement"}),
    "chain": (7, {"from a plain file to one-hot": "chain plain"}),
    "chain of gzip": (7, {"from a gzipped file to one-hot": "chain gzip"}),
}


def per_read(found: Sequence[Times], by: str) -> np.ndarray:
    """Seconds of a read, of each round."""
    return np.array([getattr(one, by) / one.reads for one in found])


def ratio_lines(part: str, found: Mapping[str, Sequence[Times]]) -> Iterator[str]:
    """Lines of the table of ratios."""
    for one in RATIOS.get(part, ()):
        own = estimate(per_read(found[one.over], one.by) / per_read(found[one.under], one.by))
        yield (
            f"| {one.words} | {one.by} | {digits(own.value)} | {interval(own)} | {own.rounds} | "
            f"{one.goal} |"
        )


def rate_lines(found: Mapping[str, Sequence[Times]]) -> Iterator[str]:
    """Lines of the table of rates."""
    for place, own in RATE_RUNS.values():
        for words, run in own.items():
            if run not in found:
                continue
            times = found[run]
            bases = times[0].bases / times[0].reads
            cpu, wall = (estimate(1e-6 / per_read(times, by)).value for by in ("cpu", "wall"))
            cells = (RATES[place][2] / 1e6, cpu, cpu * bases, wall, wall * bases)
            yield f"| {words} | {' | '.join(map(digits, cells))} |"


RATIO_HEAD = (
    "| ratio | of | median | 95 % interval | rounds | goal |",
    "| --- | --- | --- | --- | --- | --- |",
)
RATE_HEAD = (
    "| what | the guide, M reads/s | M reads a CPU s | M bases a CPU s | M reads/s | M bases/s |",
    "| --- | --- | --- | --- | --- | --- |",
)
COMMAND_HEAD = ("| run | CPU s | wall s |", "| --- | --- | --- |")


def tables(asked: argparse.Namespace, folder: Path) -> Iterator[list[str]]:
    """The tables that are asked for, each when all of it is measured."""
    files = runs.made(folder, asked.reads, 150)
    ratios, times = list(RATIO_HEAD), {}
    commands = list(COMMAND_HEAD)
    with runs.libraries() as ask:
        for part in asked.only:
            if part == "reading":
                long = runs.made(folder, asked.reads * LONG // READS, 5000, "spread")
                given = runs.reading(files, long, runs.made(folder, asked.reads, 100), ask)
            elif part == "memory-speed":
                given = runs.in_memory(files, ask)
            elif part == "chain":
                given = runs.chains(files, ask)
            elif part == "commands":
                given = runs.commands(files, folder)
            else:
                continue
            found = measured(given, asked.rounds)
            ratios += ratio_lines(part, found)
            times |= found
            if part == "commands":
                commands += command_lines(found)
    if len(ratios) > len(RATIO_HEAD):
        yield ratios
    if rates := list(rate_lines(times)):
        yield [*RATE_HEAD, *rates]
    if len(commands) > len(COMMAND_HEAD):
        yield commands
    if "memory" in asked.only:
        peaks = memory.peaks(asked.memory, files.plain)
        yield list(memory.lines(peaks))
        yield list(memory.promise_lines(peaks))


def main(arguments: list[str]) -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--print", action="store_true", help="do not write the page")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--reads", type=int, default=READS, help="of 150 bases")
    parser.add_argument(
        "--memory", nargs="+", type=float, default=[0.1, 1.0, 10.0], help="gigabytes"
    )
    asked = parser.parse_args(arguments)
    if set(asked.only) != set(PARTS) or asked.reads != READS:
        asked.print = True  # the page has all of them, of the size that it says
    with tempfile.TemporaryDirectory() as name:
        found = []
        for table in tables(asked, Path(name)):
            print("\n".join(table), end="\n\n", flush=True)
            found.append("\n".join(table))
    if not asked.print:
        machine = describe_machine()["processor"]
        where = f"Measured on {time.strftime('%d %B %Y')}: {machine}."
        write_lines(PAGE, BEGIN, END, "\n\n".join([where, *found]))


if __name__ == "__main__":
    main(sys.argv[1:])
