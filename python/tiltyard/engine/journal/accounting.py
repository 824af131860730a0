"""Account of a run, from the journals of its jobs and of the workflow's process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tiltyard.engine.journal.account import (
    COMPILING,
    IDLE,
    METHODS,
    OTHER,
    PROGRAMS,
    STEAL,
    UNKNOWN,
    WAITING,
    Account,
    Load,
)
from tiltyard.engine.journal.cores import occupy
from tiltyard.engine.journal.reading import Run, WorkflowRun
from tiltyard.engine.journal.usage import Sample

#: Samples of several jobs are thinned to this distance: their CPU is not read at one moment [s].
LEAST_SECONDS = 10.0
#: A workflow whose end is not written yet goes on as it did for so long [s].
MOST_SECONDS = 30.0

Array = NDArray[np.float64]


def make_account(
    runs: Sequence[Run],
    workflows: Sequence[WorkflowRun] = (),
    *,
    cores: int | None = None,
    begin: float | None = None,
    end: float | None = None,
) -> Account:
    """The account of one run of the workflow.

    Parameters
    ----------
    runs : sequence of Run
        Its jobs; at least one.
    workflows : sequence of WorkflowRun
        Samples of the workflow's process. Empty on a cluster, where jobs measure their nodes.
    cores : int or None
        Cores that the run was given; None for those that `workflows` say, or, without any, for
        the most that it used at once.
    begin, end : float or None
        Begin and end of the run [UTC s since 1970]; None for those of its jobs.
    """
    begin = min(run.started for run in runs) if begin is None else begin
    end = max(run.last for run in runs) if end is None else end
    given = cores or max((workflow.cores for workflow in workflows), default=0)
    cores = given or occupy(runs).cores
    capacity = cores * (end - begin)
    curves = [_of_workflow(one, runs, end) for one in workflows] or list(map(_of_job, runs))
    methods, compiling = _costs(runs)
    jobs = sum(run.cpu[-1][1] for run in runs if run.cpu)
    own = max(methods, jobs, sum(curve.between(begin, end) for curve in curves))
    compiling = min(compiling, own - methods)
    parts = {COMPILING: compiling, OTHER: own - methods - compiling, METHODS: methods}
    places: defaultdict[tuple[str, str], list[_Curve]] = defaultdict(list)
    for curve in curves:
        places[curve.host, curve.cores].append(curve)
    groups = [_Group(curves, begin, end) for curves in places.values()]
    if not all(group.spans for group in groups):
        parts[UNKNOWN] = max(0.0, capacity - own)
        return Account(cores, end - begin, parts)
    loads: list[Load] = []
    waiting = 0.0
    for group in groups:
        for span in group.spans:
            width = cores if len(groups) == 1 else group.threads(span)
            programs, steal, free = span.divide(width, group.curves)
            loads.append(Load(span.begin, span.end, programs, steal))
            waiting += min(free, group.waited(span.begin, span.end))
    parts[PROGRAMS] = sum(load.programs * (load.end - load.begin) for load in loads)
    parts[STEAL] = sum(load.steal * (load.end - load.begin) for load in loads)
    left = max(0.0, capacity - own - parts[PROGRAMS] - parts[STEAL])
    parts[WAITING] = min(waiting, left)
    parts[IDLE] = left - parts[WAITING]
    return Account(cores, end - begin, parts, tuple(loads))


def _costs(runs: Iterable[Run]) -> tuple[float, float]:
    """CPU seconds of the methods' calls, and of the warm-up before them.

    Warm-up is measured as wall time; its CPU share is taken to be that of the calls.
    """
    methods = compiling = 0.0
    for run in runs:
        for cost in (cost for done in run.evaluated for cost in done.cost.values()):
            methods += cost["cpu"]
            share = min(1.0, cost["cpu"] / cost["wall"]) if cost["wall"] else 1.0
            compiling += share * cost["warm_up"]
    return methods, compiling


def _waits(run: Run) -> Iterator[tuple[float, float, float]]:
    """Begin and end of each configuration, and the wall time of its calls beyond their CPU [s]."""
    for done in run.evaluated:
        waited = sum(max(0.0, cost["wall"] - cost["cpu"]) for cost in done.cost.values())
        if waited and done.ended > done.begun:
            yield done.begun, done.ended, waited


@dataclass(frozen=True)
class _Curve:
    """CPU of one process tree over time, and what its machine's cores did meanwhile."""

    host: str
    times: Array
    cpu: Array
    samples: Sequence[Sample]
    runs: Sequence[Run]

    @property
    def cores(self) -> str:
        """Numbers of the cores that it could use."""
        return self.samples[-1].machine.cores if self.samples and self.samples[-1].machine else ""

    def between(self, begin: float, end: float) -> float:
        """CPU seconds between two times."""
        first, last = np.interp([begin, end], self.times, self.cpu)
        return float(last - first)


def _curve(
    host: str, points: Sequence[tuple[float, float]], samples: Sequence[Sample], runs: Sequence[Run]
) -> _Curve:
    times, cpu = np.array(sorted(points), dtype=float).T
    # The CPU of a process that ended during a sample is missing in it: the sum must not fall.
    told = [sample for sample in samples if sample.machine is not None]
    return _Curve(host, times, np.maximum.accumulate(cpu), told, runs)


def _of_job(run: Run) -> _Curve:
    return _curve(run.host, [(run.started, 0.0), *run.cpu], run.samples, [run])


def _of_workflow(workflow: WorkflowRun, runs: Sequence[Run], end: float) -> _Curve:
    points = [(workflow.started, 0.0)]
    points += [(sample.time, sample.cpu) for sample in workflow.samples]
    (before, first), (last, most) = points[-2:]
    if not workflow.ended and last < end and last > before:
        after = min(end, last + MOST_SECONDS)
        points.append((after, most + (most - first) / (last - before) * (after - last)))
    return _curve(workflow.host, points, workflow.samples, runs)


@dataclass(frozen=True)
class _Span:
    """Mean use of a machine's cores from `begin` to `end`, as measured between two samples.

    `since` and `until` are the times of the samples; the first and the last span of a run reach
    beyond them. `busy`, `steal` and `idle` are numbers of cores, on the average.
    """

    begin: float
    end: float
    since: float
    until: float
    busy: float
    steal: float
    idle: float

    def divide(self, width: float, curves: Sequence[_Curve]) -> tuple[float, float, float]:
        """Cores that programs and hypervisor took from the run's `width` cores; free core seconds.

        A core of the machine that was idle was free for the run: others did not take it.
        """
        length = self.end - self.begin
        measured = sum(curve.between(self.since, self.until) for curve in curves)
        own = measured / (self.until - self.since)
        programs = max(0.0, self.busy - own)
        others = programs + self.steal
        mine = sum(curve.between(self.begin, self.end) for curve in curves) / length
        taken = max(0.0, min(width - own - self.idle, others, width - mine))
        free = max(0.0, width - mine - taken) * length
        share = taken / others if others else 0.0
        return share * programs, share * self.steal, free


class _Group:
    """Processes on the same cores of one machine."""

    def __init__(self, curves: Sequence[_Curve], begin: float, end: float) -> None:
        self.curves = curves
        runs = list({id(run): run for curve in curves for run in curve.runs}.values())
        self.spans = _spans([sample for curve in curves for sample in curve.samples], begin, end)
        self._threads = _integral(
            [(run.started, run.last, run.threads * (run.last - run.started)) for run in runs]
        )
        self.waited = _integral([wait for run in runs for wait in _waits(run)])

    def threads(self, span: _Span) -> float:
        """Cores that jobs were given, on the average."""
        return self._threads(span.begin, span.end) / (span.end - span.begin)


def _spans(samples: Sequence[Sample], begin: float, end: float) -> list[_Span]:
    """The time from `begin` to `end`, cut where there are samples at some distance."""
    kept: list[Sample] = []
    for sample in sorted(samples, key=lambda sample: sample.time):
        if not kept or sample.time >= kept[-1].time + LEAST_SECONDS:
            kept.append(sample)
    if samples:
        # The last one says most about the end.
        latest = max(samples, key=lambda sample: sample.time)
        kept[max(1, len(kept) - 1) :] = [latest] if latest is not kept[0] else []
    spans = []
    known = list(pairwise(kept))
    pairs = [pair for pair in known if pair[0].time < end and pair[1].time > begin]
    if not pairs:  # the time is all before the first sample or after the last one
        pairs = known[:1] if kept and kept[0].time >= end else known[-1:]
    for position, (first, second) in enumerate(pairs):
        before, after, passed = first.machine, second.machine, second.time - first.time
        assert before is not None and after is not None
        changes = (after.busy - before.busy, after.steal - before.steal, after.idle - before.idle)
        if passed <= 0 or min(changes) < -0.1 * passed:  # the machine was started anew in between
            continue
        lower = begin if position == 0 else first.time
        upper = end if position == len(pairs) - 1 else second.time
        rates = (max(0.0, change) / passed for change in changes)
        spans.append(_Span(lower, upper, first.time, second.time, *rates))
    return spans


def _integral(
    spans: Sequence[tuple[float, float, float]],
) -> Callable[[float, float], float]:
    """The sum of amounts that are spread evenly, each from its begin to its end, as a function."""
    whole = [(begin, end, amount) for begin, end, amount in spans if end > begin]
    if not whole:
        return lambda begin, end: 0.0
    begins, ends, amounts = np.array(whole, dtype=float).T
    rates = amounts / (ends - begins)
    times, place = np.unique(np.concatenate([begins, ends]), return_inverse=True)
    level = np.cumsum(np.bincount(place, np.concatenate([rates, -rates]), len(times)))
    sums = np.concatenate([[0.0], np.cumsum(level[:-1] * np.diff(times))])

    def between(begin: float, end: float) -> float:
        first, last = np.interp([begin, end], times, sums)
        return float(last - first)

    return between
