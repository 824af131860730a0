"""Mirrored discrete Fourier transform with a smooth cutoff, and a trend for its ends, by GCV."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy import fft, linalg

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.bases.nested_basis import rounding_squares
from tiltyard.studies.derivatives.numerics.bases.series import (
    differentiate_polynomials,
    polynomial_basis,
)
from tiltyard.studies.derivatives.numerics.criterion_search import smallest
from tiltyard.studies.derivatives.numerics.scaling import unit_time

#: Trend degrees. Two more remove the jump of one more odd derivative at both ends.
DEGREES = (2, 4, 6, 8, 10)
#: Exponent of the taper: the least even one for which the penalty keeps order 7 finite.
STEEPNESS = 16
LOWEST_CUTOFF = 0.4  # cosines; leaves nothing but the trend
HIGHEST_CUTOFF = 1.0  # of all n cosines; higher ones would interpolate the noise
CUTOFF_STEP = 1.0 / STEEPNESS  # of the logarithm: cosines cross the cutoff one by one
LARGEST_PENALTY = 1e30


class Parameters(NamedTuple):
    """Degree of the trend and the taper's cutoff [cosines]."""

    degree: int
    cutoff: float


@estimator(
    "fft_taper_adaptive",
    family="spectral",
    exact_degree=9,
    min_samples=16,
    uneven=False,
    standard_deviation=True,
    cites=("eubank1990curve", "craven1978smoothing"),
)
def fft_taper_adaptive(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate a trend and the tapered cosine transform of the rest, fitted together.

    The samples with their mirror image repeat without a jump, but odd derivatives jump at the
    ends; a polynomial in addition to the cosines removes these jumps (polynomial-trigonometric
    regression, Eubank & Speckman 1990). Cosine k is shrunk by ``1 / (1 + (k / cutoff)**16)``, the
    solution of penalised least squares in an orthonormal basis, and the trend is fitted to the
    rest. Degree and cutoff minimise generalised cross-validation (Craven & Wahba 1978). Standard
    deviations are those of the posterior whose prior is the penalty.

    Parameters
    ----------
    t, y : (n,) arrays
        Evenly spaced times [time] and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k.

    Returns
    -------
    Estimate
        Values and standard deviations ``(len(orders), m)`` [signal / time**k]; settings
        ``degree``, ``cutoff`` [1 / time] and ``parameters`` (effective number).
    """
    return fit_parameters(t, y, t_eval, orders, select_parameters(t, y))


class _Fit(NamedTuple):
    """Cosine coefficients, trend coefficients, triangle of the trend's information."""

    cosines: Array
    trend: Array
    triangle: Array
    residual_squares: float
    parameters: float


def select_parameters(t: Array, y: Array) -> Parameters:
    """The parameters with the smallest GCV."""
    n, floor = len(t), rounding_squares(y)
    columns = polynomial_basis(unit_time(t, t).x, max(DEGREES)).columns[:, 1:]
    z = fft.dct(y - np.mean(y), norm="ortho")
    trends = fft.dct(columns, norm="ortho", axis=0)
    low, high = math.log(LOWEST_CUTOFF), math.log(HIGHEST_CUTOFF * n)
    best, chosen = math.inf, Parameters(DEGREES[0], 1.0)
    for degree in DEGREES:

        def criterion(log_cutoffs: Array, degree: int = degree) -> Array:
            fits = [_fit(z, trends[:, :degree], math.exp(c)) for c in log_cutoffs]
            return np.array([_log_gcv(fit, n, floor) for fit in fits])

        log_cutoff = smallest(criterion, low, high, CUTOFF_STEP)
        value = float(criterion(np.array([log_cutoff]))[0])
        if value < best:
            best, chosen = value, Parameters(degree, math.exp(log_cutoff))
    return chosen


def fit_parameters(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], parameters: Parameters
) -> Estimate:
    """The fit with given parameters; other arguments and result as for `fft_taper_adaptive`."""
    n, unit, rows = len(t), unit_time(t, t_eval), list(orders)
    offset = float(np.mean(y))
    basis = polynomial_basis(unit.x, parameters.degree)
    z = fft.dct(y - offset, norm="ortho")
    trends = fft.dct(basis.columns[:, 1:], norm="ortho", axis=0)
    fit = _fit(z, trends, parameters.cutoff)
    polynomials = differentiate_polynomials(basis, unit.x_eval, max(orders) + 1)[1:, rows]
    cosines = _cosines(unit.x_eval, n, orders)
    values = np.tensordot(fit.trend, polynomials, axes=1) + np.tensordot(fit.cosines, cosines, 1)
    values[[order == 0 for order in orders]] += offset

    kept = 1.0 / (1.0 + _penalty(n, parameters.cutoff))
    # The cosines are fitted to the samples less the trend, so a change of the trend changes them.
    lacking = polynomials - np.tensordot(trends.T * kept, cosines, axes=1)
    lacking = linalg.solve_triangular(
        fit.triangle, lacking.reshape(len(lacking), -1), trans=1
    ).reshape(lacking.shape)
    squares = np.sum(lacking**2, axis=0) + np.tensordot(kept, cosines**2, axes=1)
    deviation = np.sqrt(fit.residual_squares / (n - fit.parameters) * squares)
    cutoff = parameters.cutoff * (n - 1) / (4.0 * n * unit.half_width)
    return Estimate(
        unit.to_time(values, orders),
        unit.to_time(deviation, orders),
        {
            "degree": parameters.degree,
            "cutoff": cutoff,
            "parameters": fit.parameters,
        },
    )


def _penalty(n: int, cutoff: float) -> Array:
    exponent = STEEPNESS * (np.log(np.maximum(np.arange(n), 0.5)) - math.log(cutoff))
    penalty = np.minimum(np.exp(np.minimum(exponent, 700.0)), LARGEST_PENALTY)
    penalty[0] = 0.0
    return np.asarray(penalty)


def _fit(z: Array, trends: Array, cutoff: float) -> _Fit:
    """Penalised least squares of cosine transforms: `z` of the samples, `trends` of the trend."""
    penalty = _penalty(len(z), cutoff)
    removed = penalty / (1.0 + penalty)
    root = np.sqrt(removed)
    Q, R = linalg.qr(root[:, None] * trends, mode="economic")
    trend = linalg.solve_triangular(R, Q.T @ (root * z))
    left = z - trends @ trend
    residual = removed * left
    parameters = float(np.sum(1.0 - removed) + np.sum(removed[:, None] * Q**2))
    return _Fit(left / (1.0 + penalty), trend, R, float(residual @ residual), parameters)


def _log_gcv(fit: _Fit, n: int, floor: float) -> float:
    return math.log(max(fit.residual_squares, floor, np.finfo(float).tiny)) - 2.0 * math.log(
        n - fit.parameters
    )


def _cosines(x: Array, n: int, orders: tuple[int, ...]) -> Array:
    """Derivatives ``(n, len(orders), m)`` of the orthonormal cosines, mirrored half a step out."""
    frequencies = 0.5 * math.pi * (n - 1) / n * np.arange(n)[:, None]
    phases = frequencies * (x + 1.0 + 1.0 / (n - 1))
    scale = np.full((n, 1), math.sqrt(2.0 / n))
    scale[0] = math.sqrt(1.0 / n)
    rows = [scale * frequencies**order * np.cos(phases + 0.5 * math.pi * order) for order in orders]
    return np.stack(rows, axis=1)
