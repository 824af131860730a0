"""SciPy's smoothing spline."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import make_smoothing_spline

from tiltyard.studies.derivatives.contract import Array, estimator


@estimator(
    "scipy_make_smoothing_spline",
    family="spline",
    max_order=3,
    exact_degree=1,
    min_samples=5,
    tags=("peer",),
    cites=("virtanen2020scipy",),
    exempt={
        "t_stretch": "it refuses short steps as ill-posed: its tolerances are absolute",
        "time_reversal": "its third derivative jumps at samples, and is there that to the right",
    },
)
def scipy_make_smoothing_spline(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Array:
    """Differentiate SciPy's cubic smoothing spline, set by generalised cross-validation.

    `scipy.interpolate.UnivariateSpline` is not a peer, since its default smoothing presumes that
    the noise is known.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time] and samples [signal], n >= 5.
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders, up to 3.

    Returns
    -------
    (len(orders), m) array
        [signal / time**k]
    """
    spline = make_smoothing_spline(t, y)
    return np.array([spline(t_eval, nu=order) for order in orders])
