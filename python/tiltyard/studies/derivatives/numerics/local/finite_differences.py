"""Finite differences on arbitrary times: stencils of the nearest samples, Fornberg's weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def differentiate_nearest(t: Array, y: Array, t_eval: Array, order: int, width: int) -> Array:
    """Derivative of the polynomial through the `width` samples around each time.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time] and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    order : int
        Derivative order, below `width`.
    width : int
        Samples in the stencil, at most n; at the ends it is one-sided.

    Returns
    -------
    (m,) array
        [signal / time**order].
    """
    starts = first_of_nearest(t, t_eval, width)
    stencils = starts[:, None] + np.arange(width)
    # Times relative to the evaluation time, in units of the stencil's length.
    offsets = t[stencils] - t_eval[:, None]
    length = t[stencils[:, -1]] - t[stencils[:, 0]]
    weights = fornberg_weights(offsets / length[:, None], order)
    # Weights of a derivative sum to zero, so subtracting the middle sample only saves digits.
    centre = y[stencils[:, width // 2]] if order else np.zeros(len(t_eval))
    differences = y[stencils] - centre[:, None]
    values: Array = np.sum(weights * differences, axis=1) / length**order
    return values


def first_of_nearest(t: Array, t_eval: Array, width: int) -> NDArray[np.intp]:
    """Index of the first of the `width` consecutive samples around each time.

    The nearest sample is the stencil's middle; of two equally near ones the earlier counts.
    """
    right = np.clip(np.searchsorted(t, t_eval), 1, len(t) - 1)
    nearest = right - (t_eval - t[right - 1] <= t[right] - t_eval)
    return np.clip(nearest - width // 2, 0, len(t) - width)


def fornberg_weights(offsets: Array, order: int) -> Array:
    """Weights of the derivative of `order` at 0 from values at `offsets`, row by row.

    Parameters
    ----------
    offsets : (m, w) array
        Distinct positions in each row, w > `order`.
    order : int
        Derivative order, >= 0.

    Returns
    -------
    (m, w) array
        Weights by the recursion of Fornberg (1988), p. 700.
    """
    m, width = offsets.shape
    weights = np.zeros((order + 1, m, width))
    weights[0, :, 0] = 1.0
    c1, c4 = np.ones(m), offsets[:, 0]
    for i in range(1, width):
        c2, c5, c4 = np.ones(m), c4, offsets[:, i]
        for j in range(i):
            c3 = offsets[:, i] - offsets[:, j]
            c2 = c2 * c3
            if j == i - 1:
                for k in range(min(i, order), -1, -1):
                    lower = k * weights[k - 1, :, i - 1] if k else 0.0
                    weights[k, :, i] = c1 * (lower - c5 * weights[k, :, i - 1]) / c2
            for k in range(min(i, order), -1, -1):
                lower = k * weights[k - 1, :, j] if k else 0.0
                weights[k, :, j] = (c4 * weights[k, :, j] - lower) / c3
        c1 = c2
    return weights[order]
