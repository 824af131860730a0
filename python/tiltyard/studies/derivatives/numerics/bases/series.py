"""Polynomials and harmonics as nested bases that are orthonormal on the samples."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.numerics.bases.nested_basis import (
    NestedBasis,
    Step,
    build_basis,
    differentiate_basis,
)

Array = NDArray[np.float64]


def polynomial_basis(x: Array, highest: int) -> NestedBasis:
    """Polynomials of degree 0 ... `highest` at `x` (n,) in [-1, 1]."""
    steps = [Step(seed=0)] + [Step(parent=k) for k in range(highest)]
    return build_basis(x, np.ones((1, len(x))), steps)


def differentiate_polynomials(basis: NestedBasis, x: Array, depth: int) -> Array:
    """Derivatives of order 0 ... `depth` - 1 of a polynomial basis at `x`, ``(K, depth, m)``."""
    multiplier, seeds = np.zeros((depth, len(x))), np.zeros((1, depth, len(x)))
    multiplier[0], seeds[0, 0] = x, 1.0
    multiplier[1:2] = 1.0
    return differentiate_basis(basis, multiplier, seeds)


def harmonic_basis(x: Array, frequency: float, harmonics: int) -> NestedBasis:
    """One, then cos and sin of the harmonics of `frequency` [radians / unit of x] at `x` (n,).

    The multiplier is the first cosine, which turns a harmonic into half the sum of its neighbours.
    """
    theta = frequency * x
    seeds = np.array([np.ones(len(x)), np.sin(theta)])
    steps = [Step(seed=0)]
    for harmonic in range(1, harmonics + 1):  # cos times the function two before
        first = harmonic == 1
        steps.append(Step(parent=0 if first else 2 * harmonic - 3))
        steps.append(Step(seed=1) if first else Step(parent=2 * harmonic - 2))
    return build_basis(np.cos(theta), seeds, steps)


def differentiate_harmonics(basis: NestedBasis, x: Array, frequency: float, depth: int) -> Array:
    """Derivatives of order 0 ... `depth` - 1 of a harmonic basis at `x`, ``(K, depth, m)``."""
    theta = frequency * x
    multiplier, seeds = np.zeros((depth, len(x))), np.zeros((2, depth, len(x)))
    seeds[0, 0] = 1.0
    cosine, sine = np.cos(theta), np.sin(theta)
    signed = (cosine, -sine, -cosine, sine)  # k-th derivative of cos is signed[k mod 4]
    for k in range(depth):
        multiplier[k] = frequency**k * signed[k % 4]
        seeds[1, k] = frequency**k * signed[(k + 3) % 4]
    return differentiate_basis(basis, multiplier, seeds)


def harmonics_of(basis: NestedBasis) -> int:
    """Number of harmonics with cosine and sine in a basis (n even samples add a single cosine)."""
    return (len(basis.steps) - 1) // 2


def first(basis: NestedBasis, count: int) -> NestedBasis:
    """The basis of the first `count` functions of `basis`."""
    return NestedBasis(
        basis.steps[:count],
        basis.columns[:, :count],
        basis.projections[:count, :count],
        basis.norms[:count],
    )


#: Variance of a fit between samples, relative to one sample's, up to which it counts as stable.
BETWEEN = 4.0


def stable_count(between: Array) -> int:
    """Number of first functions of an orthonormal basis whose fit is stable between the samples.

    Residuals and leverages show a fit at the samples only, where its variance is that of one sample
    at most. With the functions' values `between` (K, m) at other points, the fit of that many
    functions (at least 1) has a variance of at most `BETWEEN` times one sample's there too.
    """
    largest = np.max(np.cumsum(between**2, axis=0), axis=1)
    return max(1, int(np.sum(largest <= BETWEEN)))


#: Length of the record in scaled times, which run over [-1, 1].
RECORD = 2.0


def record_frequency(extension: float = 1.0) -> float:
    """Angular frequency of the first harmonic whose period is `extension` times the record."""
    return 2.0 * math.pi / (RECORD * extension)


def sum_harmonics(
    coefficients: NDArray[np.complex128], frequency: float, x: Array, orders: tuple[int, ...]
) -> Array:
    """Derivatives ``(len(orders), m)`` at `x` (m,) of the real part of a complex series.

    The series is ``sum_k c_k exp(i k frequency x)``, k = 0 ... K, with `coefficients` (K + 1,).
    """
    frequencies = frequency * np.arange(len(coefficients))
    waves = np.exp(1j * np.multiply.outer(frequencies, x))
    rows = [(1j * frequencies) ** order * coefficients for order in orders]
    return np.asarray((np.array(rows) @ waves).real)
