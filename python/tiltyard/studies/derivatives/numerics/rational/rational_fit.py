"""Least squares of a polynomial and partial fractions with given poles.

For given poles p_j the rational function

    r(x) = sum_l a_l P_l(x) + Re sum_j g_j / (x - p_j)

is linear in a_l and g_j. A pair of complex poles is represented by the one in the upper half plane.
All derivatives of r are explicit, and free of the cancellation near support points from which
derivatives of barycentric formulas suffer. `rational_refinement` moves the poles.
"""

from __future__ import annotations

from math import factorial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from tiltyard.studies.derivatives.numerics.bases.legendre import legendre
from tiltyard.studies.derivatives.numerics.linearised import linearised_deviations

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

#: A column of which the others leave less than this share counts as dependent on them.
DEPENDENT = 1e-12


class RationalFit(NamedTuple):
    """A least-squares fit with fixed poles.

    Attributes
    ----------
    degree : int
        Degree of the polynomial.
    poles : (m,) complex array
        One of each conjugate pair, imaginary part positive; real poles outside [-1, 1].
    coefficients : (K,) array
        Coefficients of the functions of `columns`.
    residual : (n,) array
        Samples less fitted values.
    squares : float
        Sum of squares of `residual`.
    Q : (n, K) array
        Orthonormal basis of the columns.
    """

    degree: int
    poles: Complex
    coefficients: Array
    residual: Array
    squares: float
    Q: Array

    @property
    def parameters(self) -> int:
        """Real numbers that the fit has chosen: coefficients and coordinates of poles."""
        return len(self.coefficients) + coordinates(self.poles)


def coordinates(poles: Complex) -> int:
    """Real coordinates of the poles: two for each pair and one for each real pole."""
    return len(poles) + int(np.count_nonzero(poles.imag))


def distances(poles: Complex) -> Array:
    """Distance of each pole from the interval [-1, 1]."""
    return np.hypot(np.maximum(np.abs(poles.real) - 1.0, 0.0), poles.imag)


def columns(x: Array, degree: int, poles: Complex, order: int) -> Array:
    """Derivatives of the functions that a fit combines: (len(x), K).

    Legendre polynomials, then the real part of ``1 / (x - p)`` for every pole, then its imaginary
    part for those that are not real.
    """
    fractions = (-1) ** order * factorial(order) / (x[:, None] - poles) ** (order + 1)
    pairs = poles.imag > 0.0
    return np.hstack([legendre(x, degree, order), fractions.real, fractions.imag[:, pairs]])


class Placed(NamedTuple):
    """Poles and what they leave of the samples: all that tells good places from bad ones.

    Attributes
    ----------
    poles : (m,) complex array
        As in `RationalFit`.
    fractions : (n, m) complex array
        ``1 / (x - p)`` for each of them.
    factor : (n, K + 1) array
        Householder's factorisation of [columns, samples], as LAPACK stores it.
    reflectors : (K + 1,) array
        Scalar factors of its reflectors.
    squares : float
        Sum of squares that the columns leave of the samples.
    """

    poles: Complex
    fractions: Complex
    factor: Array
    reflectors: Array
    squares: float

    @property
    def coefficients(self) -> Array:
        """Coefficients (K,) of the columns."""
        K = self.factor.shape[1] - 1
        return np.asarray(lapack.dtrtrs(self.factor[:K, :K], self.factor[:K, K])[0])

    def fit(self, y: Array) -> RationalFit:
        """The whole fit to the samples `y`."""
        K = self.factor.shape[1] - 1
        Q = lapack.dorgqr(self.factor[:, :K], self.reflectors[:K])[0]
        residual = y - Q @ self.factor[:K, K]
        degree = K - 1 - coordinates(self.poles)
        squares = float(residual @ residual)
        return RationalFit(degree, self.poles, self.coefficients, residual, squares, Q)


def place(x: Array, y: Array, polynomials: Array, poles: Complex) -> Placed | None:
    """Project the samples on polynomials and fractions.

    Parameters
    ----------
    x, y : (n,) arrays
        Points in [-1, 1] and samples.
    polynomials : (n, degree + 1) array
        Values of the Legendre polynomials.
    poles : (m,) complex array
        As in `RationalFit`.

    Returns
    -------
    Placed or None
        None where the columns are numerically dependent, or as many as the samples.
    """
    pairs = (poles.imag > 0.0).nonzero()[0]
    first, m = polynomials.shape[1], len(poles)
    K = first + m + len(pairs)
    if len(x) <= K:
        return None
    fractions = 1.0 / (x[:, None] - poles)
    A = np.empty((len(x), K + 1), order="F")
    A[:, :first] = polynomials
    A[:, first : first + m] = fractions.real
    A[:, first + m : K] = fractions.imag.take(pairs, axis=1)
    A[:, K] = y
    norms = np.einsum("ij,ij->j", A, A)[:K]
    factor, reflectors, _, _ = lapack.dgeqrf(A, overwrite_a=True)
    diagonal = factor.diagonal()
    if (diagonal[:K] ** 2 < DEPENDENT**2 * norms).any():
        return None
    return Placed(poles, fractions, factor, reflectors, float(diagonal[K] ** 2))


def fit_residues(x: Array, y: Array, degree: int, poles: Complex) -> RationalFit | None:
    """Fit polynomial and residues; None where `place` finds the columns dependent, or too many."""
    placed = place(x, y, legendre(x, degree, 0), poles)
    return placed and placed.fit(y)


def residues(coefficients: Array, poles: Complex) -> Complex:
    """The complex residues g (m,) that coefficients of the functions of `columns` stand for."""
    pairs = poles.imag > 0.0
    m, imaginary = len(poles), int(np.count_nonzero(pairs))
    real = len(coefficients) - imaginary
    g = coefficients[real - m : real].astype(complex)
    g.imag[pairs] = -coefficients[real:]
    return np.asarray(g)


def pole_columns(x: Array, fit: RationalFit, order: int) -> Array:
    """Derivatives (in x, of order `order`) of r's derivatives in the coordinates of `by_place`."""
    slope = (-1) ** order * factorial(order + 1) * residues(fit.coefficients, fit.poles)
    return by_place(slope / (x[:, None] - fit.poles) ** (order + 2), fit.poles)


def by_place(change: Complex, poles: Complex) -> Array:
    """Real derivatives (n, p) in the poles' coordinates, from complex ones (n, m) in the poles.

    Coordinates are, in this order: for each pair the real part in units of the distance from
    [-1, 1], for each pair the logarithm of the imaginary part, for each real pole the logarithm of
    its distance.
    """
    far, is_pair = distances(poles), poles.imag > 0.0
    pairs, singles = is_pair.nonzero()[0], (~is_pair).nonzero()[0]
    split = 2 * len(pairs)
    J = np.empty((len(change), split + len(singles)), order="F")
    paired = change.take(pairs, axis=1)
    np.multiply(paired.real, far[pairs], out=J[:, : len(pairs)])
    np.multiply(paired.imag, -poles.imag[pairs], out=J[:, len(pairs) : split])
    outward = np.copysign(far[singles], poles.real[singles])
    np.multiply(change.real.take(singles, axis=1), outward, out=J[:, split:])
    return J


def most_useful_pole(x: Array, fit: RationalFit, candidates: Complex) -> complex:
    """The candidate (none real) whose pair, added to the fit, lowers the squares most."""
    fractions = 1.0 / (x[:, None] - candidates)
    a, b = fractions.real, fractions.imag
    a = a - fit.Q @ (fit.Q.T @ a)
    b = b - fit.Q @ (fit.Q.T @ b)
    aa = np.maximum((a * a).sum(axis=0), np.finfo(float).tiny)
    b = b - a * ((a * b).sum(axis=0) / aa)
    bb = np.maximum((b * b).sum(axis=0), np.finfo(float).tiny)
    explained = (fit.residual @ a) ** 2 / aa + (fit.residual @ b) ** 2 / bb
    return complex(candidates[np.argmax(explained)])


def standard_deviations(
    x: Array, fit: RationalFit, x_eval: Array, orders: tuple[int, ...]
) -> Array:
    """Standard deviations of r's derivatives at `x_eval` by linearised least squares.

    Residues and poles both vary.
    """

    def gradient(points: Array, order: int) -> Array:
        return np.hstack(
            [columns(points, fit.degree, fit.poles, order), pole_columns(points, fit, order)]
        )

    variance = fit.squares / max(len(x) - fit.parameters, 1)
    return linearised_deviations(gradient, x, x_eval, orders, variance)
