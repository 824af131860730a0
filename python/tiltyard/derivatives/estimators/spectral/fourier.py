"""Least-squares Fourier series on an extended period with a linear trend, all chosen by AICc."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tiltyard.derivatives.estimator import Array, Estimate, estimator
from tiltyard.derivatives.numerics.nested_basis import (
    NestedBasis,
    NestedFit,
    Step,
    aicc,
    build_basis,
    differentiate_basis,
    fit_nested,
    rounding_squares,
)
from tiltyard.derivatives.numerics.scaling import unit_time

#: Period divided by the record's length. At 1 the ends would have to agree in every derivative.
EXTENSIONS = (1.1, 1.25, 1.5, 2.0)
MOST_HARMONICS = 60
SEEDS = 3  # one, the trend x, and sin of the first harmonic


class _Candidate(NamedTuple):
    criterion: float
    extension: float
    functions: int
    basis: NestedBasis
    fit: NestedFit


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
        key=lambda candidate: candidate.criterion,
    )
    frequency = math.pi / best.extension
    multiplier, seeds = _derivatives(unit.x_eval, frequency, max(orders) + 1)
    kept = best.basis._replace(steps=best.basis.steps[: best.functions])
    functions = differentiate_basis(kept, multiplier, seeds)[:, list(orders)]
    values = np.tensordot(best.fit.coefficients[: best.functions], functions, axes=1)
    values[[order == 0 for order in orders]] += offset
    variance = best.fit.residual_squares[best.functions - 1] / (n - best.functions)
    deviation = np.sqrt(variance * np.sum(functions**2, axis=0))
    return Estimate(
        unit.to_time(values, orders),
        unit.to_time(deviation, orders),
        {
            "harmonics": (best.functions - 2) // 2,
            "period": 2 * unit.half_width * best.extension,
        },
    )


def _best_of(x: Array, y: Array, extension: float, floor: float) -> _Candidate:
    """The number of harmonics that minimises AICc with this period."""
    n = len(x)
    theta = math.pi / extension * x
    harmonics = min((n - 6) // 2, MOST_HARMONICS)
    seeds = np.array([np.ones(n), x, np.sin(theta)])
    basis = build_basis(np.cos(theta), seeds, _steps(harmonics))
    fit = fit_nested(basis, y)
    # Whole harmonics: the trend alone, then a cosine and a sine at a time.
    counts = np.arange(2, len(basis.steps) + 1, 2)
    criteria = aicc(fit.residual_squares[counts - 1], counts.astype(float), n, floor)
    chosen = int(np.argmin(criteria))
    return _Candidate(float(criteria[chosen]), extension, int(counts[chosen]), basis, fit)


def _steps(harmonics: int) -> list[Step]:
    """One, x, then cos and sin of each harmonic: cos times the function of the one before."""
    steps = [Step(seed=0), Step(seed=1)]
    for harmonic in range(1, harmonics + 1):
        first = harmonic == 1
        steps.append(Step(parent=0) if first else Step(parent=2 * harmonic - 2))
        steps.append(Step(seed=2) if first else Step(parent=2 * harmonic - 1))
    return steps


def _derivatives(x: Array, frequency: float, depth: int) -> tuple[Array, Array]:
    """Derivatives of order 0 to depth - 1 of cos, and of the seeds one, x and sin."""
    theta = frequency * x
    multiplier, seeds = np.zeros((depth, len(x))), np.zeros((SEEDS, depth, len(x)))
    seeds[0, 0], seeds[1, 0] = 1.0, x
    seeds[1, 1:2] = 1.0
    for k in range(depth):
        cosine, sine = np.cos(theta), np.sin(theta)
        signed = (cosine, -sine, -cosine, sine)  # k-th derivative of cos is signed[k mod 4]
        multiplier[k] = frequency**k * signed[k % 4]
        seeds[2, k] = frequency**k * signed[(k + 3) % 4]
    return multiplier, seeds
