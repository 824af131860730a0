"""Legendre polynomials and their derivatives."""

from __future__ import annotations

import numpy as np

from tiltyard.studies.derivatives.contract import Array


def legendre(x: Array, degree: int, order: int) -> Array:
    """Derivatives of order `order` of the Legendre polynomials of degree 0 to `degree`.

    They follow from Bonnet's recursion and ``P_n' = P_(n-2)' + (2 n - 1) P_(n-1)``, which have no
    quotient that vanishes at the ends.

    Parameters
    ----------
    x : (m,) array
        Points, in [-1, 1] where the polynomials are to be at most 1.
    degree, order : int
        Highest degree and the derivative's order, both >= 0.

    Returns
    -------
    (m, degree + 1) array
        A column for each polynomial.
    """
    table = np.zeros((order + 1, degree + 1, len(x)))
    table[0, 0] = 1.0
    for k in range(order + 1):
        for n in range(1, degree + 1):
            before = table[k, n - 2] if n > 1 else 0.0
            if k:
                table[k, n] = before + (2 * n - 1) * table[k - 1, n - 1]
            else:
                table[0, n] = ((2 * n - 1) * x * table[0, n - 1] - (n - 1) * before) / n
    return table[order].T
