"""Least squares of a polynomial and partial fractions, and of the poles' places.

For given poles p_j the rational function

    r(x) = sum_l a_l P_l(x) + Re sum_j g_j / (x - p_j)

is linear in a_l and g_j, so that only the poles are left to optimise (variable projection: Golub &
Pereyra 1973). A pair of complex poles is represented by the one in the upper half plane. All
derivatives of r are explicit, and free of the cancellation near support points from which
derivatives of barycentric formulas suffer.
"""

from __future__ import annotations

from math import factorial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr, solve_triangular

from tiltyard.studies.derivatives.numerics.bases.legendre import legendre
from tiltyard.studies.derivatives.numerics.indistinct_squares import indistinct
from tiltyard.studies.derivatives.numerics.linearised import linearised_deviations

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

#: A column of which the others leave less than this share counts as dependent on them.
DEPENDENT = 1e-12
FARTHEST = 50.0  # largest distance of a pole from 0, the middle of the record
LONGEST_STEP = 0.7  # of a pole, in units of its distance, or of that distance's logarithm
LEAST_CURVATURE = 1e-3  # of a parameter in the damping, relative to the largest


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


def fit_residues(x: Array, y: Array, degree: int, poles: Complex) -> RationalFit | None:
    """Fit polynomial and residues; None where the columns are numerically dependent."""
    A = columns(x, degree, poles, 0)
    if A.shape[1] >= len(x):
        return None
    scale = np.linalg.norm(A, axis=0)
    Q, R = qr(A / scale, mode="economic", check_finite=False)
    if np.abs(np.diag(R)).min() < DEPENDENT:
        return None
    projected = Q.T @ y
    coefficients = solve_triangular(R, projected, check_finite=False) / scale
    residual = y - Q @ projected
    return RationalFit(degree, poles, coefficients, residual, float(residual @ residual), Q)


def pole_columns(x: Array, fit: RationalFit, order: int) -> Array:
    """Derivatives (in x, of order `order`) of r's derivatives in the poles' coordinates.

    Coordinates are, in this order: for each pair the real part in units of the distance from
    [-1, 1], for each pair the logarithm of the imaginary part, for each real pole the logarithm of
    its distance.
    """
    poles, pairs = fit.poles, fit.poles.imag > 0.0
    first = fit.degree + 1
    residues = fit.coefficients[first : first + len(poles)].astype(complex)
    residues[pairs] -= 1j * fit.coefficients[first + len(poles) :]
    slope = (-1) ** order * factorial(order + 1) * residues
    change = slope / (x[:, None] - poles) ** (order + 2)
    outward = np.sign(poles.real) * distances(poles)
    return np.hstack(
        [
            change.real[:, pairs] * distances(poles)[pairs],
            -change.imag[:, pairs] * poles.imag[pairs],
            change.real[:, ~pairs] * outward[~pairs],
        ]
    )


def moved(poles: Complex, step: Array, nearest: float) -> Complex:
    """Poles after a step in the coordinates of `pole_columns`, kept between two distances.

    They stay at least `nearest` away from [-1, 1], and at most `FARTHEST` away from 0.
    """
    pairs = poles.imag > 0.0
    count = int(np.count_nonzero(pairs))
    result = poles.copy()
    far = distances(poles)
    real = poles.real[pairs] + step[:count] * far[pairs]
    outside = np.maximum(np.abs(real) - 1.0, 0.0)
    lowest = np.sqrt(np.maximum(nearest**2 - outside**2, (1e-3 * nearest) ** 2))
    imaginary = poles.imag[pairs] * np.exp(step[count : 2 * count])
    result[pairs] = real + 1j * np.maximum(imaginary, lowest)
    distance = np.maximum(far[~pairs] * np.exp(step[2 * count :]), nearest)
    result[~pairs] = np.sign(poles.real[~pairs]) * (1.0 + distance)
    return np.asarray(result * np.minimum(1.0, FARTHEST / np.abs(result)))


def refine(
    x: Array, y: Array, fit: RationalFit, *, nearest: float, tolerance: float, iterations: int
) -> RationalFit:
    """Move the poles to a local minimum of the squares (Levenberg-Marquardt, Kaufman 1975).

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
    damping = 1e-3
    for _ in range(iterations):
        J = pole_columns(x, fit, 0)
        if not J.shape[1]:
            break
        J -= fit.Q @ (fit.Q.T @ J)
        better, damping = _damped_step(x, y, fit, J, damping, nearest)
        if better is None:
            break
        drop, fit = fit.squares - better.squares, better
        if drop <= max(tolerance * fit.squares, indistinct(fit.squares, y)):
            break
        damping *= 0.2
    return fit


def polish(x: Array, y: Array, fit: RationalFit, *, nearest: float) -> RationalFit:
    """Take undamped Gauss-Newton steps while they shorten, to place the minimum more exactly.

    Within the square root of machine epsilon around the minimum the squares are constant up to
    rounding and do not show its place; the lengths of the steps do.
    """
    shortest = np.inf
    for _ in range(30):
        J = pole_columns(x, fit, 0)
        if not J.shape[1]:
            break
        J -= fit.Q @ (fit.Q.T @ J)
        weights = np.maximum(np.linalg.norm(J, axis=0), np.finfo(float).tiny)
        R = qr(np.column_stack([J / weights, fit.residual]), mode="r", check_finite=False)[0]
        k = len(weights)
        if np.abs(np.diag(R)[:k]).min() < DEPENDENT:
            break
        step = solve_triangular(R[:k, :k], R[:k, k], check_finite=False) / weights
        length = float(np.abs(step).max())
        if not length <= min(0.9 * shortest, 1e-2):  # before a pole is moved: exp(step) overflows
            break
        trial = fit_residues(x, y, fit.degree, moved(fit.poles, step, nearest))
        rounding = indistinct(fit.squares, y)
        if trial is None or trial.squares > fit.squares * (1.0 + 1e-9) + rounding:
            break
        shortest, fit = length, trial
    return fit


def _damped_step(
    x: Array, y: Array, fit: RationalFit, J: Array, damping: float, nearest: float
) -> tuple[RationalFit | None, float]:
    """Try steps of rising damping until the squares are not above; None if nine do not help."""
    weights = np.linalg.norm(J, axis=0)
    weights = np.maximum(weights, max(LEAST_CURVATURE * weights.max(), np.finfo(float).tiny))
    stacked = np.zeros((len(J) + len(weights), len(weights) + 1))
    stacked[: len(J), :-1], stacked[: len(J), -1] = J, fit.residual
    highest = fit.squares + indistinct(fit.squares, y)
    for _ in range(9):
        stacked[len(J) :, :-1] = np.diag(np.sqrt(damping) * weights)
        R = qr(stacked, mode="r", check_finite=False)[0]
        k = len(weights)
        step = solve_triangular(R[:k, :k], R[:k, k], check_finite=False)
        step = np.clip(step, -LONGEST_STEP, LONGEST_STEP)
        trial = fit_residues(x, y, fit.degree, moved(fit.poles, step, nearest))
        if trial is not None and trial.squares <= highest:
            return trial, damping
        damping *= 5.0
    return None, damping


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
