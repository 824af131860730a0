"""What docs/generate/sequences_speed.py times as whole commands: several workers, and memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tiltyard.pipelines.sequences.embedding.batching import batching_of
from tiltyard.pipelines.sequences.embedding.running import opened
from tiltyard.pipelines.sequences.fasta import fasta_of
from tiltyard.pipelines.sequences.models.model import model_of, write_graph
from tiltyard.pipelines.sequences.simulating import made_frames
from tiltyard.studies.throughput.measuring.watch import Watch

#: CPU that one file of the comparison of workers takes at least [s], and frames it is told from.
WORTH, TRIED = 12.0, 96
WORKERS_MODEL, BASE_MODEL = "random-mosaic-4x256", "random-mosaic-12x768"
TILTYARD = str(Path(sys.executable).with_name("tiltyard"))


#: Runs a command from a small process: a child's highest memory begins with that of its parent.
LAUNCH = """
import os, sys, time
begin = time.monotonic()
_, status, used = os.wait4(os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ), 0)
wall = time.monotonic() - begin
with open(sys.argv[1], "w") as told:
    print(wall, used.ru_utime + used.ru_stime, used.ru_maxrss, file=told)
sys.exit(status != 0)
"""


class Spent(NamedTuple):
    """What a command took: wall time and CPU [s], highest resident memory of one process [MB]."""

    wall: float
    cpu: float
    memory: float


def spent(command: Sequence[str]) -> Spent:
    """Run a command to its end.

    Raises
    ------
    SystemExit
        If it fails, with its last words.
    """
    with tempfile.TemporaryDirectory() as name:
        told = Path(name) / "told"
        launch = [sys.executable, "-I", "-S", "-c", LAUNCH, str(told), *command]
        done = subprocess.run(launch, stderr=subprocess.PIPE, check=False)
        if done.returncode:
            said = done.stderr[-1000:].decode(errors="replace")
            raise SystemExit(f"{' '.join(command)}: {said}")
        wall, cpu, kilobytes = map(float, told.read_text().split())
    return Spent(wall, cpu, kilobytes / 1e3)


@contextmanager
def files_of(counts: Sequence[int], model: str) -> Iterator[tuple[list[str], list[str]]]:
    """Files with so many uniform frames, and options that name the model and its built graph."""
    rng = np.random.default_rng(3)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = []
        for number, count in enumerate(counts):
            records = [(f"f{number}_{row}", one) for row, (_, one) in
                       enumerate(made_frames(count, "uniform", rng))]  # fmt: skip
            paths.append(folder / f"{number}.fa")
            paths[-1].write_bytes(fasta_of(records))
        write_graph(model_of(model), folder / "graphs")
        options = ["--model", model, "--graphs", str(folder / "graphs"), "--device", "cpu"]
        yield [str(path) for path in paths], [*options, "--quiet", "--output", str(folder / "v")]


def frames_worth(seconds: float) -> int:
    """Frames that take so much CPU of one thread."""
    model = model_of(WORKERS_MODEL)
    frames = [one for _, one in made_frames(TRIED, "uniform", np.random.default_rng(3))]
    with tempfile.TemporaryDirectory() as name:
        embed = opened(model, write_graph(model, Path(name)), batching_of("budget:1024", "length"))
        embed(frames, lambda count: None)
        begin = time.process_time()
        embed(frames, lambda count: None)
        return round(seconds / (time.process_time() - begin) * TRIED)


def workers(rounds: int) -> list[tuple[str, list[Spent], float]]:
    """Two files embedded by one worker, two, and one with two threads; what others took meanwhile.

    Returns
    -------
    list of (str, list of Spent, float)
        Name, rounds, and the share of the cores' time that others had.
    """
    ways = {
        "one worker": ["--workers", "1"],
        "two workers": ["--workers", "2"],
        "one worker, two threads": ["--workers", "1", "--threads", "2"],
    }
    found: dict[str, list[Spent]] = {name: [] for name in ways}
    watches = {name: Watch() for name in ways}
    shares: dict[str, list[float]] = {name: [] for name in ways}
    rng = np.random.default_rng(0)
    with files_of([frames_worth(WORTH)] * 2, WORKERS_MODEL) as (files, options):
        for _ in range(rounds):
            for name in rng.permutation(list(ways)):
                Path(options[-1]).unlink(missing_ok=True)
                watches[name] = watch = Watch()
                watch.look()
                command = [TILTYARD, "sequences", "embed", *files, *options, *ways[name]]
                found[name].append(spent(command))
                watch.look()
                shares[name].append(watch.foreign_share + watch.steal_share)
    return [(name, own, float(np.median(shares[name]))) for name, own in found.items()]


def memory() -> list[tuple[int, Spent]]:
    """One batch of each size, of frames of 85 tokens, by a model of 12 layers of 768."""
    found = []
    for count in (1, 32, 256):
        with files_of([count], BASE_MODEL) as (files, options):
            words = ["--batch", f"count:{count}", "--sort", "none"]
            found.append((count, spent([TILTYARD, "sequences", "embed", *files, *options, *words])))
    return found
