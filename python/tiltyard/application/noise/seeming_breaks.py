"""Breaks that correlated noise only seems to have: noise that wanders looks like small steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tiltyard.application.breaks.effects import BESIDE, break_regressors
from tiltyard.application.breaks.search import Break, Interventions, around
from tiltyard.application.noise.correlation import FEWEST, processes_at, times_of
from tiltyard.studies.derivatives.contract import Array

#: Nats by which samples with the break must be likelier than without, whatever the noise.
GAIN = 11.0
#: Samples on either side that decide.
AROUND = 48


def without_seeming_breaks(t: Array, y: Array, found: Interventions) -> Interventions:
    """The interventions without breaks that are none if the noise is correlated.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times and samples.
    found : Interventions
        Under independent noise.
    """
    sure: list[Break] = []
    for place, one in enumerate(found.breaks):
        start = sure[-1].after if sure else 0
        stop = found.breaks[place + 1].after if place + 1 < len(found.breaks) else len(t)
        own = around(start + np.flatnonzero(~found.outlying[start:stop]), one.after, AROUND)
        if len(own) < FEWEST or _holds(t[own], y[own], one, 0.5 * (t[one.before] + t[one.after])):
            sure.append(one)
    return replace(found, breaks=sure)


def _holds(t: Array, y: Array, one: Break, time: float) -> bool:
    if min(np.count_nonzero(t < time), np.count_nonzero(t > time)) < BESIDE:
        return True
    z = (y - y.mean()) / y.std()
    x, place = (t - t[0]) / (t[-1] - t[0]), (time - t[0]) / (t[-1] - t[0])
    regressors = break_regressors(x, float(place), one.kind)
    every = [processes_at(t, correlation) for correlation in (0.0, *times_of(t))]
    whole = max(processes.likelihood(z) for processes in every)
    broken = max(processes.likelihood(z, regressors) for processes in every)
    return broken - whole > GAIN
