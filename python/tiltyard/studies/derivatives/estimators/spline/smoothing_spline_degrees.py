"""Natural smoothing splines of a fixed degree, 2m - 1 = 3 .. 9.

They are the functions of smallest norm ``integral f^(m)(t)^2 dt`` in the reproducing-kernel Hilbert
space of m square-integrable derivatives (Wahba 1990, chapter 1), given the sum of squared
residuals, which the smoothing determines. The module `spline_process` explains how they are
computed.

The derivative of order 2m - 1 is a step function; its value at a sample is the mean of both sides.
At even times inside the record this mean has an error of second order, either side one of first
order. Restricted likelihood presumes a process of m - 1 derivatives: with low m and a smooth signal
it undersmooths, while cross-validation does not (Wahba 1985).
"""

from __future__ import annotations

import math

from tiltyard.studies.derivatives.contract import MAX_ORDER, Array, Estimate, estimator
from tiltyard.studies.derivatives.estimators.spline.smoothing_spline import (
    fit,
    given,
    likeliest_ratio,
)
from tiltyard.studies.derivatives.numerics.splines.spline_process import choose_by_validation

MORE_SAMPLES = 4  # beyond the penalty order: fewer do not determine the smoothing
FIXED = {"cubic": 2, "quintic": 3, "septic": 4, "nonic": 5}  # penalty orders
FIXED_SMOOTHING = 0.01  # factor of the penalty, with time in mean steps


def _register(degree: str, m: int) -> None:
    """Register the splines of one fixed degree, 2m - 1, and two ways to choose the smoothing."""

    @estimator(
        f"smoothing_spline_{degree}_reml",
        family="spline",
        max_order=min(2 * m - 1, MAX_ORDER),
        exact_degree=m - 1,
        min_samples=m + MORE_SAMPLES,
        standard_deviation=True,
        cites=("wahba1990spline", "wahba1985comparison", "wahba1983bayesian"),
    )
    def by_likelihood(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
        """Natural smoothing spline of fixed degree, its smoothing by restricted likelihood."""
        return fit(t, y, t_eval, orders, given(m, likeliest_ratio), likelihood=True)

    @estimator(
        f"smoothing_spline_{degree}_gcv",
        family="spline",
        max_order=min(2 * m - 1, MAX_ORDER),
        exact_degree=m - 1,
        min_samples=m + MORE_SAMPLES,
        standard_deviation=True,
        cites=("wahba1990spline", "craven1978smoothing", "wahba1983bayesian"),
    )
    def by_validation(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
        """Natural smoothing spline of fixed degree, its smoothing by cross-validation."""
        return fit(t, y, t_eval, orders, given(m, choose_by_validation))


for _degree, _m in FIXED.items():
    _register(_degree, _m)


@estimator(
    "smoothing_spline_nonic_fixed",
    family="spline",
    max_order=7,
    exact_degree=4,
    min_samples=FIXED["nonic"] + MORE_SAMPLES,
    standard_deviation=True,
    cites=("wahba1990spline", "wahba1983bayesian"),
    prior_names=("GSS",),
)
def smoothing_spline_nonic_fixed(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Natural smoothing spline of degree 9 with the fixed factor 0.01 of the penalty.

    The penalty is the integral of the squared fifth derivative over time in mean steps, so an
    oscillation of a quarter of the sampling frequency keeps half its amplitude.
    """
    m = FIXED["nonic"]
    choose = given(m, lambda _: 1.0 / (FIXED_SMOOTHING * math.factorial(m - 1) ** 2))
    return fit(t, y, t_eval, orders, choose)
