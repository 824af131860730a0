"""A polynomial plus a sum of real and complex exponentials, fitted by least squares.

    f(x) = sum_l a_l P_l(x) + sum_j g_j e^(s_j x) + sum_j Re[(g_j - i h_j) e^(s_j x)]

on [-1, 1], with Legendre polynomials P_l, real exponents s_j in the first sum of exponentials, and
complex ones in the second. Exponents of a positive real part grow, others decay. All derivatives
are explicit: those of an exponential are its powers of s.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import qr, solve_triangular

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.bases.legendre import legendre
from tiltyard.studies.derivatives.numerics.exponentials.exponential_descent import (
    DEPENDENT,
    Complex,
    Descent,
    evaluate,
    exponentials,
)
from tiltyard.studies.derivatives.numerics.linearised import linearised_deviations


class ExponentialFit(NamedTuple):
    """A least-squares fit with fixed exponents.

    Attributes
    ----------
    degree : int
        Degree of the polynomial.
    exponents : (m,) complex array
        Real ones have imaginary part 0; of each conjugate pair the one with Im s > 0.
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
    exponents: Complex
    coefficients: Array
    residual: Array
    squares: float
    Q: Array

    @property
    def parameters(self) -> int:
        """Real numbers that the fit has chosen: coefficients and coordinates of exponents."""
        return len(self.coefficients) + coordinates(self.exponents)


def coordinates(exponents: Complex) -> int:
    """Real coordinates of the exponents: two for each pair and one for each real exponent."""
    return len(exponents) + int(np.count_nonzero(exponents.imag))


def columns(x: Array, degree: int, exponents: Complex, order: int) -> Array:
    """Derivatives of order `order` of the functions that a fit combines: (len(x), K).

    Legendre polynomials, then the real part of ``e^(s x - |Re s|)`` for every exponent, then its
    imaginary part for those that are not real.
    """
    E = exponents**order * exponentials(x, exponents)
    return np.hstack([legendre(x, degree, order), E.real, E.imag[:, exponents.imag > 0.0]])


def exponent_columns(x: Array, fit: ExponentialFit, order: int) -> Array:
    """Derivatives (in x, of order `order`) of f's derivatives by the exponents' coordinates.

    They are, in this order, by Re s of every exponent and by Im s of those that are not real, with
    the coefficients of `columns` held: (len(x), p).
    """
    s, pairs = fit.exponents, fit.exponents.imag > 0.0
    first, m = fit.degree + 1, len(fit.exponents)
    weights = fit.coefficients[first : first + m].astype(complex)
    weights[pairs] -= 1j * fit.coefficients[first + m :]
    E = weights * exponentials(x, s)
    power = s**order
    by_s = (order * s ** (order - 1) if order else 0.0) + power * x[:, None]
    by_rate = (by_s - power * np.sign(s.real)) * E  # the scale e^(-|Re s|) changes too
    return np.hstack([by_rate.real, -(by_s * E).imag[:, pairs]])


def fit_coefficients(x: Array, y: Array, degree: int, exponents: Complex) -> ExponentialFit | None:
    """Fit polynomial and coefficients; None where the columns are numerically dependent.

    `x` and `y` are (n,) arrays of points in [-1, 1] and samples; `exponents` (m,) as in
    `ExponentialFit`.
    """
    A = columns(x, degree, exponents, 0)
    if A.shape[1] >= len(x):
        return None
    scale = np.linalg.norm(A, axis=0)
    Q, R = qr(A / scale, mode="economic", check_finite=False)
    if np.abs(np.diag(R)).min() < DEPENDENT:
        return None
    projected = Q.T @ y
    coefficients = solve_triangular(R, projected, check_finite=False) / scale
    residual = y - Q @ projected
    return ExponentialFit(degree, exponents, coefficients, residual, float(residual @ residual), Q)


def refine(
    x: Array, y: Array, fit: ExponentialFit, *, tolerance: float, iterations: int
) -> ExponentialFit:
    """Move the exponents to a local minimum of the squares (Levenberg-Marquardt, Kaufman 1975).

    Parameters
    ----------
    x, y : (n,) arrays
        Points in [-1, 1] and samples.
    fit : ExponentialFit
        Fit from which the exponents are moved.
    tolerance : float
        Relative decrease of the squares at which to stop, >= 0.
    iterations : int
        Largest number of accepted steps, >= 0; the squares never rise but for rounding.

    Returns
    -------
    ExponentialFit
        `fit` itself where its columns are nearly dependent, or the samples too few to move
        exponents.
    """
    polynomials = legendre(x, fit.degree, 0)
    start = evaluate(x, y, polynomials, fit.exponents)
    if start is None:
        return fit
    descent = Descent(x, y, polynomials, start)
    descent.advance(iterations, tolerance)
    better = fit_coefficients(x, y, fit.degree, descent.point.exponents)
    # Two factorisations may differ by rounding on what is dependent.
    return fit if better is None else better


def standard_deviations(
    x: Array, fit: ExponentialFit, x_eval: Array, orders: tuple[int, ...]
) -> Array:
    """Standard deviations ``(len(orders), m)`` of f's derivatives at `x_eval`.

    Coefficients and exponents both vary, linearised; the noise's variance is that of the residual.
    """

    def gradient(points: Array, order: int) -> Array:
        linear = columns(points, fit.degree, fit.exponents, order)
        return np.hstack([linear, exponent_columns(points, fit, order)])

    variance = fit.squares / max(len(x) - fit.parameters, 1)
    return linearised_deviations(gradient, x, x_eval, orders, variance)
