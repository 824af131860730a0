"""Nonparametric regression of statsmodels: local linear, and lowess."""

from __future__ import annotations

import numpy as np
from statsmodels.nonparametric.kernel_regression import KernelReg
from statsmodels.nonparametric.smoothers_lowess import lowess

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.estimators.peer.samples_only import silence

CITES = ("seabold2010statsmodels",)


@estimator(
    "statsmodels_kernel_regression",
    family="local polynomial",
    max_order=1,
    exact_degree=1,
    min_samples=12,
    tags=("peer",),
    cites=CITES,
    exempt={
        "y_shift": "after other rounding its search for the bandwidth stops elsewhere",
        "t_stretch": "its search for the bandwidth stops at an absolute tolerance",
    },
)
def statsmodels_kernel_regression(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Fit local lines with a Gaussian kernel, its bandwidth set by cross-validation.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time] and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders, up to 1: the mean and the marginal effect.

    Returns
    -------
    Estimate
        Values ``(len(orders), m)`` [signal / time**k]; setting ``bandwidth`` [time].
    """
    with silence():
        model = KernelReg(y, t, var_type="c", reg_type="ll", bw="cv_ls")
        mean, slope = model.fit(t_eval)
    rows = (mean, slope.reshape(-1))
    return Estimate(
        np.array([rows[order] for order in orders]), settings={"bandwidth": float(model.bw[0])}
    )


@estimator(
    "statsmodels_lowess",
    family="local polynomial",
    max_order=0,
    exact_degree=1,
    min_samples=6,
    tags=("peer",),
    cites=CITES,
    exempt={
        "t_stretch": "its tolerances are in absolute units of time",
        "falls_with_noise": "windows of two thirds of the samples have a bias that hides the noise",
    },
)
def statsmodels_lowess(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Array:
    """Fit robust local lines, each to two thirds of the samples, as by default.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time] and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        ``(0,)``, the only order that it gives.

    Returns
    -------
    (1, m) array
        [signal]
    """
    return np.asarray(lowess(y, t, xvals=t_eval))[np.newaxis]
