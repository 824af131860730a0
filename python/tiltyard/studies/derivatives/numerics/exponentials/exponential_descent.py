"""Least squares over the exponents of a sum of exponentials, by variable projection.

The coefficients of

    f(x) = sum_l a_l P_l(x) + sum_j Re[(g_j - i h_j) e^(s_j x)],    x in [-1, 1]

(h_j = 0 for real s_j) are linear, so that the squares are a function of the exponents alone (Golub
& Pereyra 1973), whose gradient needs only the part of the exponents' columns that is orthogonal to
the linear ones (Kaufman 1975). These columns are combinations of ``Re x e^(s x)`` and
``Im x e^(s x)``. So one triangular factor of [linear columns, columns with x, samples] has all that
a step needs, and no orthogonal basis is formed on the way.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.indistinct_squares import indistinct

Complex = NDArray[np.complex128]
Indices = NDArray[np.intp]

#: A column of which the others leave less than this share counts as dependent on them.
DEPENDENT = 1e-12
#: The same on the way of a descent, so that it ends where nothing is dependent.
NEARLY_DEPENDENT = 1e-11
TINY = float(np.finfo(float).tiny)  # least weight of a coordinate
STEEPEST = 1.0  # e-foldings of growth or decay in a mean sample step, at most
FASTEST = 0.8  # frequency in units of that of Nyquist, at most
SLOWEST = 0.05  # least |s| of a real exponent and least frequency: below, it is a polynomial
FIRST_DAMPING = 1e-3  # of Levenberg and Marquardt, relative to the curvature
TRIES = 8  # of a step with ever more damping
LEAST_CURVATURE = 1e-3  # of a coordinate in the damping, relative to the largest
#: Longest step: of a rate in units of max(|s|, 1), of a frequency in those of 2, where 3 is a
#: period more on the record.
LONGEST_STEP = 0.7


def bounds(n: int) -> tuple[float, float]:
    """Largest ``|Re s|`` and largest frequency ``Im s`` that `n` samples on [-1, 1] show."""
    per_half = 0.5 * (n - 1)
    return STEEPEST * per_half, FASTEST * np.pi * per_half


def exponentials(x: Array, exponents: Complex) -> Complex:
    """``e^(s x - |Re s|)`` (m, len(exponents)): the largest value on [-1, 1] is 1."""
    return np.asarray(np.exp(exponents * x[:, None] - np.abs(exponents.real)))


class Point(NamedTuple):
    """Least squares at given exponents, and their linearisation in the exponents.

    Attributes
    ----------
    exponents : (m,) complex array
        Real ones have imaginary part 0, the others stand for a conjugate pair and have Im s > 0.
    coefficients : (K,) array
        Of the polynomials, of all real parts, and of the imaginary parts of pairs.
    triangle : (K, K) array
        Upper triangular factor of the linear columns.
    slopes : (p, p) array
        Derivatives of the fitted samples in the coordinates Re s of all and Im s of pairs, less
        their part along the linear columns, in orthonormal directions.
    left : (p + 1,) array
        Samples that are left over, in these directions and one more.
    squares : float
        Sum of squares that is left, that of `left`.
    """

    exponents: Complex
    coefficients: Array
    triangle: Array
    slopes: Array
    left: Array
    squares: float


class Layout(NamedTuple):
    """Where the parts of a `Point` lie that belong to real exponents and to pairs.

    Attributes
    ----------
    pairs : array of int
        Indices of those exponents that stand for a pair.
    p : int
        Coordinates of all exponents, and their columns.
    rows, columns : arrays of int
        Places in a (p, p) array that has, for each coordinate, the factors of the columns with x:
        those of g for all real parts, of h and h for pairs, of -g for pairs.
    """

    pairs: Indices
    p: int
    rows: Indices
    columns: Indices


@lru_cache(maxsize=1024)
def _layout(pairs: tuple[bool, ...]) -> Layout:
    m, index = len(pairs), np.flatnonzero(pairs)
    real, imaginary = np.arange(m), m + np.arange(len(index))
    rows = np.concatenate([real, imaginary, index, imaginary])
    places = np.concatenate([real, index, imaginary, imaginary])
    return Layout(index, m + len(index), rows, places)


@lru_cache(maxsize=256)
def _upper(size: int) -> NDArray[np.bool_]:
    return np.tri(size, dtype=bool).T


def evaluate(x: Array, y: Array, polynomials: Array, exponents: Complex) -> Point | None:
    """Least squares for the given exponents.

    Parameters
    ----------
    x, y : (n,) arrays
        Points in [-1, 1] and samples.
    polynomials : (n, d) array
        Columns that are there whatever the exponents are.
    exponents : (m,) complex array

    Returns
    -------
    Point or None
        None where the columns are numerically dependent, or as many as the samples.
    """
    pairs, p, rows, places = _layout(tuple((exponents.imag > 0.0).tolist()))
    n, first, m = len(x), polynomials.shape[1], len(exponents)
    K = first + p
    if K + p >= n:
        return None
    E = exponentials(x, exponents)
    A = np.empty((n, K + p + 1), order="F")
    A[:, :first] = polynomials
    A[:, first : first + m] = E.real
    A[:, first + m : K] = E.imag.take(pairs, axis=1)
    np.multiply(A[:, first:K], x[:, None], out=A[:, K : K + p])
    A[:, -1] = y
    factor = lapack.dgeqrf(A, overwrite_a=True)[0]
    R = factor[:K, :K] * _upper(K)
    if (R.diagonal() ** 2 < NEARLY_DEPENDENT**2 * np.add.reduce(R * R)).any():
        return None
    coefficients = lapack.dtrtrs(R, factor[:K, -1])[0]
    g, h = coefficients[first : first + m], coefficients[first + m :]
    factors = np.zeros((p, p))
    factors[rows, places] = np.concatenate([g, h, h, -g[pairs]])
    slopes = (factor[K : K + p, K : K + p] * _upper(p)) @ factors
    left = factor[K : K + p + 1, -1].copy()
    return Point(exponents, coefficients, R, slopes, left, float(left @ left))


def moved(exponents: Complex, step: Array, n: int) -> Complex:
    """Exponents after a step in Re s of all and Im s of pairs, kept within the bounds.

    A real exponent that would come to rest within `SLOWEST` of 0 stays on the side it came from.
    """
    steepest, fastest = bounds(n)
    m, pairs = len(exponents), exponents.imag > 0.0
    there = exponents.copy()
    there.real = real = np.minimum(np.maximum(exponents.real + step[:m], -steepest), steepest)
    if len(step) < 2 * m:
        slow = ~pairs & (np.abs(real) < SLOWEST)
        there.real[slow] = np.copysign(SLOWEST, exponents.real[slow])
    if len(step) > m:
        imaginary = exponents.imag[pairs] + step[m:]
        there.imag[pairs] = np.minimum(np.maximum(imaginary, SLOWEST), fastest)
    return there


class Descent:
    """Levenberg and Marquardt's descent of the squares, which may be halted and continued.

    Attributes
    ----------
    point : Point
        Where it is; its squares never rise but for rounding.
    settled : bool
        Whether it has arrived: the last step gained too little, or no step gains.
    """

    def __init__(self, x: Array, y: Array, polynomials: Array, start: Point) -> None:
        self._x, self._y, self._polynomials = x, y, polynomials
        self.point = start
        self.settled = not len(start.exponents)
        self._damping = FIRST_DAMPING

    def advance(self, steps: int, tolerance: float) -> None:
        """Take at most `steps` steps, and stop where one lowers the squares by `tolerance` or less.

        `tolerance` is relative to the squares. A step that changes them by rounding alone is the
        last: its length shows the minimum's place where the squares do not any more.
        """
        for _ in range(steps):
            if self.settled:
                return
            better = self._step()
            if better is None:
                self.settled = True
                return
            drop, self.point = self.point.squares - better.squares, better
            least = max(tolerance * better.squares, indistinct(better.squares, self._y))
            self.settled = drop <= least
            self._damping *= 0.2

    def _step(self) -> Point | None:
        """The first point with squares not above, as the damping rises; None if there is none."""
        slopes, left, exponents = self.point.slopes, self.point.left, self.point.exponents
        p, m = len(slopes), len(exponents)
        weights = np.sqrt(np.add.reduce(slopes * slopes))
        weights = np.maximum(weights, max(LEAST_CURVATURE * float(weights.max()), TINY))
        sizes = np.full(p, 2.0)
        np.maximum(np.abs(exponents), 1.0, out=sizes[:m])
        stacked, target = np.zeros((2 * p, p), order="F"), np.zeros(2 * p)
        stacked[:p], target[:p] = slopes, left[:p]
        below, squares = stacked[p:], self.point.squares
        highest = squares + indistinct(squares, self._y)
        for _ in range(TRIES):
            below.flat[:: p + 1] = math.sqrt(self._damping) * weights
            step = lapack.dgels(stacked, target)[1][:p]
            step = step / max(1.0, float((np.abs(step) / sizes).max()) / LONGEST_STEP)
            there = moved(exponents, step, len(self._x))
            trial = evaluate(self._x, self._y, self._polynomials, there)
            if trial is not None and trial.squares <= highest:
                return trial
            self._damping *= 5.0
        return None
