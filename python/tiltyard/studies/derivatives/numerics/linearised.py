"""Standard deviations of a function whose parameters were fitted by nonlinear least squares."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tiltyard.studies.derivatives.contract import Array

#: Singular values below this share of the largest belong to directions that samples do not show.
DEPENDENT = 1e-12


def linearised_deviations(
    gradient: Callable[[Array, int], Array],
    x: Array,
    x_eval: Array,
    orders: tuple[int, ...],
    variance: float,
) -> Array:
    """Standard deviations of derivatives, the function linearised in its parameters.

    Directions that the samples do not determine to working precision are left out.

    Parameters
    ----------
    gradient : callable
        Function from points (m,) and an order k to the derivatives (m, p) of the function's
        derivative of order k by its p parameters.
    x : (n,) array
        Points of the samples.
    x_eval : (m,) array
        Points at which the deviations are asked for.
    orders : tuple of int
        Derivative orders.
    variance : float
        Variance of the samples' noise, >= 0.

    Returns
    -------
    (len(orders), m) array
    """
    J = gradient(x, 0)
    scale = np.maximum(np.linalg.norm(J, axis=0), np.finfo(float).tiny)
    _, s, Vt = np.linalg.svd(J / scale, full_matrices=False)
    kept = s > DEPENDENT * s[0]
    root = Vt[kept].T / s[kept]
    rows = [np.linalg.norm((gradient(x_eval, k) / scale) @ root, axis=1) for k in orders]
    return np.sqrt(variance) * np.array(rows)
