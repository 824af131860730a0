"""A least-squares polynomial trend plus a trigonometric polynomial of its residuals."""

from __future__ import annotations

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.estimators.spectral.trigonometric import (
    FOURIER_HARMONICS,
    quarter,
)
from tiltyard.studies.derivatives.numerics.bases.nested_basis import (
    aicc,
    fit_nested,
    gcv,
    rounding_squares,
)
from tiltyard.studies.derivatives.numerics.bases.series import (
    differentiate_harmonics,
    differentiate_polynomials,
    harmonic_basis,
    harmonics_of,
    polynomial_basis,
    record_frequency,
)
from tiltyard.studies.derivatives.numerics.scaling import unit_time

FIXED_DEGREE = 3
#: Trend degrees of `fourier_continuation_adaptive`.
LOWEST_DEGREE, HIGHEST_DEGREE = 1, 5


@estimator(
    "fourier_continuation_fixed",
    cites=("trefethen2000spectral",),
    family="spectral",
    exact_degree=3,
    min_samples=9,
    prior_names=("fourier_continuation",),
)
def fourier_continuation_fixed(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Differentiate a cubic trend plus the trigonometric polynomial of its residuals.

    The settings of the earlier study. First the least-squares cubic, then the least-squares series
    of min((n - 1) // 4, 25) harmonics of period ``t[-1] - t[0]`` of its residuals, which the trend
    has made nearly periodic in value but in no derivative.

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
        Values ``(len(orders), m)`` [signal / time**k]; ``degree`` and ``harmonics``.
    """
    harmonics = quarter(len(t), FOURIER_HARMONICS)
    return fit_continuation(t, y, t_eval, orders, FIXED_DEGREE, harmonics)


@estimator(
    "fourier_continuation_adaptive",
    family="spectral",
    exact_degree=5,
    min_samples=12,
    cites=("hurvich1989regression", "craven1978smoothing"),
    prior_names=("Fourier-Continuation-Adaptive",),
)
def fourier_continuation_adaptive(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Differentiate a trend of degree 1 ... 5 by AICc and a trigonometric polynomial by GCV.

    The settings of the earlier study: the degree minimises AICc of the trend alone, then the number
    of harmonics, 1 ... 25 (and at most (n - 8) // 2), minimises GCV of its residuals, with the
    parameters of both counted. Parameters and result as for `fourier_continuation_fixed`.
    """
    n, floor = len(t), rounding_squares(y)
    x = unit_time(t, t).x
    trend = polynomial_basis(x, HIGHEST_DEGREE)
    squares = fit_nested(trend, y - np.mean(y)).residual_squares
    criterion = aicc(squares, np.arange(1.0, len(squares) + 1), n, floor)
    degree = LOWEST_DEGREE + int(np.argmin(criterion[LOWEST_DEGREE:]))

    basis = harmonic_basis(x, record_frequency(), min(FOURIER_HARMONICS, (n - 8) // 2))
    left = fit_nested(basis, _without_trend(x, y, degree)).residual_squares
    harmonics = np.arange(1, harmonics_of(basis) + 1)
    parameters = np.asarray(2 * harmonics + 1 + degree, float)
    values = gcv(left[2 * harmonics], parameters, n, floor)
    return fit_continuation(t, y, t_eval, orders, degree, int(harmonics[np.argmin(values)]))


def _without_trend(x: Array, y: Array, degree: int) -> Array:
    """`y` less its least-squares polynomial."""
    columns = polynomial_basis(x, degree).columns
    left = y - np.mean(y)
    for column in columns.T:
        left = left - (column @ left) * column
    return np.asarray(left)


def fit_continuation(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], degree: int, harmonics: int
) -> Estimate:
    """Trend of `degree` and series of `harmonics` harmonics, differentiated.

    Parameters and result as for `fourier_continuation_fixed`.
    """
    unit = unit_time(t, t_eval)
    depth, rows = max(orders) + 1, list(orders)
    offset = np.mean(y)
    trend = polynomial_basis(unit.x, degree)
    polynomial = fit_nested(trend, y - offset).coefficients
    functions = differentiate_polynomials(trend, unit.x_eval, depth)[:, rows]
    values = np.tensordot(polynomial, functions, axes=1)
    values[[order == 0 for order in orders]] += offset

    frequency = record_frequency()
    basis = harmonic_basis(unit.x, frequency, harmonics)
    series = fit_nested(basis, _without_trend(unit.x, y, degree)).coefficients
    functions = differentiate_harmonics(basis, unit.x_eval, frequency, depth)[:, rows]
    values += np.tensordot(series, functions, axes=1)
    return Estimate(unit.to_time(values, orders), None, {"degree": degree, "harmonics": harmonics})
