"""Stages of a launch, from the marks of its command."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from tiltyard.pipelines.stages import OTHER, STAGES
from tiltyard.studies.throughput.launch import Stage

#: Stage of a command that marks none.
ALL, FIRST = "compute", "start"


def stages_of(report: Mapping[str, Any], cpu_seconds: float) -> list[Stage]:
    """Stages in the order in which they first began; repeated ones are added up.

    The first lasts from the start of the launch to the first mark, the last to the end of the
    launch, or of the process that marks: what comes after that is `OTHER`, and so is a stage whose
    name is no stage's. Stages that a command tells afterwards may have names of its own.

    Parameters
    ----------
    report : mapping
        What the launcher says: ``started``, ``wall``, ``marks``, ``points``, ``marker_ended``.
    cpu_seconds : float
        CPU of the whole tree [s].
    """
    wall = report["wall"]
    if not report["marks"]:
        return [Stage(ALL, wall, cpu_seconds)]
    marks = sorted(report["marks"], key=lambda mark: mark["clock"])
    names = [FIRST, *(mark["stage"] for mark in marks)]
    clocks = [0.0, *(mark["clock"] - report["started"] for mark in marks)]
    used = [0.0, *_used_at(marks, report["points"])]
    known = {*STAGES, *(mark["stage"] for mark in marks if _is_told(mark))}
    if report["marker_ended"] is not None:
        clock, seconds = report["marker_ended"]
        names.append(OTHER)
        clocks.append(clock - report["started"])
        used.append(seconds)
    walls = _steps(clocks, wall)
    cpus = _steps(used, cpu_seconds)
    sums: dict[str, tuple[float, float]] = {}
    for name, seconds, cpu in zip(names, walls, cpus, strict=True):
        key = name if name in known else OTHER
        before = sums.get(key, (0.0, 0.0))
        sums[key] = (before[0] + seconds, before[1] + cpu)
    return [Stage(name, *costs) for name, costs in sums.items()]


def _used_at(marks: list[Mapping[str, Any]], points: Sequence[tuple[float, float]]) -> list[float]:
    """CPU of the whole tree at each mark [s]: the marker's own, and the others' in between."""
    beside = [_between(points, mark["clock"]) for mark in marks]
    return [
        mark["cpu_seconds"] if _is_told(mark) else mark["cpu_user"] + mark["cpu_system"] + other
        for mark, other in zip(marks, beside, strict=True)
    ]


def _is_told(mark: Mapping[str, Any]) -> bool:
    return "cpu_seconds" in mark


def _between(points: Sequence[tuple[float, float]], time: float) -> float:
    """The value at `time` on the lines between `points` (time, value), level beyond their ends."""
    if not points:
        return 0.0
    after = bisect.bisect_right(points, time, key=lambda point: point[0])
    (t0, v0), (t1, v1) = points[max(after - 1, 0)], points[min(after, len(points) - 1)]
    return v0 if t1 <= t0 else v0 + (v1 - v0) * (time - t0) / (t1 - t0)


def _steps(values: Sequence[float], end: float) -> list[float]:
    """Steps from each of `values` to the next and to `end`, none below 0.

    Clocks of two processes and readings a moment apart differ by some microseconds: a value counts
    as the largest before it, and none as more than `end`.
    """
    rising = [min(value, end) for value in itertools.accumulate(values, max)]
    return [after - before for before, after in itertools.pairwise([*rising, end])]
