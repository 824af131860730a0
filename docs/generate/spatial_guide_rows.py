"""What docs/generate/spatial_guide.py measures: a function for each claim of the guide."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from spatial_peers_runs import Scored, ours, started

from tiltyard.pipelines.pipeline import Work, Workload
from tiltyard.pipelines.spatial.benchmark import peers
from tiltyard.pipelines.spatial.flow.running import Plan, run
from tiltyard.pipelines.spatial.made_files import write_example
from tiltyard.pipelines.spatial.summary import summary
from tiltyard.studies.throughput.statistics.verdicts import FAILS, HOLDS, NOT_TESTABLE

#: Size of the files that most rows are of.
SPOTS, GENES, SNPS = 400, 600, 24_000


class Row(NamedTuple):
    """A claim held against both programs.

    Attributes
    ----------
    claim, theirs, ours, verdict, reason : str
    """

    claim: str
    theirs: str
    ours: str
    verdict: str
    reason: str = ""


def _unless(holds: bool, reason: str) -> tuple[str, str]:
    """The verdict, and the reason where it does not hold."""
    return (HOLDS, "") if holds else (FAILS, reason)


def made(folder: Path) -> None:
    """Files of a made tissue and a trait, and scores of both programs, as far as they lack."""
    if not (folder / "map.h5ad").exists():
        write_example(folder, SPOTS, GENES, SNPS, seed=5)
    started(specificity(folder, folder / "ours"))()
    if not (folder / "theirs" / peers.SCORES).exists():
        started(theirs(folder, folder / "theirs"))()


def specificity(folder: Path, output: Path, *words: object) -> list[str]:
    """Our command of scores."""
    given = ("--embedding", "emb", "--annotation", "domain", "--quiet", "--output", output)
    return ours("specificity", folder / "tissue.h5ad", *given, *words)


def ldsc(folder: Path, output: Path, *words: object) -> list[str]:
    """Our command of a regression."""
    return ours(
        *("ldsc", "--scores", folder / "ours", "--snp-gene", folder / "map.h5ad", "--quiet"),
        *("--weights", folder / "weights.l2.ldscore.gz", "--trait", "height"),
        *("--sumstats", folder / "height.sumstats.gz", "--output", output, *words),
    )


def theirs(folder: Path, output: Path) -> list[str]:
    """Its command of scores."""
    facts = {"embedding": "emb", "annotation": "domain"}
    files = {"tissue": [folder / "tissue.h5ad"]}
    return peers.command(1, Work(Workload("made"), files, {"spots": SPOTS}, facts), output)


def help_of(command: str) -> str:
    """What its command says of its options."""
    words = [peers.command_of("gsmap3d"), command, "--help"]
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "COLUMNS": "200", "TERM": "dumb"}
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
    return done.stdout


def said(command: Sequence[str]) -> str:
    """What a program says; it has to end well."""
    environment = {**os.environ, "COLUMNS": "300", "TERM": "dumb"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit((done.stdout + done.stderr)[-2000:])
    return " ".join((done.stdout + done.stderr).split())


def slowest_stage(_: Path) -> Row:
    """A stage is slowed down, each in turn: whether it is named, and how fast the whole is."""
    names = ("readers", "compute", "writers")
    found = [_slowed(slow) for slow in range(len(names))]
    shares = [share for _, share in found]
    named = sum(limit == name for (limit, _), name in zip(found, names, strict=True))
    return Row(
        "the rate of the whole is that of the slowest stage",
        "the guide's own table: the whole 11,076 spots/s, the slowest stage 14,472, which is 0.77",
        f"a stage that is slowed down: named {named} of 3 times; the whole has {min(shares):.2f} "
        f"to {max(shares):.2f} of its rate",
        HOLDS if named == len(names) and min(shares) > 0.9 else FAILS,
    )


def _slowed(slow: int) -> tuple[str, float]:
    """Which stage limits, and the rate of the whole ÷ the least of the stages."""

    def work(stage: int) -> Callable[[Any], Any]:
        def do(item: Any) -> Any:
            time.sleep(0.03 if stage == slow else 0.005)
            return item

        return do

    begin = time.perf_counter()
    spent = run(range(100), (work(0), work(1), work(2)), Plan((1, 1, 1), (2, 4)))
    found = summary(spent, 100, time.perf_counter() - begin, os.cpu_count() or 1)
    least = min(stage["spots_per_second"] for stage in found["stages"].values())
    return found["limit"], found["spots_per_second"] / least


def space(folder: Path) -> Row:
    """Bytes of ranks and scores, by spot and gene."""

    def share(paths: Sequence[Path]) -> float:
        return sum(path.stat().st_size for path in paths) / (SPOTS * GENES)

    own = share([folder / "ours" / name for name in ("ranks.u16", "scores.f16")])
    place = (folder / "theirs" / peers.SCORES).parent
    other = share([place / name for name in ("ranks.dat", "marker_scores.dat")])
    return Row(
        "ranks and scores take 8 bytes a spot and gene: 160 GB for a million spots × 20,000 genes",
        f"{other:.2f} bytes",
        f"{own:.2f} bytes, which are looked for and reserved before the run",
        *_unless(other >= 6, f"half of it: {other * 20:.0f} GB"),
    )


def readers(_: Path) -> Row:
    """Its default and its range of readers, and what it says to the guide's default."""
    words = " ".join(help_of("latent-to-gene").split())
    found = re.search(r"--rank-read-workers.*?(\d+)<=x<=(\d+).*?default: (\d+)", words)
    if found is None:
        raise SystemExit("gsmap3d's help has no default and range of --rank-read-workers")
    least, most, default = found.groups()
    command = [peers.command_of("gsmap3d"), "latent-to-gene", "--rank-read-workers", "100"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    refused = "refused" if done.returncode and "rank-read-workers" in done.stderr else "taken"
    return Row(
        "100 readers are the default, 1 to 16 the range",
        f"{default} are the default, {least} to {most} the range; 100 are {refused}",
        "1 is the default, 1 to 128 the range; more change no byte",
        *_unless(refused == "taken" and int(most) <= 16, "it contradicts itself, and its program"),
    )


def fast_disk(folder: Path) -> Row:
    """The command with and without a folder for the time of the run, on the same disk."""
    output, fast = folder / "fast-disk", folder / "fast"
    runs_ = {
        "plain": started(specificity(folder, output, "--compute-workers", 1), output),
        "copied": started(
            specificity(folder, output, "--compute-workers", 1, "--memmap-dir", fast), output
        ),
    }
    cpu = {name: np.median([run_() for _ in range(3)]) for name, run_ in runs_.items()}
    ratio = cpu["copied"] / cpu["plain"]
    return Row(
        "temporary files on a fast disk improve performance",
        "–",
        f"where the page cache holds the files anyway, they cost {ratio:.2f} × the CPU seconds: "
        "results are copied back",
        NOT_TESTABLE,
        "this machine has one disk",
    )


def compute_workers(folder: Path) -> Row:
    """How many compute workers its command starts, and what a second thread of ours brings."""
    log = said(peers.ldsc_command(folder, folder / "theirs", "height", workers=4))
    counts = re.findall(r"Started (\d+) compute workers", log)
    output = folder / "threads"
    cpu = {
        threads: np.median(
            [started(ldsc(folder, output, "--threads", threads), output)() for _ in range(3)]
        )
        for threads in (1, 2)
    }
    return Row(
        "the regression scales near-linearly in `ldsc_compute_workers`",
        f"4 are asked for, {', '.join(counts) or 'none'} started",
        f"two threads take {cpu[2] / cpu[1]:.2f} × the CPU seconds of one",
        *_unless(set(counts) != {"1"}, "the setting has no effect"),
    )


def first_call(folder: Path) -> Row:
    """CPU seconds of a first and a second call, in two processes, of both kernels."""
    work = Scored(100, 800, 0.3)
    theirs = []
    for place in ("one", "two"):
        own = folder / place
        own.mkdir(exist_ok=True)
        with peers.kernels(work.arrays(), own) as ask:
            theirs.append([ask("scores")["cpu"] for _ in range(2)])
    ours_ = [json.loads(said([sys.executable, "-c", _FIRST]).split("|")[1]) for _ in range(2)]

    def words(found: list[list[float]]) -> str:
        return "; ".join(f"{first:.2f} s, then {second:.3f} s" for first, second in found)

    return Row(
        "a first run is slower, later ones are cached",
        f"in each of two processes anew: {words(theirs)}",
        f"compiled code stays on the disk: {words(ours_)}",
        *_unless(theirs[1][0] <= 3 * theirs[1][1], "within a process only"),
    )


#: Says the CPU seconds of two calls of our kernel, with what loads it.
_FIRST = """
import json, sys, time
sys.path.insert(0, "docs/generate")
from spatial_peers_runs import Scored
work = Scored.__new__(Scored)
found = []
work.__init__(100, 800, 0.3)
for _ in range(2):
    before = time.process_time()
    work.score()
    found.append(time.process_time() - before)
print("|" + json.dumps(found) + "|")
"""


def pieces(folder: Path) -> Row:
    """CPU seconds of 1, 2 and 4 jobs, each of which reads all files."""
    whole: dict[int, float] = {}
    for count in (1, 2, 4):
        bounds = np.linspace(0, SPOTS, count + 1).astype(int)
        whole[count] = 0.0
        for first, last in pairwise(bounds):
            output = folder / "pieces"
            words = ("--threads", 1, "--cells", f"{first}:{last}")
            whole[count] += started(ldsc(folder, output, *words), output)()
    fixed = (whole[4] - whole[1]) / 3
    return Row(
        "traits, and ranges of cells, are jobs of their own",
        "–",
        f"2 jobs take {whole[2] / whole[1]:.2f} ×, 4 take {whole[4] / whole[1]:.2f} × the CPU "
        f"seconds of one: {fixed:.1f} s a job, of {SNPS:,} SNPs, go to reading",
        HOLDS,
    )


def merging(folder: Path) -> Row:
    """The guide's recipe: ranges in the order of their sorted names, and what is not seen."""
    place = folder / "merging"
    place.mkdir(exist_ok=True)
    bounds = (0, 2_000_000, 10_000_000, 10_000_001)
    for first, last in pairwise(bounds):
        path = place / f"project_trait_cells_{first}_{last}.csv.gz"
        pd.DataFrame({"spot": [first]}).to_csv(path, index=False)

    def merged() -> list[int]:
        paths = sorted(place.glob("project_trait_cells_*.csv.gz"))
        return list(pd.concat([pd.read_csv(path) for path in paths])["spot"])

    order = merged()
    (place / "project_trait_cells_0_2000000.csv.gz").unlink()
    lost = len(merged())
    wrong = order != sorted(order)
    return Row(
        "ranges are merged in the order of their sorted names",
        f"spots begin at {', '.join(f'{one:,}' for one in order)}; with a file missing, {lost} are "
        "merged without a word",
        "`tiltyard spatial merge` takes the numbers, and refuses gaps, overlaps and unlike parts",
        *_unless(not wrong, "the order is wrong from ten million spots on"),
    )


def full_disk(folder: Path) -> Row:
    """Both commands on a file system in memory that has no room for what they write."""
    disk = folder / "disk"
    disk.mkdir(exist_ok=True)
    found = []
    for command in (theirs(folder, disk / "theirs"), specificity(folder, disk / "ours")):
        script = 'mount -t tmpfs -o size=500k none "$0" && exec "$@"'
        call = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, disk, *command]
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        found.append((done.returncode, done.stderr.strip().splitlines()))
    status, lines = found[1]
    return Row(
        "it fails if the disk is full",
        f"it ended with {_ending(found[0][0])}",
        f"it ended with {_ending(status)} before any work: “{_bare(lines[-1], disk)}”",
        HOLDS,
    )


def _ending(status: int) -> str:
    """An exit status in words."""
    number = -status if status < 0 else status - 128
    if status < 0 or number in (signal.SIGBUS, signal.SIGSEGV, signal.SIGKILL):
        return f"the signal {signal.Signals(number).name}"
    return f"status {status}"


def _bare(line: str, disk: Path) -> str:
    """A message without the folder of this run."""
    return line.replace(f"{disk}/", "").replace("error: ", "")[:200]


def precision(folder: Path) -> Row:
    """Options of its command about precision, and what 64 bits cost us."""
    options = set(re.findall(r"--[a-z][a-z0-9-]+", help_of("spatial-ldsc")))
    there = [one for one in options if re.search("preci|float|dtype|x64", one)]
    output = folder / "precision"
    cpu = {
        bits: np.median(
            [
                started(ldsc(folder, output, "--threads", 1, "--precision", bits), output)()
                for _ in range(3)
            ]
        )
        for bits in (32, 64)
    }
    return Row(
        "32 bits are used; the precision is configurable",
        f"of {len(options)} options of `spatial-ldsc` {len(there) or 'none'} is about it",
        f"`--precision 64`, for {cpu[64] / cpu[32]:.2f} × the CPU seconds of the command",
        *_unless(bool(there), "there is no such setting"),
    )
