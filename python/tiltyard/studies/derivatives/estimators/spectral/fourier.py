"""Least-squares Fourier series on an extended period with a linear trend, by AICc or GCV."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.bases.nested_basis import (
    NestedBasis,
    aicc,
    gcv,
    rounding_squares,
)
from tiltyard.studies.derivatives.numerics.bases.series import (
    differentiate_harmonics,
    first,
    harmonic_basis,
    record_frequency,
    stable_count,
)
from tiltyard.studies.derivatives.numerics.scaling import unit_time

#: Period divided by the record's length. At 1 the ends would have to agree in every derivative.
EXTENSIONS = (1.1, 1.25, 1.5, 2.0)
MOST_HARMONICS = 60
#: A trend of which the harmonics leave less than this share depends on them.
DEPENDENT_TREND = 1e-10


Criterion = Callable[[Array, Array, int, float], Array]


class _Fit(NamedTuple):
    """Least-squares fit of ``basis`` and the trend ``x - trend @ basis``, with its residuals."""

    criterion: float
    extension: float
    basis: NestedBasis
    coefficients: Array
    trend: Array
    slope: float
    trend_norm: float  # infinite without a trend
    residual_squares: float

    @property
    def parameters(self) -> int:
        return len(self.coefficients) + int(np.isfinite(self.trend_norm))


@estimator(
    "fourier",
    oracle="oracle_fourier",
    family="spectral",
    exact_degree=1,
    min_samples=14,
    standard_deviation=True,
    cites=("huybrechs2010fourier", "brubeck2021vandermonde", "hurvich1989regression"),
)
def fourier(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate a least-squares Fourier extension with a linear trend.

    The model is ``a + b t`` plus harmonics 1 ... M of a period longer than the record, so that a
    signal need not be periodic: Fourier extension (Huybrechs 2010, SIAM J. Numer. Anal. 47, 4326).
    Period and M minimise AICc. No system in the nearly dependent modes is solved: the basis is made
    orthonormal on the samples as it grows. Standard deviations are those of the coefficients with
    the residual variance, at the chosen period and M.

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
        Values and standard deviations ``(len(orders), m)`` [signal / time**k]; settings
        ``harmonics`` and ``period`` [time].
    """
    return _fourier(t, y, t_eval, orders, aicc, bounded=False)


@estimator(
    "fourier_extension_gcv",
    oracle="oracle_fourier",
    family="spectral",
    exact_degree=1,
    min_samples=14,
    standard_deviation=True,
    cites=("huybrechs2010fourier", "brubeck2021vandermonde", "craven1978smoothing"),
)
def fourier_extension_gcv(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the Fourier extension whose period and harmonics minimise GCV.

    Generalised cross-validation (Craven & Wahba 1978) takes the place of AICc in `fourier`. It
    depends on the residuals at the samples only and would choose nearly as many harmonics as these
    determine. So their number is bounded: midway between samples the variance of the fit must be at
    most 4 times that of one sample. Parameters and result as for `fourier`.
    """
    return _fourier(t, y, t_eval, orders, gcv, bounded=True)


def _fourier(
    t: Array,
    y: Array,
    t_eval: Array,
    orders: tuple[int, ...],
    criterion: Criterion,
    *,
    bounded: bool,
) -> Estimate:
    n = len(t)
    unit = unit_time(t, t_eval)
    offset = np.mean(y)
    floor = rounding_squares(y)
    best = min(
        (
            _best_of(unit.x, y - offset, extension, floor, criterion, bounded=bounded)
            for extension in EXTENSIONS
        ),
        key=lambda fit: fit.criterion,
    )
    functions = differentiate_harmonics(
        best.basis, unit.x_eval, record_frequency(best.extension), max(orders) + 1
    )[:, list(orders)]
    trend = np.array([unit.x_eval * (k == 0) + float(k == 1) for k in orders])
    trend -= np.tensordot(best.trend, functions, axes=1)
    values = np.tensordot(best.coefficients, functions, axes=1) + best.slope * trend
    values[[order == 0 for order in orders]] += offset
    variance = best.residual_squares / (n - best.parameters)
    squares = np.sum(functions**2, axis=0) + (trend / best.trend_norm) ** 2
    return Estimate(
        unit.to_time(values, orders),
        unit.to_time(np.sqrt(variance * squares), orders),
        {
            "harmonics": len(best.coefficients) // 2,
            "period": 2 * unit.half_width * best.extension,
        },
    )


def _best_of(
    x: Array, y: Array, extension: float, floor: float, criterion_of: Criterion, *, bounded: bool
) -> _Fit:
    """The number of harmonics that minimises the criterion with this period.

    The trend is not a harmonic; it is fitted by the part of it that the harmonics leave.
    """
    n = len(x)
    basis = harmonic_basis(x, record_frequency(extension), min((n - 6) // 2, MOST_HARMONICS))
    if bounded:
        middles, frequency = 0.5 * (x[:-1] + x[1:]), record_frequency(extension)
        stable = stable_count(differentiate_harmonics(basis, middles, frequency, 1)[:, 0])
        basis = first(basis, stable)
    count = len(basis.steps)
    coefficients, trend = np.zeros(count), np.zeros(count)
    left, left_trend = y.copy(), x.copy()
    best: tuple[float, int, float, float, float] = (math.inf, 1, 0.0, math.inf, 0.0)
    for k, column in enumerate(basis.columns.T):
        coefficients[k], trend[k] = column @ left, column @ left_trend
        left = left - coefficients[k] * column
        left_trend = left_trend - trend[k] * column
        if k % 2:
            continue  # a cosine without its sine is no candidate
        norm = float(np.linalg.norm(left_trend))
        norm = norm if norm > DEPENDENT_TREND * np.linalg.norm(x) else math.inf
        slope = float(left_trend @ left) / norm**2
        residual = left - slope * left_trend
        squares = float(residual @ residual)
        parameters = np.array([k + 1.0 + math.isfinite(norm)])
        criterion = float(criterion_of(np.array([squares]), parameters, n, floor)[0])
        if criterion < best[0]:
            best = (criterion, k + 1, slope, norm, squares)
    criterion, kept, slope, norm, squares = best
    return _Fit(
        criterion,
        extension,
        first(basis, kept),
        coefficients[:kept],
        trend[:kept],
        slope,
        norm,
        squares,
    )
