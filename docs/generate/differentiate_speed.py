"""Measure how long `tiltyard differentiate` takes beside others, and write docs/differentiate.md's.

    python docs/generate/differentiate_speed.py [--print] [--limit SECONDS] [--only SIZE ...]

Everything is a process of its own, from the start of the interpreter to the written table, with one
thread of BLAS, one after the other in the same run. What counts is its time on a processor, with
all processes that it starts: other programs on the machine hardly change that. PyNumDiff's tuning
knows the samples alone.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from marked import write_lines

from tiltyard.engine.machine.facts import describe_machine
from tiltyard.engine.machine.threads import VARIABLES

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "differentiate.md"
#: Lines of the page between which the table stands.
BEGIN = "<!-- The times: `make bench-differentiate` writes them anew. -->"
END = "<!-- End of the times. -->"
PEER = """
import sys
import numpy as np
from tiltyard.application.estimation import find_estimator
name, orders = sys.argv[1], tuple(map(int, sys.argv[2]))
t, *columns = np.loadtxt("data.csv", delimiter=",", skiprows=1, unpack=True)
entry, found = find_estimator(name), [t]
for y in columns:
    more = {"rng": np.random.default_rng(1)} if entry.random else {}
    result = entry.function(t, y, t, orders, **more)
    found += list(getattr(result, "values", result))
np.savetxt("d.csv", np.column_stack(found), delimiter=",")
"""


class Record(NamedTuple):
    """What is differentiated.

    Attributes
    ----------
    words : str
    samples, columns : int
    jobs : int
        Processes of Tiltyard's command.
    goal : str
        What the command is to take.
    """

    words: str
    samples: int
    columns: int
    jobs: int
    goal: str


RECORDS = {
    "200": Record("200 samples", 200, 1, 1, "1.2"),
    "1000": Record("1,000 samples", 1_000, 1, 1, "2.5"),
    "5000": Record("5,000 samples", 5_000, 1, 1, "4"),
    "100000": Record("100,000 samples", 100_000, 1, 1, "60"),
    "plate": Record("96 wells of 100 samples", 100, 96, 2, "2 · 60"),
}
#: Estimators of others, with their words and the orders that they give.
PEERS = {
    "pynumdiff_rtsdiff_optimized": ("PyNumDiff's `rtsdiff`, tuned", "01"),
    "scikit_learn_gaussian_process": ("scikit-learn's Gaussian process", "0123"),
}


def write_samples(record: Record, path: Path) -> None:
    """Samples of sums of two waves with 1 % of noise."""
    rng = np.random.default_rng(record.samples)
    t = np.linspace(0.0, 10.0, record.samples)
    phases = rng.uniform(0.0, 2 * np.pi, (record.columns, 1))
    y = np.exp(-0.1 * t) * np.sin(t + phases) + 0.5 * np.sin(2.3 * t + phases)
    y += 0.01 * rng.standard_normal(y.shape)
    names = ["t", *(f"x{k}" for k in range(record.columns))]
    header = ",".join(names)
    np.savetxt(path, np.vstack([t, y]).T, "%.8g", ",", header=header, comments="")


def cpu_seconds(command: list[str], folder: Path, limit: float) -> float | None:
    """Time of a command on the processor [s]; None where it reaches the limit or fails."""
    environment = os.environ | dict.fromkeys(VARIABLES, "1")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, preexec_fn=_limited(limit)
        )
    except OSError:
        return None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used if done.returncode == 0 else None


def _limited(limit: float) -> Callable[[], None]:
    """Limits of a process: its time on the processor, and 8 GB of memory."""

    def set_limits() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit) + 1))
        resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))

    return set_limits


def measured(record: Record, limit: float) -> Iterator[float | None]:
    """CPU seconds of the command, and of each peer."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_samples(record, folder / "data.csv")
        ours = [str(Path(sys.executable).with_name("tiltyard")), "differentiate", "data.csv"]
        ours += ["--order", "0:3", "--output", "own.csv", "--jobs", str(record.jobs)]
        yield cpu_seconds(ours, folder, 10 * limit)
        for peer, (_, orders) in PEERS.items():
            yield cpu_seconds([sys.executable, "-c", PEER, peer, orders], folder, limit)


def lines(records: list[Record], limit: float) -> Iterator[str]:
    """The table, a line a record as soon as it is measured."""
    peers = [f"{words}, s | ratio" for words, _ in PEERS.values()]
    yield f"| record | `tiltyard differentiate`, s | goal, s | {' | '.join(peers)} |"
    yield "| --- | --- | --- |" + " --- |" * 2 * len(PEERS)
    for record in records:
        own, *others = measured(record, limit)
        cells = [record.words, _digits(own, limit), record.goal]
        for other in others:
            ratio = "-" if own is None or other is None else f"{other / own:.2g}"
            cells += [_digits(other, limit), ratio]
        yield f"| {' | '.join(cells)} |"


def _digits(seconds: float | None, limit: float) -> str:
    return f"none in {limit:g}" if seconds is None else f"{seconds:.3g}"


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--print", action="store_true", help="do not write the page")
    parser.add_argument("--limit", type=float, default=120.0, help="CPU seconds a peer may take")
    parser.add_argument("--only", nargs="+", choices=RECORDS, default=list(RECORDS))
    options = parser.parse_args()
    table = []
    for line in lines([RECORDS[name] for name in options.only], options.limit):
        print(line, flush=True)
        table.append(line)
    if options.print:
        return
    where = f"Measured on {time.strftime('%d %B %Y')}: {describe_machine()['processor']}."
    write_lines(PAGE, BEGIN, END, "\n".join([where, "", *table]))


if __name__ == "__main__":
    main()
