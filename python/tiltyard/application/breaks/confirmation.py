"""A break is one only if the best model of smooth signals agrees.

The search compares stationary processes. A signal that is quick in places and slow in others may
look broken to them, and a quick start like outliers. So the model on which verdicts rest is asked:
does it explain the samples better once the break or the outliers have been taken out of them?
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.breaks.effects import BESIDE, break_regressors
from tiltyard.application.breaks.process_grid import process_grid
from tiltyard.application.breaks.search import Break, Interventions, around, runs_of
from tiltyard.studies.derivatives.contract import Array

#: Nats of evidence that taking outliers out must gain.
GAIN = 6.0
#: The same for a break, by what it gained in the search, up to which it has to. On the suite's
#: development signals and systems, 101 samples, false breaks gained up to 35 in the search. With
#: the winner two of them gained more than 12 (16, both of systems that the samples do not resolve);
#: of 87 true ones the least gained 13. A warped clock explains some strong kinks as well as a break
#: does, and a rational function better: what gained more in the search than any false one has only
#: not to be refuted.
NEEDED = ((45.0, 12.0), (np.inf, -30.0))
#: Samples on either side that decide.
AROUND = 60

#: Log evidence of samples at increasing times; None if there are too few for the model.
Evidence = Callable[[Array, Array], float | None]


def confirmed(t: Array, y: Array, found: Interventions, evidence: Evidence) -> Interventions:
    """The interventions without those breaks and outliers that `evidence` refutes.

    Outliers are asked about where they have neighbours on one side only, at an end of the record.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times and samples.
    found : Interventions
    evidence : callable
        Of the model that is to agree.
    """
    outlying, n = found.outlying.copy(), len(t)
    for first, last in runs_of(outlying):
        if first < BESIDE or last >= n - BESIDE:
            others = ~outlying
            others[first : last + 1] = True
            own = around(np.flatnonzero(others), first, AROUND)
            if not _holds(t[own], y[own], _only(own, first, last), evidence, GAIN):
                outlying[first : last + 1] = False
    sure: list[Break] = []
    for place, one in enumerate(found.breaks):
        start = found.breaks[place - 1].after if place else 0
        stop = found.breaks[place + 1].after if place + 1 < len(found.breaks) else n
        own = around(start + np.flatnonzero(~outlying[start:stop]), one.after, AROUND)
        x = (t[own] - t[own[0]]) / (t[own[-1]] - t[own[0]])
        between = np.searchsorted(own, (one.before, one.after))
        regressors = break_regressors(x, float(x[between].mean()), one.kind)
        needed = next(least for most, least in NEEDED if one.gain < most)
        if _holds(t[own], y[own], regressors, evidence, needed):
            sure.append(one)
    return replace(found, outlying=outlying, breaks=sure)


def _only(own: NDArray[np.intp], first: int, last: int) -> Array:
    """Regressors that are each one of the samples from `first` to `last`."""
    return (own[:, None] == np.arange(first, last + 1)).astype(np.float64)


def _holds(t: Array, y: Array, regressors: Array, evidence: Evidence, least: float) -> bool:
    """Whether the samples are better explained without what the regressors take out of them."""
    without = evidence(t, y - regressors @ process_grid(t).coefficients(y, regressors))
    whole = evidence(t, y)
    return without is None or whole is None or without - whole > least
