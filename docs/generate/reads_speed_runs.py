"""What docs/generate/reads_speed.py times: ours here, libraries in a process of theirs."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tiltyard.pipelines.reads.benchmark import peers
from tiltyard.pipelines.reads.benchmark.tasks import BATCH, MUTATED, QUALITY
from tiltyard.pipelines.reads.benchmark.workloads import make, workloads_of
from tiltyard.pipelines.reads.drawing import Draws
from tiltyard.pipelines.reads.implementations import implementation
from tiltyard.pipelines.reads.limits.__main__ import WHOLE, read
from tiltyard.pipelines.reads.steps.chain import chain_of
from tiltyard.pipelines.reads.stream import FastqStream

HERE = Path(__file__).resolve().parent
#: Reads that are worked on in memory, and how often each of their batches is, while in a cache.
IN_MEMORY, TIMES = 100_000, 10
#: Share of the reads with which numpy works read by read: all of them would take minutes.
PART = 0.02
#: Long reads of a batch that have as many bases as 4,096 of 150 have.
LONG_BATCH = 128
#: The chain of all figures: filter, augmentation; then one-hot.
STEPS = (f"mean_arithmetic({QUALITY})", f"mutate({MUTATED})")


class Times(NamedTuple):
    """Seconds of one run, and the reads and bases that went in.

    Attributes
    ----------
    cpu, wall : float
    reads, bases : int
    """

    cpu: float
    wall: float
    reads: int
    bases: int


Run = Callable[[], Times]


class Files(NamedTuple):
    """Made files by length of their reads.

    Attributes
    ----------
    plain, gzip, bgzf : Path
    reads, bases : int
    """

    plain: Path
    gzip: Path
    bgzf: Path
    reads: int
    bases: int


def made(folder: Path, reads: int, length: int, lengths: str = "equal") -> Files:
    """Files of the study's own made reads, plain and compressed."""
    paths, units = {}, {}
    for compression in ("plain", "gzip", "bgzf"):
        lists = {"reads": [reads], "length": [length], "lengths": [lengths]}
        (workload,) = workloads_of(lists | {"compression": [compression]})
        own = folder / workload.name
        own.mkdir()
        work = make(workload, own, np.random.default_rng(1))
        paths[compression], units = work.files["reads"][0], work.units
    return Files(**paths, **units)


def timed(work: Callable[[], Any], reads: int, bases: int) -> Run:
    """A run of `work` in this process, with all of its threads."""

    def run() -> Times:
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        return Times(time.process_time() - cpu, time.perf_counter() - wall, reads, bases)

    return run


def started(command: list[str], files: Files, stdin: Path | None = None) -> Run:
    """A run of a program, from its start to its end."""

    def run() -> Times:
        wall = time.perf_counter()
        with ExitStack() as opened:
            given = opened.enter_context(stdin.open("rb")) if stdin else subprocess.DEVNULL
            child = subprocess.Popen(
                command, stdin=given, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            assert child.stderr is not None
            said = child.stderr.read()
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            child.stderr.close()
        if child.returncode:
            raise SystemExit(f"{' '.join(command)}: {said.decode(errors='replace')[-500:]}")
        cpu = usage.ru_utime + usage.ru_stime
        return Times(cpu, time.perf_counter() - wall, files.reads, files.bases)

    return run


@contextmanager
def libraries() -> Iterator[Callable[..., Run]]:
    """Function from a task, a file and the most reads of it to its run, by libraries of others."""
    command = [peers.python(), str(HERE / "reads_speed_peers.py"), str(peers.CALLER.parent)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as child:
        assert child.stdin is not None and child.stdout is not None
        ask, answer = child.stdin, child.stdout

        def asked(task: str, files: Files, path: Path, most: int | None = None) -> Run:
            def run() -> Times:
                ask.write(json.dumps([task, str(path), most]) + "\n")
                line = answer.readline()
                if not line:
                    raise SystemExit(f"{task}: the process of the libraries has ended")
                found = json.loads(line)
                reads = min(most or files.reads, files.reads)
                return Times(found["cpu"], found["wall"], reads, files.bases)

            return run

        yield asked
        ask.close()


def stream(path: Path, **how: Any) -> Callable[[], None]:
    """Iterates over all batches of a file."""

    def work() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for batch in FastqStream(path, **how):
                batch.bases  # noqa: B018 - a batch that nobody looks at might not be made

    return work


def chain(path: Path, **how: Any) -> Callable[[], None]:
    """Filters, mutates and one-hot encodes a file."""
    return stream(path, chain=STEPS, encode="one_hot", batch_size=BATCH, seed=1, **how)


def reading(files: Files, long: Files, short: Files, ask: Callable[..., Run]) -> dict[str, Run]:
    """Files that are read, and nothing else."""
    found = {}
    for words, own in (("150", files), ("5,000", long), ("100", short)):
        sizes = own.reads, own.bases
        found |= {
            f"plain {words}": timed(stream(own.plain), *sizes),
            f"gzip {words}": timed(stream(own.gzip, threads=0), *sizes),
            f"dnaio plain {words}": ask("dnaio", own, own.plain),
            f"dnaio gzip {words}": ask("dnaio", own, own.gzip),
        }
    found["plain 5,000, small batches"] = timed(
        stream(long.plain, batch_size=LONG_BATCH), long.reads, long.bases
    )
    sizes = files.reads, files.bases
    return found | {
        "read": timed(lambda: read(files.plain), *sizes),
        "wc -l": started(["wc", "-l", str(files.plain)], files),
        "gzip with a helper": timed(stream(files.gzip, threads=1), *sizes),
        "igzip -t": started([peers.program(peers.IGZIP), "-t", str(files.gzip)], files),
        "bgzip with 1 thread": timed(stream(files.bgzf, threads=1), *sizes),
        "bgzip with 2 threads": timed(stream(files.bgzf, threads=2), *sizes),
    }


def in_memory(files: Files, ask: Callable[..., Run]) -> dict[str, Run]:
    """What is done to batches that were parsed before."""
    way, draws, name = implementation("kernels"), Draws(1, 0), [str(files.plain)]
    large = [each.contiguous() for each in _first(files.plain, 4096, IN_MEMORY)]
    small = [each.contiguous() for each in _first(files.plain, BATCH, IN_MEMORY)]
    bare = [replace(each, qualities=None) for each in large]
    whole = chain_of(["mean_arithmetic(20)", "length(100, 10000)", "mutate(0.1)"], "one_hot")
    mean, length, mutate = whole.labelled
    (turn,) = chain_of(["reverse_complement"]).labelled
    encoder = whole.encoder
    reads = TIMES * sum(map(len, large))
    bases = TIMES * sum(each.bases for each in large)
    source = np.ones(min(bases, WHOLE), np.uint8)
    target = np.ones_like(source)
    filled = np.empty(small[0].bases * 16, np.uint8)

    def hot(function: Callable[[Any], Any], batches: list[Any]) -> Run:
        def work() -> None:
            for batch in batches:
                for _ in range(TIMES):
                    function(batch)

        return timed(work, reads, bases)

    def encoded(batch: Any) -> Any:
        return way.encoded(encoder, batch, draws, name)

    def kept_arrays() -> None:
        for _ in range(TIMES):
            kept = list(map(encoded, small))
            del kept

    def copied() -> None:
        for place in range(0, bases, len(source)):
            size = min(len(source), bases - place)
            np.copyto(target[:size], source[:size])

    part = max(IN_MEMORY // 5, 1)
    return {
        "mean quality": hot(lambda each: way.keeps(mean.step, mean.label, each, draws), large),
        "length": hot(lambda each: way.keeps(length.step, length.label, each, draws), large),
        "memcpy": timed(copied, reads, bases),
        "one-hot": hot(encoded, small),
        "one-hot, cold": timed(kept_arrays, reads, bases),
        "fill": hot(lambda each: filled[: each.bases * 16].fill(0), small),
        "mutate": hot(lambda each: way.augmented(mutate.step, mutate.label, each, draws), large),
        "reverse complement": hot(
            lambda each: way.augmented(turn.step, turn.label, each, draws), large
        ),
        "reverse complement, no qualities": hot(
            lambda each: way.augmented(turn.step, turn.label, each, draws), bare
        ),
        "deepbiop": ask("reverse-complement", files, files.plain, part),
    }


def _first(path: Path, size: int, most: int) -> Iterator[Any]:
    count = -(-most // size)
    return itertools.islice(FastqStream(path, batch_size=size), count)


def chains(files: Files, ask: Callable[..., Run]) -> dict[str, Run]:
    """From a file to one-hot batches."""
    part = max(int(PART * files.reads), 1)
    found = {}
    for words, path in (("plain", files.plain), ("gzip", files.gzip)):
        threads = 0 if words == "gzip" else 1
        found |= {
            f"chain {words}": timed(chain(path, threads=threads), files.reads, files.bases),
            f"numpy by read {words}": ask("chain-record", files, path, part),
            f"numpy by batch {words}": ask("chain-batch", files, path, 5 * part),
        }
    return found


def commands(files: Files, folder: Path) -> dict[str, Run]:
    """Whole commands, from the start of the interpreter on."""
    own = str(Path(sys.executable).with_name("tiltyard"))
    found = {}
    for words, path in (("plain", files.plain), ("gzip", files.gzip)):
        ours = [own, "reads", "stats", str(path), "--quiet"]
        theirs = [peers.program(peers.SEQKIT), "stats", "--tabular", "-j", "1", str(path)]
        found |= {f"stats {words}": started(ours, files), f"seqkit {words}": started(theirs, files)}
        kept = str(folder / "kept.fq")
        ours = [own, "reads", "filter", str(path), "--arithmetic-mean-quality", QUALITY, "--quiet"]
        ours += ["--min-length", "50", "--output", kept]
        theirs = [peers.program(peers.FASTP), *peers.fastp_options(path, Path(kept), "50")]
        found |= {f"filter {words}": started(ours, files), f"fastp {words}": started(theirs, files)}
    return found
