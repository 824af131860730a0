"""Least-squares fits of functions some of whose parameters enter nonlinearly.

A fit is ``sum_l c_l phi_l(x; p)``: linear in the coefficients c, and not in the places p (poles of
a rational function, exponents of a sum of exponentials). Points x run over [-1, 1].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import Array

Columns = Callable[[Array, int], Array]
Indices = NDArray[np.intp]

ROUNDING = 4.0 * np.finfo(float).eps  # of samples, relative to the largest


@dataclass(frozen=True)
class ParametricFit:
    """A fit to n samples, with K coefficients and m real coordinates of places.

    Attributes
    ----------
    x : (n,) array
        Points of the samples.
    coefficients : (K,) array
        Coefficients of the functions of `columns`.
    Q : (n, K) array
        Orthonormal basis of the functions at the samples.
    residual : (n,) array
        Samples less fitted values.
    largest : float
        Largest magnitude of the samples: its rounding is the least error.
    columns, by_place : functions
        Of points (q,) and an order k: the k-th derivatives of the functions (q, K), and those of
        the fit's derivative by the coordinates of the places (q, m).
    density : (m,) array
        Prior density of each coordinate where it is, 1 / [unit of the coordinate].
    alike : tuple of int
        Number of terms of each kind; terms of a kind may change places with each other.
    """

    x: Array
    coefficients: Array
    Q: Array
    residual: Array
    largest: float
    columns: Columns
    by_place: Columns
    density: Array
    alike: tuple[int, ...]

    @property
    def parameters(self) -> int:
        return len(self.coefficients) + len(self.density)

    @property
    def squares(self) -> float:
        """Sum of the squared residuals, at least that of the samples' rounding."""
        rounding = len(self.residual) * (ROUNDING * self.largest) ** 2
        return max(float(self.residual @ self.residual), rounding)

    def derivative(self, x: Array, order: int) -> Array:
        """The fit's derivative of this order at points `x` (q,)."""
        return np.asarray(self.columns(x, order) @ self.coefficients)

    def gradient(self, x: Array, order: int) -> Array:
        """Derivatives (q, K + m) of the former by all parameters."""
        return np.hstack([self.columns(x, order), self.by_place(x, order)])
