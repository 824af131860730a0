"""Stages of a run of a study, from its journals: where the wall time of parallel jobs goes.

Jobs overlap, and stages of a launch have to add up to its wall time. So every moment is shared
equally by the jobs that run at it; a moment without a job is Snakemake's own, and a moment at which
fewer jobs evaluate than may is `IMBALANCE` for the missing part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tiltyard.engine.journal.reading import STARTING, Run

#: Without a job: Snakemake plans, starts jobs, looks for files.
WORKFLOW = "workflow"
#: Places for jobs that evaluate, empty while others still do.
IMBALANCE = "imbalance"
#: Phases of a job that evaluates -> stage. Phases of other jobs are one stage, named like the rule.
PHASES = {
    STARTING: "job start",
    "reading": "reading",
    "starting python": "python start",
    "python": "python",
    "starting julia": "julia start",
    "julia": "julia",
    "writing": "writing",
}
#: All stages, in the order in which they are told.
STAGES = (WORKFLOW, "prepare", "dataset", *PHASES.values(), IMBALANCE, "merge")


@dataclass(frozen=True)
class Stretch:
    """A job's stage between two times [UTC s since 1970], and the CPU of the job then [s]."""

    stage: str
    begin: float
    end: float
    cpu: float
    evaluates: bool


def stretches_of(run: Run) -> Iterator[Stretch]:
    """Stages of one run of a job; its CPU is interpolated between the lines that say it."""
    end = run.ended if run.ended is not None else run.last
    evaluates = run.rule == "evaluate"
    bounds = [run.started, *(time for time, _ in run.phases[1:]), end]
    names = [name for _, name in run.phases]
    if not evaluates:
        bounds, names = [run.started, end], [run.rule]
    times, seconds = zip((run.started, 0.0), *run.cpu, strict=True)
    used = np.interp(bounds, times, seconds)
    for k, name in enumerate(names):
        stage = PHASES.get(name, name) if evaluates else name
        yield Stretch(stage, bounds[k], bounds[k + 1], float(used[k + 1] - used[k]), evaluates)


def share_out(
    runs: Sequence[Run], begin: float, end: float, jobs: int
) -> Mapping[str, tuple[float, float]]:
    """Wall and CPU seconds by stage; the wall seconds add up to ``end - begin``.

    Parameters
    ----------
    runs : sequence of Run
    begin, end : float
        Of the whole run [UTC s since 1970].
    jobs : int
        Evaluating jobs that may run at once, >= 1.
    """
    stretches = [one for run in runs for one in stretches_of(run)]
    wall: defaultdict[str, float] = defaultdict(float)
    cpu: defaultdict[str, float] = defaultdict(float)
    for one in stretches:
        cpu[one.stage] += one.cpu
    evaluating = [one for one in stretches if one.evaluates]
    last = max((one.end for one in evaluating), default=begin)
    bounds = sorted({begin, end, *_within(stretches, begin, end)})
    for left, right in pairwise(bounds):
        here = [one for one in stretches if one.begin <= left and one.end >= right]
        running = [one.stage for one in here]
        at_work = sum(one.evaluates for one in here)
        if at_work and right <= last:
            running += [IMBALANCE] * max(0, jobs - at_work)
        for stage in running or [WORKFLOW]:
            wall[stage] += (right - left) / max(1, len(running))
    return {name: (wall[name], cpu[name]) for name in [*STAGES, *sorted({*wall} - {*STAGES})]}


def _within(stretches: Sequence[Stretch], begin: float, end: float) -> Iterator[float]:
    for one in stretches:
        yield from (time for time in (one.begin, one.end) if begin < time < end)
