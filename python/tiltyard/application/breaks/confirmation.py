"""A break is one only if the best model of smooth signals agrees.

The search compares stationary processes. A signal that is quick in places and slow in others may
look broken to them, and a quick start like outliers. So the model on which verdicts rest is asked:
does it explain the samples better once the break or the outliers have been taken out of them?
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

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
#: What gained so much in the search is not asked about: false breaks gained up to 51 there
#: (`hindmarsh_rose`, spikes that the samples do not resolve), and with hardly any noise what is
#: left of a jump once it is taken out looks worse than the jump.
SURE = 75.0
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
    asked = _Asked(t, y, np.flatnonzero(~outlying), evidence)
    sure = [one for one in found.breaks if asked.stands(one, found.breaks)]
    return replace(found, outlying=outlying, breaks=sure)


@dataclass(frozen=True, eq=False)
class _Asked:
    """What the model says of breaks; nothing is asked twice, since an answer takes a fit."""

    t: Array
    y: Array
    counting: NDArray[np.intp]  # the samples that are no outliers
    model: Evidence
    answers: dict[tuple[int, int, tuple[Break, ...]], float | None] = field(default_factory=dict)

    def stands(self, one: Break, breaks: Sequence[Break]) -> bool:
        """Whether the model agrees that there is a break, be there others near it or not.

        A model that may bend once at no price explains one of several kinks as well without a
        break, and not all of them.
        """
        if one.gain >= SURE:
            return True
        own = self._around(one, breaks)
        near = tuple(other for other in breaks if other is one or _inside(other, own))
        beside = tuple(other for other in near if other is not one)
        broken = self.evidence(own, near)
        together = self._exceeds(broken, self.evidence(own, ()), TOGETHER)
        if not beside or not together:
            return together
        return self._exceeds(broken, self.evidence(own, beside), BESIDE_OTHERS)

    def _around(self, one: Break, breaks: Sequence[Break]) -> NDArray[np.intp]:
        """The samples that decide: up to a break with too few behind it to be taken out."""
        own = self.counting
        if len(own) > 2 * AROUND:
            own = around(own, one.after, AROUND)
        ends = [other.after for other in breaks if not _inside(other, own)]
        start = max((end for end in ends if end < one.after), default=0)
        stop = min((end for end in ends if end > one.after), default=len(self.t))
        return own[(own >= start) & (own < stop)]

    @staticmethod
    def _exceeds(broken: float | None, other: float | None, least: float) -> bool:
        """Whether the evidence is larger by more than that, or there is none."""
        return broken is None or other is None or broken - other > least

    def evidence(self, own: NDArray[np.intp], breaks: tuple[Break, ...]) -> float | None:
        """Of the samples `own` without what the breaks take out of them."""
        key = int(own[0]), int(own[-1]), breaks
        if key not in self.answers:
            t, y = self.t[own], self.y[own]
            regressors = [_regressors(self.t, own, one) for one in breaks]
            self.answers[key] = self.model(t, _less(t, y, np.hstack(regressors)) if breaks else y)
        return self.answers[key]


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
    without, whole = evidence(t, _less(t, y, regressors)), evidence(t, y)
    return without is None or whole is None or without - whole > GAIN


def _less(t: Array, y: Array, regressors: Array) -> Array:
    """The samples without what the regressors take out of them."""
    return np.asarray(y - regressors @ process_grid(t).coefficients(y, regressors))
