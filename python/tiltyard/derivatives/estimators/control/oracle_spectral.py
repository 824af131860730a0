"""Oracles of the least-squares series: degree, harmonics and period chosen by the truth."""

from __future__ import annotations

import math

import numpy as np

from tiltyard.derivatives.estimator import Array, Estimate, estimator
from tiltyard.derivatives.estimators.spectral.chebyshev import HIGHEST_DEGREE
from tiltyard.derivatives.numerics.nested_basis import (
    Step,
    build_basis,
    differentiate_basis,
    fit_nested,
)
from tiltyard.derivatives.numerics.scaling import unit_time
from tiltyard.derivatives.numerics.truth_tuning import NearestToTruth

EXTENSIONS = (1.05, 1.1, 1.25, 1.5, 2.0, 3.0)
MOST_HARMONICS = 60


@estimator(
    "oracle_chebyshev",
    family="control",
    exact_degree=0,
    min_samples=14,
    tags=("control", "oracle"),
    cites=("brubeck2021vandermonde",),
)
def oracle_chebyshev(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], *, exact: Array
) -> Estimate:
    """Least-squares polynomial of the degree nearest to the truth, per order of derivative."""
    n = len(t)
    unit = unit_time(t, t_eval)
    steps = [Step(seed=0)] + [Step(parent=k) for k in range(min(n - 4, HIGHEST_DEGREE))]
    basis = build_basis(unit.x, np.ones((1, n)), steps)
    coefficients = fit_nested(basis, y - np.mean(y)).coefficients
    depth = max(orders) + 1
    multiplier, seeds = np.zeros((depth, len(t_eval))), np.zeros((1, depth, len(t_eval)))
    multiplier[0], seeds[0, 0] = unit.x_eval, 1.0
    multiplier[1:2] = 1.0
    functions = differentiate_basis(basis, multiplier, seeds)[:, list(orders)]
    mean = np.array([[np.mean(y) * (k == 0)] for k in orders])
    best = NearestToTruth(exact)
    values = np.zeros(functions.shape[1:])
    for degree, (coefficient, function) in enumerate(zip(coefficients, functions, strict=True)):
        values = values + coefficient * function
        best.offer(unit.to_time(values, orders) + mean, degree=degree)
    return best.estimate()


@estimator(
    "oracle_fourier",
    family="control",
    exact_degree=0,
    min_samples=14,
    tags=("control", "oracle"),
    cites=("huybrechs2010fourier", "brubeck2021vandermonde"),
)
def oracle_fourier(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], *, exact: Array
) -> Estimate:
    """Fourier extension with a trend, period and number of harmonics nearest to the truth."""
    unit = unit_time(t, t_eval)
    slope, offset = np.polyfit(unit.x, y, 1)
    line = np.array([(offset + slope * unit.x_eval) * (k == 0) + slope * (k == 1) for k in orders])
    best = NearestToTruth(exact)
    for extension in EXTENSIONS:
        functions, coefficients = _series(
            unit.x, y - offset - slope * unit.x, unit.x_eval, extension, orders
        )
        values = line.copy()
        for k, (coefficient, function) in enumerate(zip(coefficients, functions, strict=True)):
            values = values + coefficient * function
            if k % 2 == 0:
                period = 2.0 * unit.half_width * extension
                best.offer(unit.to_time(values, orders), harmonics=k // 2, period=period)
    return best.estimate()


def _series(
    x: Array, y: Array, x_eval: Array, extension: float, orders: tuple[int, ...]
) -> tuple[Array, Array]:
    """Functions (K, k, m), orthonormal on `x`, that span one and harmonics, and coefficients."""
    steps = [Step(seed=0)]
    for harmonic in range(1, min((len(x) - 6) // 2, MOST_HARMONICS) + 1):
        steps.append(Step(parent=2 * harmonic - 3 if harmonic > 1 else 0))
        steps.append(Step(parent=2 * harmonic - 2) if harmonic > 1 else Step(seed=1))
    frequency, depth = math.pi / extension, max(orders) + 1
    basis = build_basis(
        np.cos(frequency * x), np.array([np.ones(len(x)), np.sin(frequency * x)]), steps
    )
    order = np.arange(depth, dtype=float)[:, None]
    phase = frequency * x_eval + 0.5 * math.pi * order
    seeds = np.zeros((2, depth, len(x_eval)))
    seeds[0, 0], seeds[1] = 1.0, frequency**order * np.sin(phase)
    multiplier: Array = frequency**order * np.cos(phase)
    functions = differentiate_basis(basis, multiplier, seeds)
    return functions[:, list(orders)], fit_nested(basis, y).coefficients
