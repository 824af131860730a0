"""Central finite differences on any times: no smoothing, the baseline of every comparison."""

from __future__ import annotations

import numpy as np

from tiltyard.studies.derivatives.contract import Array, estimator
from tiltyard.studies.derivatives.numerics.local.finite_differences import differentiate_nearest

#: Samples in the narrowest stencil: order 0 and order 1 are taken from a parabola.
NARROWEST = 3


@estimator(
    "central_difference",
    family="finite difference",
    exact_degree=2,
    min_samples=9,
    cites=("fornberg1988generation",),
)
def central_difference(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Array:
    """Differentiate the polynomial through the nearest samples.

    The stencil of order k has the fewest samples that can be centred, k + 1 or k + 2 of them but
    at least 3: second-order accurate on even times. Near the ends the outermost stencil is used,
    one-sidedly. Order 0 at a sample time is the sample itself.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time], evenly spaced or not, and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k.

    Returns
    -------
    (len(orders), m) array
        [signal / time**k].

    References
    ----------
    Fornberg (1988), Math. Comp. 51, 699-706: weights on arbitrarily spaced grids.
    """
    widths = [max(NARROWEST, order + 1 + order % 2) for order in orders]
    return np.array(
        [
            differentiate_nearest(t, y, t_eval, order, width)
            for order, width in zip(orders, widths, strict=True)
        ]
    )
