"""Which job was on which core when, and at what; from the journals of a study."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tiltyard.engine.journal.reading import STARTING, Run

#: A longer time without any job separates one run of the workflow from the next [s].
PAUSE_SECONDS = 300.0

START = "start and imports"
COMPILING = "compiling and warming up"
PYTHON = "Python's estimators"
JULIA = "Julia's estimators"
FILES = "reading and writing"
OTHER = "other jobs"
IDLE = "idle"
KINDS = (PYTHON, JULIA, COMPILING, START, FILES, OTHER)
#: Phases of evaluation jobs; one that is not here would be reading and writing.
KIND_OF_PHASE = {
    STARTING: START,
    "starting python": START,
    "starting julia": START,
    "python": PYTHON,
    "julia": JULIA,
}


@dataclass(frozen=True)
class Segment:
    """What one core was at between two times [s since the beginning]."""

    core: int
    begin: float
    end: float
    kind: str


@dataclass(frozen=True)
class Occupation:
    """The cores of a study from the start of its first job to the end of its last one.

    Attributes
    ----------
    runs : tuple of Run
        Runs of jobs, by start.
    begin, end : float
        UTC seconds since 1970.
    cores : int
        That the study was given, or else those that it used at once.
    hosts : dict
        First and last core of each machine.
    segments : tuple of Segment
    losses : tuple of (core, time)
        Where and when a job failed or was killed [s since the beginning].
    estimator_cpu : float
        CPU seconds of the estimators' own calls.
    """

    runs: tuple[Run, ...]
    begin: float
    end: float
    cores: int
    hosts: dict[str, tuple[int, int]]
    segments: tuple[Segment, ...]
    losses: tuple[tuple[int, float], ...]
    estimator_cpu: float

    @property
    def wall(self) -> float:
        return self.end - self.begin

    @property
    def capacity(self) -> float:
        """Core seconds that there were."""
        return self.cores * self.wall

    @property
    def overhead(self) -> float:
        """Share of the capacity that was not the estimators' own CPU time."""
        return 1 - self.estimator_cpu / self.capacity

    def shares(self) -> dict[str, float]:
        """Share of the capacity by kind, idle cores included."""
        spent: defaultdict[str, float] = defaultdict(float)
        for segment in self.segments:
            spent[segment.kind] += segment.end - segment.begin
        shares = {kind: spent[kind] / self.capacity for kind in KINDS}
        return {**shares, IDLE: max(0.0, 1 - sum(shares.values()))}


def last_session(runs: Iterable[Run]) -> list[Run]:
    """The runs of jobs since the last long pause, by start."""
    session: list[Run] = []
    end = float("-inf")
    for run in sorted(runs, key=lambda run: run.started):
        if run.started > end + PAUSE_SECONDS:
            session = []
        session.append(run)
        end = max(end, run.last)
    return session


def occupy(runs: Sequence[Run], cores: int | None = None) -> Occupation:
    """Put `runs` of jobs on cores: each takes the lowest free ones of its machine.

    Parameters
    ----------
    runs : sequence of Run
        At least one.
    cores : int or None
        That the study was given; None for as many as it used at once.
    """
    runs = sorted(runs, key=lambda run: run.started)
    begin, end = runs[0].started, max(run.last for run in runs)
    by_host: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        by_host[run.host].append(run)
    segments: list[Segment] = []
    losses: list[tuple[int, float]] = []
    hosts: dict[str, tuple[int, int]] = {}
    used = 0
    for host, own in sorted(by_host.items()):
        places, count = _places(own)
        for run, taken in zip(own, places, strict=True):
            for core in taken:
                segments += _segments(run, used + core, begin)
            if run.ended is None or run.error:
                losses.append((used + taken[0], run.last - begin))
        hosts[host] = (used, used + count - 1)
        used += count
    return Occupation(
        runs=tuple(runs),
        begin=begin,
        end=end,
        cores=max(used, cores or 0),
        hosts=hosts,
        segments=tuple(segments),
        losses=tuple(losses),
        estimator_cpu=sum(
            cost["cpu"] for run in runs for done in run.evaluated for cost in done.cost.values()
        ),
    )


def _places(runs: Sequence[Run]) -> tuple[list[list[int]], int]:
    """The cores that each of `runs` (by start) takes on one machine, and how many are needed."""
    free: list[int] = []
    busy: list[tuple[float, list[int]]] = []
    places = []
    count = 0
    for run in runs:
        while busy and busy[0][0] <= run.started:
            for core in heapq.heappop(busy)[1]:
                heapq.heappush(free, core)
        taken = []
        for _ in range(run.threads):
            if not free:
                heapq.heappush(free, count)
                count += 1
            taken.append(heapq.heappop(free))
        heapq.heappush(busy, (run.last, taken))
        places.append(taken)
    return places, count


def _segments(run: Run, core: int, origin: float) -> Iterator[Segment]:
    """What `run` did on `core`, phase by phase; equal neighbours are one segment."""
    last: Segment | None = None
    for begin, end, kind in _pieces(run):
        if end <= begin:
            continue
        if last is not None and last.kind == kind:
            last = Segment(core, last.begin, end - origin, kind)
            continue
        if last is not None:
            yield last
        last = Segment(core, begin - origin, end - origin, kind)
    if last is not None:
        yield last


def _pieces(run: Run) -> Iterator[tuple[float, float, str]]:
    """Begin, end and kind of what `run` was at; compiling is put before the calls."""
    starts = [done.begun for done in run.evaluated]
    ends = [when for when, _ in run.phases[1:]] + [run.last]
    for (begin, phase), end in zip(run.phases, ends, strict=True):
        kind = KIND_OF_PHASE.get(phase, FILES)
        if run.rule != "evaluate" and kind != START:
            kind = OTHER
        position = bisect_right(starts, begin) - 1
        if kind in (PYTHON, JULIA) and position >= 0:
            cost = run.evaluated[position].cost.get(phase, {"warm_up": 0.0, "wall": 1.0})
            share = cost["warm_up"] / max(cost["warm_up"] + cost["wall"], 1e-9)
            called = begin + share * (end - begin)
            yield begin, called, COMPILING
            begin = called
        yield begin, end, kind


def account(runs: Sequence[Run], cores: int | None, begin: float, end: float) -> str:
    """Where the core seconds of a run of the workflow went, in a few lines.

    Parameters
    ----------
    runs : sequence of Run
        The jobs of that run.
    cores : int or None
        That it was given; None on a cluster, where those that it used at once count.
    begin, end : float
        Of the run [UTC s since 1970], Snakemake's own start and end included.

    Returns
    -------
    str
        Empty if nothing was evaluated.
    """
    if not any(run.evaluated for run in runs):
        return ""
    found = occupy(runs, cores)
    cores = cores or found.cores
    capacity = cores * (end - begin)
    parts = {kind: share * found.capacity for kind, share in found.shares().items()}
    parts[IDLE] = capacity - sum(seconds for kind, seconds in parts.items() if kind != IDLE)
    lines = [
        f"{cores} cores, {end - begin:.0f} s: overhead "
        f"{1 - found.estimator_cpu / capacity:.1%}, which is all but the estimators' own "
        f"{found.estimator_cpu:.0f} CPU s"
    ]
    lines += [f"{kind:>24} {parts[kind] / capacity:7.1%}" for kind in (*KINDS, IDLE)]
    return "\n".join(lines)
