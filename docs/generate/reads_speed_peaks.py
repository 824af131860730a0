"""How much memory reading takes, and what of a guide's promises of it holds: for reads_speed.py."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from interleaved import digits

from tiltyard.pipelines.reads.benchmark.claims import CLAIMS
from tiltyard.studies.throughput.statistics.verdicts import FAILS, HOLDS

#: Most that memory beyond the libraries may be, of a stream and of random access [MB].
MOST_MEMORY, MOST_AT_RANDOM = 50, 150
#: Number of a guide's promise -> the run that it is about.
PROMISED = {"10b": "stream 10", "10d": "random"}


class Peak(NamedTuple):
    """Memory of a run.

    Attributes
    ----------
    words : str
    size : float
        Of what was read [GB].
    reads, before, peak : float
        Reads, and resident memory before and at most [MB].
    goal : float
        Most of it beyond what was there before [MB].
    """

    words: str
    size: float
    reads: float
    before: float
    peak: float
    goal: float

    @property
    def beyond(self) -> float:
        """What it takes beyond the libraries [MB]."""
        return self.peak - self.before


def peaks(sizes: Iterable[float], plain: Path) -> dict[str, Peak]:
    """Memory of streams of so many gigabytes, and of random access to a file of 1 GB and more."""
    large = plain.with_name("large.fq")
    with large.open("wb") as file:
        while file.tell() < 1e9:
            file.write(plain.read_bytes())
    found = {}
    for size in sizes:
        words = f"{size:g} GB through a pipe, to one-hot"
        found[f"stream {size:g}"] = _peak(words, size, "stream", str(size), MOST_MEMORY)
    size = large.stat().st_size / 1e9
    words = f"random access to {size:.2g} GB, its index made"
    found["random"] = _peak(words, size, "random", str(large), MOST_AT_RANDOM)
    large.unlink()
    return found


def _peak(words: str, size: float, task: str, what: str, goal: float) -> Peak:
    program = Path(__file__).with_name("reads_speed_memory.py")
    done = subprocess.run(
        [sys.executable, str(program), task, what], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{words}: {done.stderr[-1000:]}")
    found = json.loads(done.stdout)
    return Peak(words, size, found["reads"], found["before"], found["peak"], goal)


def lines(found: Mapping[str, Peak]) -> Iterator[str]:
    """Lines of the table of memory."""
    yield "| what | reads | before, MB | peak, MB | beyond the libraries, MB | goal, MB |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for one in found.values():
        cells = map(digits, (one.before, one.peak, one.beyond))
        yield f"| {one.words} | {one.reads:,.0f} | {' | '.join(cells)} | < {one.goal:g} |"


def promise_lines(found: Mapping[str, Peak]) -> Iterator[str]:
    """Lines of the table of a guide's promises of memory, which docs/promises.md counts."""
    yield "|  | the guide | measured | verdict | why |"
    yield "| --- | --- | --- | --- | --- |"
    for number, name in PROMISED.items():
        if name in found:
            (claim,) = (claim for claim in CLAIMS if claim.number == number)
            one = found[name]
            verdict, why = (HOLDS, "") if one.beyond <= one.goal else (FAILS, "it is more")
            measured_words = f"{one.beyond:.0f} MB beyond the libraries, of {one.size:.2g} GB"
            yield f"| {number} | {claim.sentence} | {measured_words} | {verdict} | {why} |"
