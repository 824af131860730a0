"""Derivatives of rational functions in barycentric form, without cancellation at its nodes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def differentiate_barycentric(
    nodes: Array, values: Array, weights: Array, x: Array, orders: tuple[int, ...]
) -> Array:
    """Derivatives of ``r(x) = sum w_j f_j / (x - z_j) / sum w_j / (x - z_j)``.

    Numerator and denominator are multiplied by ``x - z_i`` with the node z_i nearest to x, which
    leaves no singularity there; ``r - f_i`` is the quotient of their Taylor series at x. In exact
    arithmetic this equals the formulas of Schneider & Werner (1986, Math. Comput. 47, 285-299),
    which divide by ``x - z_i`` repeatedly, but it stays accurate near a node. Every order still
    multiplies rounding errors by the inverse of the distance to the second-nearest node.

    Parameters
    ----------
    nodes, values, weights : (p,) arrays
        Distinct nodes z, values f there, and weights w. Nodes of weight 0 are left out: away from
        them r does not depend on their values.
    x : (m,) array
        Points, not poles of r.
    orders : tuple of int
        Derivative orders.

    Returns
    -------
    (len(orders), m) array
        Row i is the derivative of order ``orders[i]`` at `x`.
    """
    counts = weights != 0.0
    nodes, values, weights = nodes[counts], values[counts], weights[counts]
    highest, rows = max(orders), np.arange(len(x))
    distance = x[:, None] - nodes
    nearest = np.argmin(np.abs(distance), axis=1)
    from_nearest = distance[rows, nearest]
    distance[rows, nearest] = 1.0
    apart = nodes - nodes[nearest][:, None]  # z_j - z_i: zero for the nearest itself
    rise = values - values[nearest][:, None]
    # Taylor coefficients of (x - z_i) / (x - z_j) = 1 + (z_j - z_i) / (x - z_j).
    term = from_nearest[:, None] / distance * weights
    term[rows, nearest] = weights[nearest]
    top, bottom = np.empty((2, highest + 1, len(x)))
    top[0], bottom[0] = (term * rise).sum(axis=1), term.sum(axis=1)
    term = apart * weights / distance
    for k in range(1, highest + 1):
        term = -term / distance
        top[k], bottom[k] = (term * rise).sum(axis=1), term.sum(axis=1)
    series = np.empty_like(top)
    for k in range(highest + 1):
        series[k] = (top[k] - (bottom[1 : k + 1] * series[:k][::-1]).sum(axis=0)) / bottom[0]
    series[0] += values[nearest]
    return np.stack([math.factorial(k) * series[k] for k in orders])
