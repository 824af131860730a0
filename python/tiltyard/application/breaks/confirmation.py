"""A break is one only if the best model of smooth signals agrees.

The search compares stationary processes. A signal that is quick in places and slow in others may
look broken to them, and a quick start like outliers. So the model on which verdicts rest is asked:
does it explain the samples better once the break or the outliers have been taken out of them?
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.breaks.effects import BESIDE, Effect, break_regressors
from tiltyard.application.breaks.process_grid import process_grid
from tiltyard.application.breaks.search import Break, Interventions, around, runs_of
from tiltyard.studies.derivatives.contract import Array

#: Nats of evidence that taking outliers out must gain.
GAIN = 6.0
#: The same for a break, and for it and those near it together. On the suite's development signals
#: and systems, 101 samples, 46 false breaks were asked about: alone they gained up to 16, once
#: above 11 (`lorenz`, whose samples do not resolve it), several together nothing. Of 31 true ones
#: with those near them the least gained 14.
TOGETHER = 12.0
#: What a break has to gain when those near it are taken out already: less, since these are then in
#: doubt no more than it is.
BESIDE_OTHERS = 2.0
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
            if not _holds(t[own], y[own], _only(own, first, last), evidence):
                outlying[first : last + 1] = False
    counting = np.flatnonzero(~outlying)
    sure = [one for one in found.breaks if _stands(t, y, one, found.breaks, counting, evidence)]
    return replace(found, outlying=outlying, breaks=sure)


def _stands(
    t: Array,
    y: Array,
    one: Break,
    breaks: Sequence[Break],
    counting: NDArray[np.intp],
    evidence: Evidence,
) -> bool:
    """Whether the model agrees that there is a break, be there others near it or not.

    A model that may bend once at no price explains one of several kinks as well without a break,
    and not all of them.
    """
    own = around(counting, one.after, AROUND)
    others = [
        _regressors(t, own, other) for other in breaks if other is not one and _inside(other, own)
    ]
    every = [_regressors(t, own, one), *others]
    broken = evidence(t[own], _less(t[own], y[own], every))
    smooth = evidence(t[own], _less(t[own], y[own], others))
    if broken is None or smooth is None:
        return True
    if not others:
        return broken - smooth > TOGETHER
    whole = evidence(t[own], y[own])
    return broken - smooth > BESIDE_OTHERS and (whole is None or broken - whole > TOGETHER)


def _only(own: NDArray[np.intp], first: int, last: int) -> Array:
    """Regressors that are each one of the samples from `first` to `last`."""
    return (own[:, None] == np.arange(first, last + 1)).astype(np.float64)


def _inside(one: Break, own: NDArray[np.intp]) -> bool:
    """Whether enough samples lie on either side of a break."""
    return BESIDE <= int(np.searchsorted(own, one.after)) <= len(own) - BESIDE


def _regressors(t: Array, own: NDArray[np.intp], one: Break) -> Array:
    """Regressors of a break among the samples `own`.

    A kink lies anywhere between its two samples: at another place its line has another height, so
    that a step makes up for what is not known of the place.
    """
    x = (t[own] - t[own[0]]) / (t[own[-1]] - t[own[0]])
    between = np.searchsorted(own, (one.before, one.after))
    return break_regressors(x, float(x[between].mean()), Effect.JUMP)


def _holds(t: Array, y: Array, regressors: Array, evidence: Evidence) -> bool:
    """Whether the samples are better explained without what the regressors take out of them."""
    without, whole = evidence(t, _less(t, y, [regressors])), evidence(t, y)
    return without is None or whole is None or without - whole > GAIN


def _less(t: Array, y: Array, parts: Sequence[Array]) -> Array:
    """The samples without what the regressors of all parts take out of them."""
    if not parts:
        return y
    regressors = np.hstack(parts)
    return np.asarray(y - regressors @ process_grid(t).coefficients(y, regressors))
