"""Errors of a function whose parameters were fitted by nonlinear least squares."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tiltyard.studies.derivatives.contract import Array

Gradient = Callable[[Array, int], Array]

#: Singular values below this share of the largest belong to directions that samples do not show.
DEPENDENT = 1e-12


class TangentSpace:
    """The function linearised in its parameters, seen at the samples.

    Directions that the samples do not determine to working precision are left out.

    Parameters
    ----------
    gradient : callable
        Function from points (m,) and an order k to the derivatives (m, p) of the function's
        derivative of order k by its p parameters.
    x : (n,) array
        Points of the samples.
    known : (p,) array or None
        What is known of each parameter beforehand: the inverse of its prior deviation, times the
        deviation of the samples' noise. None where nothing is.

    Attributes
    ----------
    leverages : (n,) array
        Diagonal of the projection on the space: the share that each sample has in its own fit.
    """

    def __init__(self, gradient: Gradient, x: Array, known: Array | None = None) -> None:
        J = gradient(x, 0)
        if known is not None:
            J = np.vstack([J, np.diag(known)])
        scale = np.maximum(np.linalg.norm(J, axis=0), np.finfo(float).tiny)
        U, s, Vt = np.linalg.svd(J / scale, full_matrices=False)
        kept = s > DEPENDENT * s[0]
        self.gradient, self._scale = gradient, scale
        self.leverages = np.square(U[: len(x), kept]).sum(axis=1)
        self._root = Vt[kept].T / s[kept]

    def deviations(self, x: Array, order: int) -> Array:
        """Standard deviations of the derivative at `x` (m,), in those of the samples' noise."""
        scaled = self.gradient(x, order) / self._scale
        return np.asarray(np.linalg.norm(scaled @ self._root, axis=1))


def linearised_deviations(
    gradient: Gradient, x: Array, x_eval: Array, orders: tuple[int, ...], variance: float
) -> Array:
    """Standard deviations ``(len(orders), m)`` at `x_eval` (m,) for noise of this `variance`.

    `gradient` and `x` are those of `TangentSpace`.
    """
    space = TangentSpace(gradient, x)
    return np.sqrt(variance) * np.array([space.deviations(x_eval, order) for order in orders])
