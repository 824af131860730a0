"""The poles of a rational function, moved to where the squares are least.

Polynomial and residues follow from the poles by least squares, so that only the poles are left to
optimise (variable projection: Golub & Pereyra 1973), with the Jacobian of Kaufman (1975). Of the
fit's derivatives in the poles that needs only the part which is orthogonal to the linear columns:
their reflectors give it, and no orthogonal basis is formed on the way.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from tiltyard.studies.derivatives.numerics.bases.legendre import legendre
from tiltyard.studies.derivatives.numerics.indistinct_squares import indistinct
from tiltyard.studies.derivatives.numerics.rational.rational_fit import (
    DEPENDENT,
    Array,
    Complex,
    Placed,
    RationalFit,
    by_place,
    distances,
    place,
    residues,
)

FARTHEST = 50.0  # largest distance of a pole from 0, the middle of the record
LONGEST_STEP = 0.7  # of a pole, in units of its distance, or of that distance's logarithm
FIRST_DAMPING = 1e-3  # of Levenberg and Marquardt, relative to the curvature
FALL, RISE = 0.2, 5.0  # of the damping after a step that gains, and after one that does not
LEAST_CURVATURE = 1e-3  # of a coordinate in the damping, relative to the largest
TRIES = 9  # of a step with ever more damping
TINY = float(np.finfo(float).tiny)  # least weight of a coordinate
POLISHING_STEPS = 30


def moved(poles: Complex, step: Array, nearest: float) -> Complex:
    """Poles after a step in the coordinates of `by_place`, kept between two distances.

    They stay at least `nearest` away from [-1, 1], and at most `FARTHEST` away from 0.
    """
    is_pair, far, result = poles.imag > 0.0, distances(poles), poles.copy()
    pairs, singles = is_pair.nonzero()[0], (~is_pair).nonzero()[0]
    count = len(pairs)
    if count:
        real = poles.real[pairs] + step[:count] * far[pairs]
        outside = np.maximum(np.abs(real) - 1.0, 0.0)
        lowest = np.sqrt(np.maximum(nearest**2 - outside**2, (1e-3 * nearest) ** 2))
        result.real[pairs] = real
        result.imag[pairs] = np.maximum(poles.imag[pairs] * np.exp(step[count : 2 * count]), lowest)
    if len(singles):
        distance = np.maximum(far[singles] * np.exp(step[2 * count :]), nearest)
        result.real[singles] = np.copysign(1.0 + distance, poles.real[singles])
    size = np.abs(result)
    return result if (size <= FARTHEST).all() else result * np.minimum(1.0, FARTHEST / size)


@lru_cache(maxsize=1024)
def _upper(rows: int, columns: int) -> NDArray[np.bool_]:
    return np.tri(columns, rows, dtype=bool).T


class Descent:
    """Levenberg and Marquardt's descent of the squares, which may be halted and continued.

    Parameters
    ----------
    x, y : (n,) arrays
        Points in [-1, 1] and samples.
    fit : RationalFit
        Fit from which the poles are moved. One that leaves less than two samples over is kept.
    nearest : float
        Least distance of a pole from [-1, 1], > 0.

    Attributes
    ----------
    settled : bool
        Whether it has arrived: the last step gained too little, or no step gains.
    """

    def __init__(self, x: Array, y: Array, fit: RationalFit, nearest: float) -> None:
        self._x, self._y, self._nearest = x, y, nearest
        self._polynomials = legendre(x, fit.degree, 0)
        self._start, self._damping = fit, FIRST_DAMPING
        can_move = len(fit.poles) and len(fit.coefficients) + 1 < len(x)
        self._here = place(x, y, self._polynomials, fit.poles) if can_move else None
        self.settled = self._here is None

    @property
    def poles(self) -> Complex:
        """Poles where it is."""
        return self._start.poles if self._here is None else self._here.poles

    @property
    def squares(self) -> float:
        """Squares that are left; they never rise but for rounding."""
        return self._start.squares if self._here is None else self._here.squares

    @property
    def fit(self) -> RationalFit:
        """The fit where it is: the very one that it began with if no pole was moved."""
        if self._here is None or self._here.poles is self._start.poles:
            return self._start
        return self._here.fit(self._y)

    def advance(self, steps: int, tolerance: float) -> None:
        """Take at most `steps` steps, and stop where one lowers the squares by `tolerance` or less.

        `tolerance` is relative to the squares. A step that changes them by rounding alone is the
        last.
        """
        for _ in range(steps):
            if self.settled or self._here is None:
                return
            better = self._descended(self._here)
            if better is None:
                self.settled = True
                return
            drop, self._here = self._here.squares - better.squares, better
            self.settled = drop <= max(
                tolerance * better.squares, indistinct(better.squares, self._y)
            )
            self._damping *= FALL

    def polish(self) -> None:
        """Take undamped Gauss-Newton steps while they shorten, to place the minimum more exactly.

        Within the square root of machine epsilon around the minimum the squares are constant up to
        rounding and do not show its place; the lengths of the steps do.
        """
        shortest = math.inf
        for _ in range(POLISHING_STEPS):
            if self._here is None:
                return
            step = _undamped_step(*linearised(self._here))
            length = math.inf if step is None else float(np.abs(step).max())
            # Before a pole is moved, since exp(step) overflows.
            if step is None or not length <= min(0.9 * shortest, 1e-2):
                return
            trial, squares = self._stepped(self._here, step), self._here.squares
            highest = squares * (1.0 + 1e-9) + indistinct(squares, self._y)
            if trial is None or trial.squares > highest:
                return
            shortest, self._here = length, trial

    def _stepped(self, here: Placed, step: Array) -> Placed | None:
        there = moved(here.poles, step, self._nearest)
        return place(self._x, self._y, self._polynomials, there)

    def _descended(self, here: Placed) -> Placed | None:
        """The first places with squares not above, as the damping rises; None if there are none."""
        slopes, left = linearised(here)
        rows, p = slopes.shape
        weights = np.sqrt(np.einsum("ij,ij->j", slopes, slopes))
        weights = np.maximum(weights, max(LEAST_CURVATURE * float(weights.max()), TINY))
        stacked, target = np.zeros((rows + p, p), order="F"), np.zeros(rows + p)
        stacked[:rows], target[0] = slopes, left
        highest = here.squares + indistinct(here.squares, self._y)
        for _ in range(TRIES):
            stacked[rows:].flat[:: p + 1] = math.sqrt(self._damping) * weights
            step = lapack.dgels(stacked, target)[1][:p]
            step = np.minimum(np.maximum(step, -LONGEST_STEP), LONGEST_STEP)
            trial = self._stepped(here, step)
            if trial is not None and trial.squares <= highest:
                return trial
            self._damping *= RISE
        return None


def linearised(here: Placed) -> tuple[Array, float]:
    """Derivatives of the fitted samples in the poles' coordinates, and the samples left over.

    Both are given in orthonormal directions of what is orthogonal to the linear columns. The first
    of these is the residual's.

    Returns
    -------
    slopes : (r, p) array
    left : float
        The residual's coordinate in the first direction; it has no others.
    """
    K = here.factor.shape[1] - 1
    change = here.fractions * here.fractions
    change *= residues(here.coefficients, here.poles)
    J = by_place(change, here.poles)
    J = lapack.dormqr("L", "T", here.factor, here.reflectors, J, J.shape[1], overwrite_c=True)[0]
    p = J.shape[1]
    below = lapack.dgeqrf(J[K + 1 :])[0][:p]
    slopes = np.empty((1 + len(below), p))
    slopes[0] = J[K]
    np.multiply(below, _upper(*below.shape), out=slopes[1:])
    return slopes, float(here.factor[K, K])


def _undamped_step(slopes: Array, left: float) -> Array | None:
    """The step of Gauss and Newton; None where the directions are dependent."""
    p = slopes.shape[1]
    if len(slopes) < p:
        return None
    weights = np.maximum(np.linalg.norm(slopes, axis=0), TINY)
    A = np.zeros((len(slopes), p + 1), order="F")
    A[:, :p], A[0, p] = slopes / weights, left
    R = lapack.dgeqrf(A, overwrite_a=True)[0]
    if np.abs(R.diagonal()[:p]).min() < DEPENDENT:
        return None
    return np.asarray(lapack.dtrtrs(R[:p, :p], R[:p, p])[0] / weights)


def refine(
    x: Array, y: Array, fit: RationalFit, *, nearest: float, tolerance: float, iterations: int
) -> RationalFit:
    """Move the poles to a local minimum of the squares (Levenberg-Marquardt).

    Parameters
    ----------
    x, y : (n,) arrays
        Points in [-1, 1] and samples.
    fit : RationalFit
        Fit from which the poles are moved.
    nearest : float
        Least distance of a pole from [-1, 1], > 0.
    tolerance : float
        Relative decrease of the squares at which to stop, > 0. A step that changes them by rounding
        alone is the last.
    iterations : int
        Largest number of accepted steps, >= 0; the squares never rise but for rounding.
    """
    descent = Descent(x, y, fit, nearest)
    descent.advance(iterations, tolerance)
    return descent.fit


def polish(x: Array, y: Array, fit: RationalFit, *, nearest: float) -> RationalFit:
    """Place the minimum more exactly, from near it: `Descent.polish`."""
    descent = Descent(x, y, fit, nearest)
    descent.polish()
    return descent.fit
