"""Measure gene specificity and regression beside the programs of others, for docs/spatial.md.

    python docs/generate/spatial_peers.py [--print] [--only PART ...] [--rounds N]

Kernels of others run in a process of theirs that stays; runs are interleaved, round after round in
a random order, and ratios are taken within rounds. CPU seconds count all threads of a run. Theirs
are held to one core, since their pools of threads spin while they wait.
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse  # noqa: E402 - threads first
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Iterator, Mapping  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import NamedTuple  # noqa: E402

import interleaved  # noqa: E402
import numpy as np  # noqa: E402
import spatial_peers_runs as runs  # noqa: E402
from interleaved import digits, interval  # noqa: E402
from marked import write_lines  # noqa: E402
from spatial_peers_runs import Run  # noqa: E402

from tiltyard.engine.machine.facts import describe_machine  # noqa: E402
from tiltyard.studies.throughput.statistics.paired import estimate  # noqa: E402

PAGE = Path(__file__).resolve().parents[1] / "spatial.md"
#: Lines of the page between which the table stands.
BEGIN = "<!-- Beside others: `make bench-spatial-peers` writes it anew. -->"
END = "<!-- End of what is beside others. -->"
PARTS = ("scores", "regression", "commands")


class Case(NamedTuple):
    """Work that is timed in several ways.

    Attributes
    ----------
    words : str
    ratios : tuple of (str, str, str)
        What takes longer, in words and as a run, and the goal; "" without one.
    make : callable
        Context manager of a folder that gives runs by their names; ours is `runs.OURS`.
    """

    words: str
    ratios: tuple[tuple[str, str, str], ...]
    make: runs.Maker


_KERNEL = ("gsmap3d's kernel", "scores", "≥ 15")
_WORKER = ("gsmap3d's compute worker", "scores-worker", "")


def _regression(least: str, lowmem: str, whole: str) -> tuple[tuple[str, str, str], ...]:
    return (
        ("gsmap3d's default kernel", "regression", least),
        ("gsmap3d's kernel with less memory", "regression-lowmem", lowmem),
        ("its sparse product and default kernel", "end-to-end", whole),
    )


CASES: Mapping[str, tuple[Case, ...]] = {
    "scores": (
        Case("500 spots × 5,120 genes, 30 %", (_KERNEL, _WORKER), runs.scores(500, 5120, 0.3)),
        Case("200 spots × 20,480 genes, 10 %", (_KERNEL, _WORKER), runs.scores(200, 20_480, 0.1)),
    ),
    "regression": (
        Case("20,000 SNPs, 2 columns", _regression("", "", ""), runs.regression(20_000, 2)),
        Case(
            "100,000 SNPs, 2 columns",
            _regression("≥ 20", "≥ 12", "≥ 8"),
            runs.regression(100_000, 2),
        ),
        Case("20,000 SNPs, 53 columns", _regression("", "", ""), runs.regression(20_000, 53)),
        Case(
            "60,000 SNPs, 53 columns",
            _regression("≥ 4.5", "≥ 2.5", ""),
            runs.regression(60_000, 53),
        ),
    ),
    "commands": (
        Case(
            "2,000 spots × 2,000 genes: from h5ad to scores",
            (("`gsmap latent-to-gene` of gsmap3d", "gsmap3d", ""),),
            runs.specificity_commands(2000, 2000),
        ),
        Case(
            "the same, formula A",
            (("`gsmap run_latent_to_gene` of gsmap", "gsmap", ""),),
            runs.formula_a_commands(2000, 2000),
        ),
        Case(
            "512 spots, 50,000 SNPs: one trait",
            (("`gsmap spatial-ldsc` of gsmap3d", "gsmap3d", ""),),
            runs.ldsc_commands(512, 2000, 50_000),
        ),
    ),
}
HEAD = (
    "| work | what takes longer | its CPU ÷ ours | 95 % interval | ours, CPU | goal |",
    "| --- | --- | --- | --- | --- | --- |",
)


def measured(given: Mapping[str, Run], rounds: int, seed: int = 1) -> dict[str, np.ndarray]:
    """CPU seconds of all runs by round; a first one, which compiles and warms up, is left out."""
    return {
        name: np.array(seconds)
        for name, seconds in interleaved.measured(given, rounds, seed).items()
    }


def case_lines(case: Case, found: Mapping[str, np.ndarray]) -> Iterator[str]:
    """Lines of the table."""
    ours = float(np.median(found[runs.OURS]))
    for words, name, goal in case.ratios:
        own = estimate(found[name] / found[runs.OURS])
        yield (
            f"| {case.words} | {words} | {digits(own.value)} | {interval(own)} | "
            f"{seconds_text(ours)} | {goal} |"
        )


def seconds_text(value: float) -> str:
    """Seconds, or milliseconds."""
    return f"{digits(value)} s" if value >= 1 else f"{digits(1000 * value)} ms"


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--print", action="store_true", help="do not write the page")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(arguments)
    lines = list(HEAD)
    print("\n".join(HEAD), flush=True)
    for part in asked.only:
        for case in CASES[part]:
            with tempfile.TemporaryDirectory() as name, case.make(Path(name)) as given:
                found = measured(given, asked.rounds)
            own = list(case_lines(case, found))
            print("\n".join(own), flush=True)
            lines += own
    if not asked.print and set(asked.only) == set(PARTS):
        machine = describe_machine()["processor"]
        where = f"Measured on {time.strftime('%d %B %Y')}: {machine}."
        write_lines(PAGE, BEGIN, END, "\n\n".join([where, "\n".join(lines)]))


if __name__ == "__main__":
    main()
