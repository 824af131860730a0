"""Occupation of the cores over time by jobs and their phases, from the journals of a study."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tiltyard.engine.journal.reading import STARTING, Run

#: A longer time without any job separates one run of the workflow from the next [s].
PAUSE_SECONDS = 300.0

START = "start and imports"
COMPILING = "compiling and warming up"
FILES = "reading and writing"
OTHER = "other jobs"
#: Kinds of segments other than the lanes, which the journals name.
KINDS = (COMPILING, START, FILES, OTHER)


@dataclass(frozen=True)
class Segment:
    """Use of one core between two times [s since the beginning]: a lane, or one of `KINDS`."""

    core: int
    begin: float
    end: float
    kind: str
    lane: bool = False


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
        Cores that the study was given, or else the most that it used at once.
    hosts : dict
        First and last core of each machine.
    segments : tuple of Segment
    losses : tuple of (core, time)
        Where and when a job failed or was killed [s since the beginning].
    lanes : tuple of str
        Phases in which methods are run, by name.
    """

    runs: tuple[Run, ...]
    begin: float
    end: float
    cores: int
    hosts: dict[str, tuple[int, int]]
    segments: tuple[Segment, ...]
    losses: tuple[tuple[int, float], ...]
    lanes: tuple[str, ...]

    @property
    def wall(self) -> float:
        return self.end - self.begin


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
        Cores that the study was given; None for the most that it used at once.
    """
    runs = sorted(runs, key=lambda run: run.started)
    begin, end = runs[0].started, max(run.last for run in runs)
    by_host: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        by_host[run.host].append(run)
    lanes = find_lanes(runs)
    segments: list[Segment] = []
    losses: list[tuple[int, float]] = []
    hosts: dict[str, tuple[int, int]] = {}
    used = 0
    for host, own in sorted(by_host.items()):
        places, count = _places(own)
        for run, taken in zip(own, places, strict=True):
            for core in taken:
                segments += _segments(run, used + core, begin, lanes)
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
        lanes=tuple(sorted(lanes)),
    )


def find_lanes(runs: Iterable[Run]) -> set[str]:
    """Names of the phases in which `runs` evaluated methods, or started what evaluates them."""
    costs = {lane for run in runs for done in run.evaluated for lane in done.cost}
    names = (name for run in runs for _, name in run.phases)
    starts = (name.removeprefix(f"{STARTING} ") for name in names if _is_start(name))
    return costs.union(starts) - {STARTING}


def _is_start(phase: str) -> bool:
    return phase == STARTING or phase.startswith(f"{STARTING} ")


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


def _segments(run: Run, core: int, origin: float, lanes: Collection[str]) -> Iterator[Segment]:
    """Segments of `run` on `core`, phase by phase; equal neighbours are one segment."""
    last: Segment | None = None
    for begin, end, kind in _pieces(run, lanes):
        if end <= begin:
            continue
        if last is not None and last.kind == kind:
            last = replace(last, end=end - origin)
            continue
        if last is not None:
            yield last
        last = Segment(core, begin - origin, end - origin, kind, kind in lanes)
    if last is not None:
        yield last


def _pieces(run: Run, lanes: Collection[str]) -> Iterator[tuple[float, float, str]]:
    """Begin, end and kind of each part of `run`; compiling is put before the calls."""
    starts = [done.begun for done in run.evaluated]
    ends = [when for when, _ in run.phases[1:]] + [run.last]
    for (begin, phase), end in zip(run.phases, ends, strict=True):
        if _is_start(phase):
            kind = START
        elif run.rule != "evaluate":
            kind = OTHER
        else:
            kind = phase if phase in lanes else FILES
        position = bisect_right(starts, begin) - 1
        if kind in lanes and position >= 0:
            cost = run.evaluated[position].cost.get(phase, {"warm_up": 0.0, "wall": 1.0})
            share = cost["warm_up"] / max(cost["warm_up"] + cost["wall"], 1e-9)
            called = begin + share * (end - begin)
            yield begin, called, COMPILING
            begin = called
        yield begin, end, kind
