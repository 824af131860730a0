"""Least-squares polynomial series on [-1, 1], of a fixed degree or of one chosen by a criterion."""

from __future__ import annotations

import numpy as np

from tiltyard.studies.derivatives.contract import (
    ESTIMATORS,
    NOT_FALLING,
    Array,
    Estimate,
    estimator,
)
from tiltyard.studies.derivatives.numerics.bases.nested_basis import (
    aicc,
    fit_nested,
    gcv,
    rounding_squares,
)
from tiltyard.studies.derivatives.numerics.bases.series import (
    differentiate_polynomials,
    first,
    polynomial_basis,
    stable_count,
)
from tiltyard.studies.derivatives.numerics.scaling import unit_time

HIGHEST_DEGREE = 120
FIXED_DEGREE = 20
#: Degrees of `chebyshev_aicc`.
AICC_DEGREES = (3, 30)


@estimator(
    "chebyshev",
    oracle="oracle_chebyshev",
    family="spectral",
    exact_degree=9,
    min_samples=14,
    standard_deviation=True,
    cites=("brubeck2021vandermonde", "allen1974relationship"),
)
def chebyshev(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the least-squares Chebyshev series whose degree predicts best.

    The series is the least-squares polynomial of its degree, whatever basis it is computed in;
    here polynomials orthonormal on the samples take the place of T_k, because the columns T_k(x_i)
    become dependent at even samples beyond a degree of about 2 sqrt(n). Degrees up to
    min(n - 4, 120) compete by the sum of squared leave-one-out residuals (PRESS, Allen 1974):
    AICc and GCV depend on the residuals alone and choose degrees whose polynomial oscillates
    between the outermost samples, where a left-out sample is predicted worst. Standard deviations
    are those of the coefficients with the residual variance, at the chosen degree.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time], evenly spaced or not, and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k.

    Returns
    -------
    Estimate
        Values and standard deviations ``(len(orders), m)`` [signal / time**k]; ``degree``.

    References
    ----------
    Brubeck, Nakatsukasa & Trefethen (2021), SIAM Rev. 63, 405-415, algorithm of section 2.
    """
    basis = polynomial_basis(unit_time(t, t).x, _highest(len(t)))
    predicted = fit_nested(basis, y - np.mean(y)).prediction_squares
    degree = int(np.argmin(np.maximum(predicted, rounding_squares(y))))
    return fit_degree(t, y, t_eval, orders, degree)


@estimator(
    "chebyshev_gcv",
    oracle="oracle_chebyshev",
    family="spectral",
    exact_degree=9,
    min_samples=14,
    standard_deviation=True,
    cites=("brubeck2021vandermonde", "craven1978smoothing"),
)
def chebyshev_gcv(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the least-squares Chebyshev series whose degree minimises GCV.

    The degrees compete by generalised cross-validation (Craven & Wahba 1978), which depends on the
    residuals at the samples only. So the degree is bounded: midway between samples the variance of
    the fit must be at most 4 times that of one sample, a bound of about 3 sqrt(n) at even samples.
    Parameters and result as for `chebyshev`.
    """
    x = unit_time(t, t).x
    basis = polynomial_basis(x, _highest(len(t)))
    count = stable_count(differentiate_polynomials(basis, 0.5 * (x[:-1] + x[1:]), 1)[:, 0])
    squares = fit_nested(first(basis, count), y - np.mean(y)).residual_squares
    criterion = gcv(squares, np.arange(1.0, count + 1), len(t), rounding_squares(y))
    return fit_degree(t, y, t_eval, orders, int(np.argmin(criterion)))


@estimator(
    "chebyshev_aicc",
    oracle="oracle_chebyshev",
    family="spectral",
    exact_degree=20,
    min_samples=8,
    standard_deviation=True,
    cites=("brubeck2021vandermonde", "hurvich1989regression"),
    prior_names=("Chebyshev-AICc",),
)
def chebyshev_aicc(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the least-squares Chebyshev series of degree 3 ... min(30, n - 4) by AICc.

    The settings of the earlier study. AICc (Hurvich & Tsai 1989) counts the noise variance as a
    parameter, which leaves degrees up to n - 4. Parameters and result as for `chebyshev`.
    """
    lowest, highest = AICC_DEGREES
    basis = polynomial_basis(unit_time(t, t).x, min(highest, len(t) - 4))
    squares = fit_nested(basis, y - np.mean(y)).residual_squares
    criterion = aicc(squares, np.arange(1.0, len(squares) + 1), len(t), rounding_squares(y))
    return fit_degree(t, y, t_eval, orders, lowest + int(np.argmin(criterion[lowest:])))


@estimator(
    "chebyshev_fixed",
    family="spectral",
    exact_degree=20,
    min_samples=9,
    standard_deviation=True,
    cites=("brubeck2021vandermonde",),
    prior_names=("chebyshev",),
)
def chebyshev_fixed(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the least-squares Chebyshev series of degree min(20, n - 1).

    The settings of the earlier study. Up to 21 samples are interpolated; there are then no
    residuals and the standard deviations are NaN. Parameters and result as for `chebyshev`.
    """
    return fit_degree(t, y, t_eval, orders, min(FIXED_DEGREE, len(t) - 1))


def _highest(n: int) -> int:
    return min(n - 4, HIGHEST_DEGREE)


def fit_degree(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], degree: int) -> Estimate:
    """The least-squares polynomial of `degree` (0 ... n - 1), differentiated.

    Parameters and result as for `chebyshev`; standard deviations are NaN at degree n - 1.
    """
    n = len(t)
    unit = unit_time(t, t_eval)
    basis = polynomial_basis(unit.x, degree)
    offset = np.mean(y)
    fit = fit_nested(basis, y - offset)
    functions = differentiate_polynomials(basis, unit.x_eval, max(orders) + 1)[:, list(orders)]
    values = np.tensordot(fit.coefficients, functions, axes=1)
    values[[order == 0 for order in orders]] += offset
    room = n - degree - 1
    variance = fit.residual_squares[-1] / room if room else np.nan
    deviation = np.sqrt(variance * np.sum(functions**2, axis=0))
    return Estimate(
        unit.to_time(values, orders), unit.to_time(deviation, orders), {"degree": degree}
    )


ESTIMATORS.explain(
    "chebyshev_gcv", NOT_FALLING, "the bound on its degree is too low for signals with narrow peaks"
)
