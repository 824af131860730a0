"""Gram (discrete Chebyshev) polynomials: orthonormal on evenly spaced points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def recurrence(size: int, degree: int) -> Array:
    """Recurrence coefficients ``b[1 .. degree]`` of the Gram polynomials (``b[0] = 0``).

    On ``size`` unit-spaced points centred at zero,
    ``b[j+1] q[j+1](x) = x q[j](x) - b[j] q[j-1](x)`` with
    ``b[j]**2 = j**2 (size**2 - j**2) / (4 (4 j**2 - 1))``: Gautschi (2004), table 1.2, scaled to
    unit norm and unit steps.
    """
    j = np.arange(degree + 1, dtype=float)
    return j / 2 * np.sqrt((size**2 - j**2) / np.abs(4 * j**2 - 1))


def gram_basis(size: int, degree: int) -> Array:
    """Values of the orthonormal Gram polynomials of degree 0 .. `degree` at their own points.

    Parameters
    ----------
    size : int
        Number of points, unit-spaced.
    degree : int
        Highest degree, below `size`.

    Returns
    -------
    (size, degree + 1) array
        Orthonormal columns. The recurrence alone loses orthogonality once the degree passes
        about ``2 sqrt(size)``, so every column is orthogonalised twice against all earlier ones.
        Columns of the other parity are orthogonal by symmetry in exact arithmetic only: a kernel
        that uses FMA for a part of a vector breaks the symmetry, and the recurrence amplifies the
        error.
    """
    b = recurrence(size, degree)
    x = np.arange(size) - (size - 1) / 2
    q = np.zeros((size, degree + 1))
    q[:, 0] = 1 / np.sqrt(size)
    for j in range(degree):
        v = x * q[:, j]
        if j:
            v -= b[j] * q[:, j - 1]
        earlier = q[:, : j + 1]
        for _ in range(2):
            v -= earlier @ (v @ earlier)
        q[:, j + 1] = v / np.linalg.norm(v)
    return q


def gram_derivatives(size: int, degree: int, max_order: int, offset: Array) -> Array:
    """Derivatives of the orthonormal Gram polynomials at any offsets from the centre.

    Returns
    -------
    (max_order + 1, len(offset), degree + 1) array
        Entry ``[k, i, j]`` is the derivative of order k of the polynomial of degree j at
        ``offset[i]`` (in steps from the centre), by differentiating the recurrence k times.
    """
    b = recurrence(size, degree)
    k = np.arange(1.0, max_order + 1)[:, None]
    d = np.zeros((degree + 1, max_order + 1, len(offset)))
    d[0, 0] = 1 / np.sqrt(size)
    for j in range(degree):
        v = offset * d[j]
        if j:
            v -= b[j] * d[j - 1]
        v[1:] += k * d[j, :-1]
        d[j + 1] = v / b[j + 1]
    return np.ascontiguousarray(np.moveaxis(d, 0, 2))
