"""Number and places of a rational function's poles: AAA finds them, BIC chooses.

Most of the time goes into moving poles of fits that do not win in the end. So fits move a few steps
at a time, and those are given up that are so far behind that they cannot make up for it at their
present pace.
"""

from __future__ import annotations

import math

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.rational.aaa_steps import aaa_steps, poles_of
from tiltyard.studies.derivatives.numerics.rational.rational_fit import (
    Complex,
    RationalFit,
    coordinates,
    distances,
    fit_residues,
    most_useful_pole,
)
from tiltyard.studies.derivatives.numerics.rational.rational_refinement import (
    Descent,
    polish,
    refine,
)

MOST_SUPPORTS = 40  # points of AAA
NEAREST = 2.0  # mean sample steps: a pole nearer to the record fits single samples
FAR = 8.0  # half-widths of the record: a pole beyond is one at infinity, a polynomial's degree
HIGHEST_DEGREE = 10
MOST_PARAMETERS = 0.75  # of the number of samples
STARTS = 6  # steps of AAA whose poles are moved
STEPS, ROUND = 30, 3  # of a descent, at most, and before its fit is compared again
#: BIC behind the best that a descent may always make up for; its pace slows down, but not steadily.
MARGIN = 10.0


def bic(fit: RationalFit, resolution: float) -> float:
    """Schwarz's criterion, with a uniform prior for the poles' places along the record.

    A pole is placed in units of its distance d from the record, so there are some ``1 / d`` places
    for it, and finding one costs ``2 log(1 / d)``. Squares below the samples' rounding count as
    that.
    """
    n, parameters = len(fit.residual), fit.parameters
    return _criterion(n, fit.squares, parameters, fit.poles, resolution)


def _criterion(n: int, squares: float, parameters: int, poles: Complex, resolution: float) -> float:
    squares = max(squares, n * resolution**2)
    places = -2.0 * np.log(np.minimum(distances(poles), 1.0)).sum()
    return n * math.log(squares / n) + parameters * math.log(n) + float(places)


class Contender:
    """A fit whose poles move round by round, as long as it may win.

    Parameters
    ----------
    x, y : (n,) arrays
        Points in [-1, 1] and samples.
    fit : RationalFit
        Fit to begin with.
    nearest : float
        Least distance of a pole from [-1, 1], > 0.
    resolution : float
        Rounding of the samples, > 0.

    Attributes
    ----------
    value : float
        Its BIC.
    """

    def __init__(
        self, x: Array, y: Array, fit: RationalFit, nearest: float, resolution: float
    ) -> None:
        self._n, self._parameters, self._resolution = len(x), fit.parameters, resolution
        self._descent = Descent(x, y, fit, nearest)
        self._left, self._pace = STEPS, math.inf
        self.value = bic(fit, resolution)

    @property
    def fit(self) -> RationalFit:
        """The fit where it is."""
        return self._descent.fit

    @property
    def arrived(self) -> bool:
        """Whether it has reached its minimum, or may take no more steps."""
        return self._descent.settled or self._left <= 0

    def advance(self) -> None:
        """Move the poles by a round of steps, until a step lowers BIC by about 1e-3 or less."""
        self._descent.advance(ROUND, 1e-3 / self._n)
        before, descent = self.value, self._descent
        self.value = _criterion(
            self._n, descent.squares, self._parameters, descent.poles, self._resolution
        )
        self._left -= ROUND
        self._pace = max(before - self.value, 0.0) / ROUND

    def may_reach(self, goal: float) -> bool:
        """Whether its BIC might fall to `goal`, at the pace of its last round."""
        return self.value - goal <= MARGIN + self._pace * self._left


def best_fit(x: Array, y: Array, resolution: float) -> RationalFit:
    """Choose number and places of the poles; `resolution` is the rounding of the samples."""
    n = len(x)
    nearest = NEAREST * 2.0 / (n - 1)
    line = fit_residues(x, y, 1, np.zeros(0, complex))
    assert line is not None
    fits = [line]
    for support, weights in aaa_steps(x, y, min(n // 2, MOST_SUPPORTS), resolution):
        degree, poles = split_poles(poles_of(x[support], weights), len(support) - 1, nearest)
        fit = fit_residues(x, y, degree, poles)
        if fit is not None and fit.parameters <= MOST_PARAMETERS * n:
            fits.append(fit)
    fits.sort(key=lambda fit: bic(fit, resolution))
    leader = winner([Contender(x, y, fit, nearest, resolution) for fit in fits[:STARTS]])
    best = settle(x, y, leader.fit, nearest, resolution)
    best = refine(x, y, best, nearest=nearest, tolerance=1e-14, iterations=100)
    return polish(x, y, best, nearest=nearest)


def winner(contenders: list[Contender]) -> Contender:
    """The one of least BIC, after all have moved that may become it."""
    while moving := [one for one in contenders if not one.arrived]:
        for one in moving:
            one.advance()
        goal = min(one.value for one in contenders)
        contenders = [one for one in contenders if one.arrived or one.may_reach(goal)]
    return min(contenders, key=lambda one: one.value)


def settle(x: Array, y: Array, fit: RationalFit, nearest: float, resolution: float) -> RationalFit:
    """Remove or add one pole or pair at a time, and move the poles, as long as BIC falls."""
    changes = (with_far_poles_at_infinity, without_least_pole, with_another_pair)
    value = bic(fit, resolution)
    turn, failures = 0, 0
    while failures < len(changes):
        trial = changes[turn](x, y, fit, nearest)
        if trial is not None and trial.parameters <= MOST_PARAMETERS * len(x):
            contender = Contender(x, y, trial, nearest, resolution)
            while not contender.arrived and contender.may_reach(value):
                contender.advance()
            if contender.value < value:
                fit, value, failures = contender.fit, contender.value, 0
                continue
        turn, failures = (turn + 1) % len(changes), failures + 1
    return fit


def with_far_poles_at_infinity(
    x: Array, y: Array, fit: RationalFit, nearest: float
) -> RationalFit | None:
    """The fit with a higher degree of the polynomial in place of far poles; None if none is far."""
    far = distances(fit.poles) > FAR
    degree = fit.degree + coordinates(fit.poles[far])
    if not far.any() or degree > HIGHEST_DEGREE:
        return None
    return fit_residues(x, y, degree, fit.poles[~far])


def without_least_pole(x: Array, y: Array, fit: RationalFit, nearest: float) -> RationalFit | None:
    """The fit without the pole whose loss raises the squares least; None without poles."""
    poles = fit.poles
    reduced = [fit_residues(x, y, fit.degree, np.delete(poles, j)) for j in range(len(poles))]
    return min((f for f in reduced if f is not None), key=lambda f: f.squares, default=None)


def with_another_pair(x: Array, y: Array, fit: RationalFit, nearest: float) -> RationalFit | None:
    """The fit with one more pair of poles: the one on a grid that lowers the squares most."""
    heights = 2.0 * nearest * 2.0 ** np.arange(max(math.log2(0.5 / nearest), 1.0))
    grid = [
        complex(real, height)
        for height in heights
        for real in np.linspace(-1.0, 1.0, 2 * math.ceil(1.0 / height) + 1)
    ]
    pole = most_useful_pole(x, fit, np.array(grid))
    return fit_residues(x, y, fit.degree, np.append(fit.poles, pole))


def split_poles(poles: Complex, count: int, nearest: float) -> tuple[int, Complex]:
    """Degree of the polynomial, and the poles that are neither far nor near, one of each pair.

    The number of far or infinite poles among `count` is the degree, at least 1.
    """
    distance = distances(poles)
    degree = count - int(np.count_nonzero(distance <= FAR))
    kept = (poles.imag >= 0.0) & (distance > nearest) & (distance <= FAR)
    return min(max(degree, 1), HIGHEST_DEGREE), poles[kept]
