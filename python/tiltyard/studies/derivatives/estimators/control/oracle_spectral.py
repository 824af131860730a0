"""Oracles of the least-squares series: exact derivatives choose degree, harmonics and period."""

from __future__ import annotations

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.estimators.spectral.chebyshev import HIGHEST_DEGREE
from tiltyard.studies.derivatives.numerics.bases.nested_basis import fit_nested
from tiltyard.studies.derivatives.numerics.bases.series import (
    differentiate_harmonics,
    differentiate_polynomials,
    harmonic_basis,
    polynomial_basis,
    record_frequency,
)
from tiltyard.studies.derivatives.numerics.scaling import unit_time
from tiltyard.studies.derivatives.numerics.truth_tuning import NearestToTruth

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
    """Least-squares polynomial of the degree of least error, for each order of derivative."""
    n = len(t)
    unit = unit_time(t, t_eval)
    basis = polynomial_basis(unit.x, min(n - 4, HIGHEST_DEGREE))
    coefficients = fit_nested(basis, y - np.mean(y)).coefficients
    every = differentiate_polynomials(basis, unit.x_eval, max(orders) + 1)
    functions = every[:, list(orders)]
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
    """Fourier extension with a trend, and with the period and harmonics of least error."""
    unit = unit_time(t, t_eval)
    slope, offset = np.polyfit(unit.x, y, 1)
    line = np.array([(offset + slope * unit.x_eval) * (k == 0) + slope * (k == 1) for k in orders])
    rest = y - offset - slope * unit.x
    harmonics = min((len(t) - 6) // 2, MOST_HARMONICS)
    best = NearestToTruth(exact)
    for extension in EXTENSIONS:
        frequency = record_frequency(extension)
        basis = harmonic_basis(unit.x, frequency, harmonics)
        coefficients = fit_nested(basis, rest).coefficients
        every = differentiate_harmonics(basis, unit.x_eval, frequency, max(orders) + 1)
        values = line.copy()
        for k, (coefficient, function) in enumerate(zip(coefficients, every, strict=True)):
            values = values + coefficient * function[list(orders)]
            if k % 2 == 0:
                period = 2.0 * unit.half_width * extension
                best.offer(unit.to_time(values, orders), harmonics=k // 2, period=period)
    return best.estimate()
