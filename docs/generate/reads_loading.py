"""Measure what workers and batches do for a model that is fed with reads.

    python docs/generate/reads_loading.py [--print] [--reads 100000] [--rounds 7]

All arms run once in each round, in a new sequence each time. Times are medians over the rounds, and
ratios are taken within rounds, with their 95 % interval. The tables of docs/reads.md are written
anew. Where Python has torch (`make bench-reads-loader` sees to it), its `DataLoader` is measured
beside ours.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil
from marked import write_lines

from tiltyard.engine.machine.room import available_room
from tiltyard.pipelines.reads import FastqStream
from tiltyard.pipelines.reads.simulating import made_reads
from tiltyard.pipelines.reads.writing.text import fastq_of
from tiltyard.studies.throughput.statistics.paired import Estimate, estimate

PAGE = Path(__file__).resolve().parents[1] / "reads.md"
#: Lines of the page between which the tables stand.
BEGIN = "<!-- Feeding a model: `make bench-reads-loader` writes this anew. -->"
END = "<!-- End of what is written anew. -->"
LENGTH = 150
CHAIN = ["mean_error(15)", "mutate(0.1)"]
FORMS = {"letters": None, "uint8": "one_hot(dtype='uint8')", "float32": "one_hot"}
#: What is handed over, in batches of so many reads.
HANDED = (("letters", 256), ("uint8", 32), ("uint8", 256), ("uint8", 4096), ("float32", 32),
          ("float32", 256), ("float32", 4096))  # fmt: skip
#: What a model takes for a batch, where one is waited for [s].
MODEL = 0.005
#: Reads of each batch, where batches are not what is compared.
BATCH = 256


class Arm(NamedTuple):
    """One way to load: its table, its name there, what gives batches, and the model's time [s]."""

    table: str
    name: str
    batches: Callable[[Path], Iterable[Any]]
    model: float = 0.0


class Run(NamedTuple):
    """Costs of a second epoch [s], its reads and batches; and when batches came [s].

    `first` is from the start of everything to the first batch, `again` that of the second epoch.
    """

    wall: float
    cpu: float
    first: float
    again: float
    reads: int
    batches: int


def gc_shares(batch: Any) -> Any:
    """Which reads have between 20 and 80 % of G and C: a filter as people write it first."""
    return np.array([0.2 <= gc_share(read) <= 0.8 for read in batch.sequences], np.bool_)


def gc_share(read: bytes) -> float:
    """Share of G and C, letter by letter."""
    return sum(letter in "GCgc" for letter in read.decode()) / max(len(read), 1)


def arms() -> Iterator[Arm]:
    """Everything that is compared; the first of each table is what others are relative to."""
    kinds = (("threads", 1), ("threads", 2), ("threads", 4), ("processes", 1), ("processes", 2),
             ("processes", 4), ("processes", 8), ("pipes", 2))  # fmt: skip
    for name, given in _workers((("", 0), *kinds)):
        yield _ours("workers", name, {"encode": FORMS["uint8"], **given})
    for form, size in HANDED:
        for name, given in _workers((("", 0), ("threads", 2), ("processes", 2), ("pipes", 2))):
            own = {"encode": FORMS[form], "batch_size": size, **given}
            yield _ours("forms", f"{form}, {size:,}, {name}", own)
    slow = {"chain": [gc_shares, *CHAIN], "encode": FORMS["uint8"]}
    for name, given in _workers((("", 0), ("threads", 2), ("processes", 1), ("processes", 2))):
        yield _ours("python", name, {**slow, **given})
    for name, given in _workers((("", 0), ("threads", 1), ("processes", 1), ("processes", 2))):
        yield _ours("model", name, {"encode": FORMS["uint8"], **given}, MODEL)
    if importlib.util.find_spec("torch"):
        for size in (32, BATCH, 4096):
            for name, given in _workers((("", 0), ("threads", 1))):
                own = {"encode": FORMS["uint8"], "batch_size": size, **given}
                yield _ours("torch", f"{size:,}, {name}", own)
            for workers in (0, 2):
                yield Arm("torch", f"{size:,}, torch {workers}", _torch(size, workers))


def _workers(chosen: Iterable[tuple[str, int]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind, workers in chosen:
        given: dict[str, Any] = {"workers": workers, "worker_kind": kind} if workers else {}
        given |= {"persistent": True} if kind not in ("", "threads") else {}
        yield f"{kind} {workers}" if workers else "none", given


def _ours(table: str, name: str, given: Mapping[str, Any], model: float = 0.0) -> Arm:
    whole = {"chain": CHAIN, "batch_size": BATCH, "shuffle_buffer": 0, **given}
    return Arm(table, name, lambda path: FastqStream(path, **whole), model)


def _torch(size: int, workers: int) -> Callable[[Path], Iterable[Any]]:
    def batches(path: Path) -> Iterable[Any]:
        from torch.utils.data import DataLoader

        stream = FastqStream(path, CHAIN, FORMS["uint8"], batch_size=size)
        kept = {"persistent_workers": True} if workers else {}
        return DataLoader(stream.torch(), batch_size=None, num_workers=workers, **kept)

    return batches


def run(arm: Arm, path: Path) -> Run:
    """Two epochs: workers are started in the first, and kept for the second, which is timed."""
    begun = time.perf_counter()
    batches = arm.batches(path)
    first = _epoch(batches, begun, 0.0).first
    cpu, wall = _cpu(), time.perf_counter()
    again, reads, count = _epoch(batches, wall, arm.model)
    found = Run(time.perf_counter() - wall, _cpu() - cpu, first, again, reads, count)
    if isinstance(batches, FastqStream):
        batches.close()
    return found


class _Epoch(NamedTuple):
    """When the first batch came [s], reads and batches."""

    first: float
    reads: int
    batches: int


def _epoch(batches: Iterable[Any], begun: float, model: float) -> _Epoch:
    first, reads, count = 0.0, 0, 0
    for batch in batches:
        first = first or time.perf_counter() - begun
        reads += len(batch["lengths"]) if isinstance(batch, dict) else len(batch)
        count += 1
        if model:
            time.sleep(model)
    return _Epoch(first, reads, count)


def _cpu() -> float:
    """CPU seconds of this process and of its living children, to the nanosecond."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    spent = own.ru_utime + own.ru_stime
    for child in psutil.Process().children():
        for task in Path(f"/proc/{child.pid}/task").glob("*/schedstat"):
            spent += int(task.read_text().split()[0]) / 1e9
    return spent


def measured(chosen: Sequence[Arm], path: Path, rounds: int) -> dict[tuple[str, str], list[Run]]:
    """Runs of each arm, one a round; a round before all warms up and is not counted."""
    found: dict[tuple[str, str], list[Run]] = {(arm.table, arm.name): [] for arm in chosen}
    draw = random.Random(1)
    for number in range(rounds + 1):
        for arm in draw.sample(list(chosen), len(chosen)):
            one = run(arm, path)
            if number:
                found[arm.table, arm.name].append(one)
        print(f"round {number} of {rounds}", file=sys.stderr, flush=True)
    counts = {each.reads for runs in found.values() for each in runs}
    assert len(counts) <= 2, f"arms gave different numbers of reads: {counts}"  # with gc_shares
    return found


Table = Mapping[str, Sequence[Run]]


def speed_lines(table: Table, head: str) -> Iterator[str]:
    """Lines of a table of how workers do beside none."""
    heads = ("million reads a CPU second", "CPU ÷ none", "wall: none ÷ this", "first batch, ms")
    yield f"| {head} | {' | '.join(heads)} | of the next epoch, ms |"
    yield "| --- | --- | --- | --- | --- | --- |"
    base = next(iter(table.values()))
    for name, runs in table.items():
        rate = estimate([each.reads / each.cpu / 1e6 for each in runs])
        cells = [
            f"{rate.value:.2f}",
            _interval(_ratio(runs, base, "cpu")),
            _interval(_ratio(base, runs, "wall")),
            f"{1e3 * estimate([each.first for each in runs]).value:.1f}",
            f"{1e3 * estimate([each.again for each in runs]).value:.1f}",
        ]
        yield f"| {name} | {' | '.join(cells)} |"


def form_lines(table: Table) -> Iterator[str]:
    """Lines of the table of what is handed over: nanoseconds of CPU a read."""
    names = list(dict.fromkeys(name.rpartition(", ")[2] for name in table))
    yield f"| handed over, reads of a batch | {' | '.join(names)} |"
    yield f"| --- |{' --- |' * len(names)}"
    for row in dict.fromkeys(name.rpartition(", ")[0] for name in table):
        cells = []
        for name in names:
            runs = table[f"{row}, {name}"]
            cells.append(f"{1e9 * estimate([each.cpu / each.reads for each in runs]).value:.0f}")
        yield f"| {row} | {' | '.join(cells)} |"


def model_lines(table: Table) -> Iterator[str]:
    """Lines of the table of a model that is waited for."""
    yield "| workers | ms a batch | of that waiting for reads | CPU ms a batch |"
    yield "| --- | --- | --- | --- |"
    for name, runs in table.items():
        each = estimate([1e3 * one.wall / one.batches for one in runs])
        waited = estimate([1 - _slept(one) / one.wall for one in runs])
        cpu = estimate([1e3 * one.cpu / one.batches for one in runs])
        yield f"| {name} | {each.value:.2f} | {waited.value:.1%} | {cpu.value:.2f} |"


def _slept(one: Run) -> float:
    return one.batches * MODEL


def _ratio(over: Sequence[Run], under: Sequence[Run], what: str) -> Estimate:
    pairs = zip(over, under, strict=True)
    return estimate([getattr(one, what) / getattr(other, what) for one, other in pairs])


def _interval(found: Estimate) -> str:
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"


def page_lines(found: Mapping[tuple[str, str], Sequence[Run]], asked: Any) -> Iterator[str]:
    """All tables, each behind a sentence."""

    def table(name: str) -> dict[str, Sequence[Run]]:
        return {arm: runs for (kind, arm), runs in found.items() if kind == name}

    room = available_room()
    yield (
        f"{asked.reads:,} reads of {LENGTH} bases, {room.cores} cores ({platform.machine()}), "
        f"medians of {asked.rounds} rounds and their 95 % intervals. Workers are kept; costs are "
        f"those of a second epoch. The machine's load was {os.getloadavg()[2]:.0f}: above the "
        "number of cores others were at work, and wall times are not those of a free machine."
    )
    yield ""
    yield f"Filter, mutate, one-hot as uint8, batches of {BATCH}:"
    yield ""
    yield from speed_lines(table("workers"), "workers")
    yield ""
    yield "Nanoseconds of CPU a read, by what is handed over, in which batches:"
    yield ""
    yield from form_lines(table("forms"))
    yield ""
    yield "The same with a filter in Python that looks at each letter:"
    yield ""
    yield from speed_lines(table("python"), "workers")
    yield ""
    yield f"Before a model that takes {1e3 * MODEL:.0f} ms a batch of {BATCH}:"
    yield ""
    yield from model_lines(table("model"))
    if torch := table("torch"):
        import torch as library

        yield ""
        version = library.__version__
        yield f"Nanoseconds of CPU a read, ours and in torch's `DataLoader` (torch {version}):"
        yield ""
        yield from form_lines(torch)


def main(arguments: Sequence[str]) -> None:
    """Measure, print the tables, and replace those of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--print", action="store_true", help="leave the page as it is")
    parser.add_argument("--reads", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="tiltyard-") as folder:
        path = Path(folder) / "reads.fq"
        with path.open("wb") as file:
            for batch in made_reads(asked.reads, LENGTH, np.random.default_rng(1)):
                file.write(fastq_of(batch))
        found = measured(list(arms()), path, asked.rounds)
    lines = "\n".join(page_lines(found, asked))
    print(lines)
    if not asked.print:
        write_lines(PAGE, BEGIN, END, lines)


if __name__ == "__main__":
    main(sys.argv[1:])
