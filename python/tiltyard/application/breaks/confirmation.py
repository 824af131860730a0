"""A break is one only if the best model of smooth signals agrees.

The search compares stationary processes. A signal that is quick in places and slow in others may
look broken to them. So the model on which verdicts rest is asked: does it explain the samples
better once the break has been taken out of them?
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.breaks.effects import break_regressors
from tiltyard.application.breaks.process_grid import process_grid
from tiltyard.application.breaks.search import Break, Interventions
from tiltyard.studies.derivatives.contract import Array

#: Nats of evidence that taking a break out must gain.
GAIN = 6.0
#: Samples on either side that decide.
AROUND = 60

#: Log evidence of samples at increasing times; None if there are too few for the model.
Evidence = Callable[[Array, Array], float | None]


def confirmed(t: Array, y: Array, found: Interventions, evidence: Evidence) -> Interventions:
    """The interventions with those breaks alone that `evidence` confirms.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times and samples.
    found : Interventions
    evidence : callable
        Of the model that is to agree.
    """
    sure: list[Break] = []
    for place, one in enumerate(found.breaks):
        start = sure[-1].after if sure else 0
        stop = found.breaks[place + 1].after if place + 1 < len(found.breaks) else len(t)
        own = start + np.flatnonzero(~found.outlying[start:stop])
        if _holds(t, y, own, one, evidence):
            sure.append(one)
    return replace(found, breaks=sure)


def _holds(t: Array, y: Array, own: NDArray[np.int64], one: Break, evidence: Evidence) -> bool:
    middle = int(np.searchsorted(own, one.after))
    own = own[max(middle - AROUND, 0) : middle + AROUND]
    grid = process_grid(t[own])
    x, between = grid.effects.x, np.searchsorted(own, (one.before, one.after))
    regressors = break_regressors(x, float(grid.effects.x[between].mean()), one.kind)
    whole, smoothed = y[own], y[own] - regressors @ grid.coefficients(y[own], regressors)
    without, with_break = evidence(t[own], smoothed), evidence(t[own], whole)
    if without is None or with_break is None:
        return True
    return without - with_break > GAIN
