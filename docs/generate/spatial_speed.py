"""Measure how fast scores and regressions are, and write docs/spatial.md's figures.

    python docs/generate/spatial_speed.py [--print] [--only PART ...] [--rounds N] [--scale SPOTS]

Runs of a part are interleaved, round after round in a random order. Whole commands are started each
time. Ratios are taken within rounds. CPU counts all threads of a run; other work on the machine
hardly changes it, and wall times it does. Programs of others have a script of their own.
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse  # noqa: E402 - threads first
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Iterable, Iterator, Mapping, Sequence  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import NamedTuple  # noqa: E402

import numpy as np  # noqa: E402
import spatial_speed_runs as runs  # noqa: E402
from interleaved import command_lines, digits, interval, measured  # noqa: E402
from marked import write_lines  # noqa: E402
from spatial_speed_runs import Run, Times  # noqa: E402
from spatial_speed_scale import memory_lines, scale_lines  # noqa: E402

from tiltyard.engine.machine.facts import describe_machine  # noqa: E402
from tiltyard.studies.throughput.statistics.paired import estimate  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "spatial.md"
#: Lines of the page between which the tables stand.
BEGIN = "<!-- The figures: `make bench-spatial` writes them anew. -->"
END = "<!-- End of the figures. -->"
PARTS = ("scores", "regression", "threads", "commands", "memory", "scale")
#: Batches: spots of the tissue, genes, density, spots of the batch.
BATCHES = {
    "5,120 genes, 30 %": (2000, 5120, 0.3, 500),
    "20,480 genes, 10 %": (900, 20480, 0.1, 200),
}
#: Chunks: SNPs, columns of the baseline.
CHUNKS = {
    "20,000 SNPs, 2 columns": (20_000, 2),
    "100,000 SNPs, 2 columns": (100_000, 2),
    "20,000 SNPs, 53 columns": (20_000, 53),
    "100,000 SNPs, 53 columns": (100_000, 53),
}
#: Spots and genes of the tissue of whole commands, and SNPs of its trait.
COMMAND = (5000, 2000, 100_000)


class Ratio(NamedTuple):
    """A ratio that is shown, of what two sums of runs take for a spot, and its goal.

    Attributes
    ----------
    words : str
    over, under : tuple of str
        Runs.
    goal : str
    by : str
        ``cpu`` or ``wall``.
    """

    words: str
    over: tuple[str, ...]
    under: tuple[str, ...]
    goal: str = ""
    by: str = "cpu"


def score_ratios(case: str) -> Iterator[Ratio]:
    """Ratios of a batch."""
    ours = ("ours",)
    yield Ratio(f"scores ÷ accumulate + exp alone, {case}", ours, ("accumulate + exp",), "≤ 1.4")
    yield Ratio(f"reference ÷ scores, {case}", ("reference",), ours)
    yield Ratio(f"`matmul-batch` ÷ scores, {case}", ("matmul-batch",), ours)


def chunk_ratios(case: str) -> Iterator[Ratio]:
    """Ratios of a chunk, with the product that makes LD scores."""
    ours = ("ours",)
    yield Ratio(f"reference ÷ regression, {case}", ("reference",), ours)
    yield Ratio(f"`matmul-batch` ÷ regression, {case}", ("matmul-batch",), ours)
    yield Ratio(f"product ÷ regression, {case}", ("product",), ours)
    yield Ratio(f"scipy's product ÷ ours, {case}", ("sparse product of scipy",), ("product",))


THREADS = tuple(
    Ratio(f"{what}: one thread ÷ two, {by}", (f"{what}, 1",), (f"{what}, 2",), goal, by)
    for what in ("scores", "regression")
    for by, goal in (("wall", "≥ 1.7"), ("cpu", ""))
)


def command_ratios() -> Iterator[Ratio]:
    """Ratios of whole commands."""
    for what in ("specificity", "ldsc"):
        one = f"{what}, 1 worker"
        for other in (f"{what}, 2 workers", f"{what}, 2 processes"):
            yield Ratio(f"{one} ÷ {other.partition(', ')[2]}", (one,), (other,), "", "wall")
            yield Ratio(f"{one} ÷ {other.partition(', ')[2]}", (one,), (other,))


def per_spot(found: Mapping[str, Sequence[Times]], names: Sequence[str], by: str) -> np.ndarray:
    """Seconds of a spot, of each round: the sum of runs."""
    total = np.zeros(1)
    for name in names:
        total = total + np.array([getattr(one, by) / one.spots for one in found[name]])
    return total


def ratio_lines(ratios: Iterable[Ratio], found: Mapping[str, Sequence[Times]]) -> Iterator[str]:
    """Lines of the table of ratios, of runs that there are."""
    for one in ratios:
        if all(name in found for name in (*one.over, *one.under)):
            own = estimate(per_spot(found, one.over, one.by) / per_spot(found, one.under, one.by))
            cells = (digits(own.value), interval(own), str(own.rounds), one.goal)
            yield f"| {one.words} | {one.by} | {' | '.join(cells)} |"


def cost_lines(case: str, found: Mapping[str, Sequence[Times]]) -> Iterator[str]:
    """Lines of the table of microseconds a spot."""
    for name in found:
        cpu, wall = (estimate(1e6 * per_spot(found, (name,), by)).value for by in ("cpu", "wall"))
        yield f"| {name} | {case} | {digits(cpu)} | {digits(wall)} |"


RATIO_HEAD = (
    "| ratio | of | median | 95 % interval | rounds | goal |",
    "| --- | --- | --- | --- | --- | --- |",
)
COST_HEAD = ("| run | of | CPU µs a spot | wall µs a spot |", "| --- | --- | --- | --- |")
COMMAND_HEAD = ("| command | CPU s | wall s |", "| --- | --- | --- |")


def commands(folder: Path) -> dict[str, Run]:
    """Whole commands, from the start of the interpreter on."""
    from spatial_speed_tissue import write_tissue, write_trait

    spots, genes, snps = COMMAND
    tissue = write_tissue(folder / "tissue.h5ad", spots, genes, 0.3)
    trait = write_trait(folder, genes, snps)
    output = folder / "out"
    scores = folder / "scores"
    usual = ("specificity", str(tissue), "--embedding", "emb", "--annotation", "domain", "--quiet")
    runs.launched(runs.tiltyard(*usual, "--output", str(scores)))
    found = {}
    for words, backend, count in (
        ("1 worker", "threads", "1"),
        ("2 workers", "threads", "2"),
        ("2 processes", "processes", "2"),
    ):
        own = ("--backend", backend)
        command = runs.tiltyard(*usual, *own, "--compute-workers", count, "--output", str(output))
        found[f"specificity, {words}"] = fresh(command, output, spots)
        command = runs.tiltyard(
            *("ldsc", f"--scores={scores}", *trait, *own, "--threads", count, "--quiet"),
            *("--output", str(output)),
        )
        found[f"ldsc, {words}"] = fresh(command, output, spots)
    return found


def fresh(command: list[str], output: Path, spots: int) -> Run:
    """A run of a command whose output is removed before."""
    import shutil

    started = runs.started(command, spots)

    def run() -> Times:
        shutil.rmtree(output, ignore_errors=True)
        return started()

    return run


def tables(asked: argparse.Namespace, folder: Path) -> Iterator[list[str]]:
    """The tables that are asked for, each when all of it is measured."""
    ratios, costs = list(RATIO_HEAD), list(COST_HEAD)
    if "scores" in asked.only:
        for case, sizes in BATCHES.items():
            found = measured(runs.Scores(*sizes).runs(), asked.rounds)
            ratios += ratio_lines(score_ratios(case), found)
            costs += cost_lines(case, found)
    if "regression" in asked.only:
        for case, sizes in CHUNKS.items():
            found = measured(runs.Regression(*sizes).runs(), asked.rounds)
            ratios += ratio_lines(chunk_ratios(case), found)
            costs += cost_lines(case, found)
    if "threads" in asked.only:
        pair = runs.Scores(*BATCHES["5,120 genes, 30 %"]), runs.Regression(100_000, 2)
        ratios += ratio_lines(THREADS, measured(runs.threads_of(*pair), asked.rounds))
    if "commands" in asked.only:
        found = measured(commands(folder), asked.rounds)
        ratios += ratio_lines(command_ratios(), found)
        yield [*COMMAND_HEAD, *command_lines(found)]
    if len(ratios) > len(RATIO_HEAD):
        yield ratios
    if len(costs) > len(COST_HEAD):
        yield costs
    if "memory" in asked.only:
        yield list(memory_lines(folder))
    if "scale" in asked.only:
        yield from scale_lines(folder, asked.scale)


def main(arguments: list[str]) -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--print", action="store_true", help="do not write the page")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--scale", type=int, default=100_000, help="spots of the largest run")
    parser.add_argument("--folder", type=Path, help="for made files; a temporary one")
    asked = parser.parse_args(arguments)
    if set(asked.only) != set(PARTS):
        asked.print = True  # the page has all of them
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        found = []
        for table in tables(asked, Path(name)):
            print("\n".join(table), end="\n\n", flush=True)
            found.append("\n".join(table))
    if not asked.print:
        machine = describe_machine()["processor"]
        load = f"the load of the machine was {os.getloadavg()[2]:.1f}"
        where = f"Measured on {time.strftime('%d %B %Y')}: {machine}; {load}."
        write_lines(PAGE, BEGIN, END, "\n\n".join([where, *found]))


if __name__ == "__main__":
    main(sys.argv[1:])
