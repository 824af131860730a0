"""Number and places of the exponents of a sum of exponentials: a grid finds them, BIC chooses.

From a simple fit on, one term at a time is added or taken, and all exponents move to the nearest
minimum of the squares; changes that are hopeless after some steps are given up. Of all such changes
the one of least BIC is made, as long as BIC falls. That is done from two starts: from a constant
without a change of degree until nothing else helps, which finds sums of decays; and from the best
polynomial, which finds a trend.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.bases.legendre import legendre
from tiltyard.studies.derivatives.numerics.exponentials.exponential_descent import (
    SLOWEST,
    Complex,
    Descent,
    Point,
    evaluate,
)
from tiltyard.studies.derivatives.numerics.exponentials.exponential_fit import (
    ExponentialFit,
    coordinates,
    fit_coefficients,
    refine,
)
from tiltyard.studies.derivatives.numerics.exponentials.exponential_grid import (
    Candidates,
    real_rates,
    tones,
)

MOST_PLACED = 150  # samples on which exponents are chosen
HIGHEST_DEGREE = 10
MOST_PARAMETERS = 0.6  # of the number of samples
#: Fall of BIC for which a change is made, and below which of two models the first is taken: ten
#: times what descents that end early leave of it, and far above rounding.
LEAST_FALL = 1e-2
FIRST_STEPS, STEPS = 6, 20  # of the descent after a change, at most
#: BIC above that of the best change after the first steps, with which a change is given up.
HOPELESS = 100.0
#: BIC above that of the fit with a trend, with which a pure sum is given no degrees.
NO_RIVAL = 30.0
SLOW = 1.0  # frequency below which a tone may be one or two real exponents
#: Half the distance of two real exponents in place of a tone, at least: of their mean, and at all.
APART, LEAST_APART = 0.1, 0.3


class Model(NamedTuple):
    """Degree of the polynomial and the descent of the exponents."""

    degree: int
    descent: Descent

    @property
    def exponents(self) -> Complex:
        return self.descent.point.exponents

    @property
    def squares(self) -> float:
        return self.descent.point.squares


def bic(fit: ExponentialFit, resolution: float) -> float:
    """Schwarz's criterion, with a uniform prior for the exponents' places.

    On a record of length 2 some |s| places can be told apart up to |s| in either coordinate, so
    that to find one costs ``2 log |s|``. Squares below the samples' rounding count as that.
    """
    return _criterion(len(fit.residual), fit.squares, fit.degree, fit.exponents, resolution)


def _criterion(n: int, squares: float, degree: int, exponents: Complex, resolution: float) -> float:
    parameters = degree + 1 + 2 * coordinates(exponents)
    places = 2.0 * float(np.log(np.maximum(np.abs(exponents), 1.0)).sum())
    return n * math.log(max(squares, n * resolution**2) / n) + parameters * math.log(n) + places


def best_fit(x: Array, y: Array, resolution: float) -> ExponentialFit:
    """Choose degree, number and places of the exponents.

    Parameters
    ----------
    x : (n,) array
        Increasing points from -1 to 1. At most `MOST_PLACED` of them, evenly chosen, decide on the
        terms; all of them on the places.
    y : (n,) array
        Samples of size one.
    resolution : float
        Rounding of the samples, > 0.
    """
    few = np.unique(np.rint(np.linspace(0, len(x) - 1, min(len(x), MOST_PLACED))).astype(int))
    placed = Selection(x[few], y[few], resolution).best()
    if len(few) == len(x):
        return placed
    fit = fit_coefficients(x, y, placed.degree, placed.exponents)
    if fit is None:
        raise np.linalg.LinAlgError(
            f"{len(placed.exponents)} exponents placed on {len(few)} samples are linearly "
            f"dependent on all {len(x)}"
        )
    return refine(x, y, fit, tolerance=1e-12, iterations=20)


class Selection:
    """Search for the fit of least BIC on all of the given samples; arguments as `best_fit`."""

    def __init__(self, x: Array, y: Array, resolution: float) -> None:
        self.x, self.y, self.resolution = x, y, resolution
        self._rounding = len(x) * resolution**2
        self._polynomials = legendre(x, HIGHEST_DEGREE, 0)
        self._candidates = [Candidates(x, c(len(x))) for c in (tones, real_rates)]

    def best(self) -> ExponentialFit:
        """The better of the fits from a constant and from the best polynomial on."""
        none = np.zeros(0, complex)
        highest = min(HIGHEST_DEGREE, len(self.x) - 2)
        models = [self.start(degree, none) for degree in range(highest + 1)]
        polynomials = [model for model in models if model is not None]
        trend = self.settle(self.least(polynomials), degrees=True)
        pure = self.settle(polynomials[0], degrees=False, goal=self.value(trend))
        if self.value(pure) < self.value(trend) + NO_RIVAL:
            pure = self.settle(pure, degrees=True, goal=self.value(trend))
        best = self.least([pure, trend])
        return refine(self.x, self.y, self.fit(best), tolerance=1e-12, iterations=100)

    def value(self, model: Model) -> float:
        """BIC of a model."""
        return self._value(model, model.squares)

    def _value(self, model: Model, squares: float) -> float:
        n = len(self.x)
        return _criterion(n, squares, model.degree, model.exponents, self.resolution)

    def least(self, models: list[Model]) -> Model:
        """The first of the models whose BIC is the least, up to `LEAST_FALL`."""
        least = min(map(self.value, models))
        return next(model for model in models if self.value(model) < least + LEAST_FALL)

    def fit(self, model: Model) -> ExponentialFit:
        """The fit that a model stands for."""
        found = fit_coefficients(self.x, self.y, model.degree, model.exponents)
        if found is None:  # the descent's factorisation just took them for independent
            raise np.linalg.LinAlgError(
                f"{len(model.exponents)} exponents are linearly dependent on {len(self.x)} samples"
            )
        return found

    def start(self, degree: int, exponents: Complex) -> Model | None:
        """A model with these terms; None if they are too many, or dependent."""
        n, polynomials = len(self.x), self._polynomials[:, : degree + 1]
        if len(exponents) and degree + 1 + 2 * coordinates(exponents) > MOST_PARAMETERS * n:
            return None
        point = evaluate(self.x, self.y, polynomials, exponents)
        return point and Model(degree, Descent(self.x, self.y, polynomials, point))

    def settle(self, model: Model, *, degrees: bool, goal: float = math.inf) -> Model:
        """Make the best change, and move the exponents, as long as BIC falls.

        It ends where BIC would be above `goal` even if rounding alone were left of the samples.
        """
        while model.squares > self._rounding and self._value(model, self._rounding) < goal:
            best = self.least([model, *self.trials(model, degrees)])
            if best is model:
                break
            model = best
        return model

    def trials(self, model: Model, degrees: bool) -> list[Model]:
        """Models with one term more or less, after their descents; hopeless ones are left out."""
        started = (self.start(*terms) for terms in self.changes(model, degrees))
        models = [trial for trial in started if trial is not None]
        for trial in models:
            self.descend(trial, FIRST_STEPS)
        least = min(map(self.value, models), default=0.0)
        return [self.settled(trial) for trial in models if self.value(trial) < least + HOPELESS]

    def descend(self, model: Model, steps: int) -> None:
        """Move a model's exponents by at most so many steps more."""
        model.descent.advance(steps, 1e-3 / len(self.x))

    def settled(self, model: Model) -> Model:
        """The model after the rest of its descent.

        Where a tone comes to rest at the least frequency, the minimum may lie beyond, where it is
        two real exponents; that is gone on to if BIC falls.
        """
        self.descend(model, STEPS - FIRST_STEPS)
        while True:
            slowest = np.flatnonzero(model.exponents.imag == SLOWEST)
            if not len(slowest):
                return model
            beyond = self.start(model.degree, as_two_real(model.exponents, int(slowest[0])))
            if beyond is None:
                return model
            self.descend(beyond, STEPS)
            if self.least([model, beyond]) is model:
                return model
            model = beyond

    def changes(self, model: Model, degrees: bool) -> Iterator[tuple[int, Complex]]:
        """Degrees and exponents with one term more or less than a model's."""
        degree, exponents = model.degree, model.exponents
        fit = self.fit(model)
        for candidates in self._candidates:
            yield degree, np.append(exponents, candidates.best(fit))
        others = {0, degree - 1, degree + 1, degree + 2} - {degree}
        for other in sorted(others) if degrees else ():
            if 0 <= other <= HIGHEST_DEGREE:
                yield other, exponents
        if len(exponents):
            yield degree, np.delete(exponents, least_term(model.descent.point))
        for j in np.flatnonzero((exponents.imag > 0.0) & (exponents.imag < SLOW)):
            yield degree, np.append(np.delete(exponents, j), exponents[j].real)
            if exponents[j].imag > SLOWEST:
                yield degree, as_two_real(exponents, int(j))


def as_two_real(exponents: Complex, j: int) -> Complex:
    """Exponents with two real ones, about its rate, in place of the tone at index `j`."""
    rate = exponents[j].real
    apart = max(exponents[j].imag, APART * abs(rate), LEAST_APART)
    return np.append(np.delete(exponents, j), [rate - apart, rate + apart])


def least_term(point: Point) -> int:
    """Index of the exponent whose loss raises the squares least, the others held.

    For coefficients c of a term's columns the rise is ``c' V^-1 c``, V their block of the inverse
    of the normal equations' matrix.
    """
    pairs = point.exponents.imag > 0.0
    m, total = len(point.exponents), len(point.coefficients)
    first = total - m - int(np.count_nonzero(pairs))
    inverse = np.linalg.inv(point.triangle)
    rises, imaginary = [], first + m
    for j in range(m):
        rows = [first + j, imaginary] if pairs[j] else [first + j]
        imaginary += int(pairs[j])
        c, block = point.coefficients[rows], inverse[rows]
        rises.append(float(c @ np.linalg.solve(block @ block.T, c)))
    return int(np.argmin(rises))
