"""Least-squares Fourier series on an extended period with a linear trend, all chosen by AICc."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tiltyard.derivatives.estimator import Array, Estimate, estimator
from tiltyard.derivatives.numerics.nested_basis import (
    NestedBasis,
    Step,
    aicc,
    build_basis,
    differentiate_basis,
    rounding_squares,
)
from tiltyard.derivatives.numerics.scaling import unit_time

#: Period divided by the record's length. At 1 the ends would have to agree in every derivative.
EXTENSIONS = (1.1, 1.25, 1.5, 2.0)
MOST_HARMONICS = 60
SEEDS = 2  # one, and sin of the first harmonic
#: A trend of which the harmonics leave less than this share is theirs already.
DEPENDENT_TREND = 1e-10


class _Fit(NamedTuple):
    """Least squares of ``basis`` and the trend ``x - trend @ basis``, with what it leaves."""

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
    Period and M minimise AICc. The nearly dependent modes are never solved with: the basis is made
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
    n = len(t)
    unit = unit_time(t, t_eval)
    offset = np.mean(y)
    floor = rounding_squares(y)
    best = min(
        (_best_of(unit.x, y - offset, extension, floor) for extension in EXTENSIONS),
        key=lambda fit: fit.criterion,
    )
    multiplier, seeds = _derivatives(unit.x_eval, math.pi / best.extension, max(orders) + 1)
    functions = differentiate_basis(best.basis, multiplier, seeds)[:, list(orders)]
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


def _best_of(x: Array, y: Array, extension: float, floor: float) -> _Fit:
    """The number of harmonics that minimises AICc with this period.

    One and the harmonics are closed under multiplication by the first cosine, so that their basis
    grows by it; the trend is not of their kind and is fitted beside them, by what they leave of it.
    """
    n = len(x)
    theta = math.pi / extension * x
    steps = _steps(min((n - 6) // 2, MOST_HARMONICS))
    basis = build_basis(np.cos(theta), np.array([np.ones(n), np.sin(theta)]), steps)
    count = len(basis.steps)
    coefficients, trend = np.zeros(count), np.zeros(count)
    left, left_trend = y.copy(), x.copy()
    best: tuple[float, int, float, float, float] = (math.inf, 1, 0.0, math.inf, 0.0)
    for k, column in enumerate(basis.columns.T):
        coefficients[k], trend[k] = column @ left, column @ left_trend
        left = left - coefficients[k] * column
        left_trend = left_trend - trend[k] * column
        if k % 2:
            continue  # a cosine waits for its sine
        norm = float(np.linalg.norm(left_trend))
        norm = norm if norm > DEPENDENT_TREND * np.linalg.norm(x) else math.inf
        slope = float(left_trend @ left) / norm**2
        residual = left - slope * left_trend
        squares = float(residual @ residual)
        parameters = np.array([k + 1.0 + math.isfinite(norm)])
        criterion = float(aicc(np.array([squares]), parameters, n, floor)[0])
        if criterion < best[0]:
            best = (criterion, k + 1, slope, norm, squares)
    criterion, kept, slope, norm, squares = best
    return _Fit(
        criterion,
        extension,
        basis._replace(steps=basis.steps[:kept]),
        coefficients[:kept],
        trend[:kept],
        slope,
        norm,
        squares,
    )


def _steps(harmonics: int) -> list[Step]:
    """One, then cos and sin of each harmonic: cos times the function two before."""
    steps = [Step(seed=0)]
    for harmonic in range(1, harmonics + 1):
        first = harmonic == 1
        steps.append(Step(parent=0 if first else 2 * harmonic - 3))
        steps.append(Step(seed=1) if first else Step(parent=2 * harmonic - 2))
    return steps


def _derivatives(x: Array, frequency: float, depth: int) -> tuple[Array, Array]:
    """Derivatives of order 0 to depth - 1 of cos, and of the seeds one and sin."""
    theta = frequency * x
    multiplier, seeds = np.zeros((depth, len(x))), np.zeros((SEEDS, depth, len(x)))
    seeds[0, 0] = 1.0
    for k in range(depth):
        cosine, sine = np.cos(theta), np.sin(theta)
        signed = (cosine, -sine, -cosine, sine)  # k-th derivative of cos is signed[k mod 4]
        multiplier[k] = frequency**k * signed[k % 4]
        seeds[1, k] = frequency**k * signed[(k + 3) % 4]
    return multiplier, seeds
