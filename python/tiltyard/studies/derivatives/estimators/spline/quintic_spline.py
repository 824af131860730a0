"""Quintic splines: through the samples, and Dierckx's with as few knots as the noise allows."""

from __future__ import annotations

import math
import warnings

import numpy as np
from scipy.interpolate import BSpline, UnivariateSpline

from tiltyard.studies.derivatives.contract import ESTIMATORS, FLAT, Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples
from tiltyard.studies.derivatives.numerics.splines.quintic_spline import (
    DEGREE,
    FEWEST,
    derivatives,
    differentiate_samples,
    in_mean_steps,
)

FIXED_NOISE = 0.01  # of the samples' standard deviation
NORMAL_QUARTILE = 0.6745  # of the standard normal distribution: its median absolute deviation
DIRECTION = "knots are added to the interval of the largest residuals, of equals to the first one"


@estimator(
    "interpolating_spline_quintic",
    family="spline",
    max_order=DEGREE,
    exact_degree=DEGREE,
    min_samples=FEWEST,
    cites=("deboor2001practical",),
)
def interpolating_spline_quintic(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Array:
    """Quintic spline through all samples, without smoothing, with not-a-knot ends."""
    return differentiate_samples(t, y, t_eval, orders)


def dierckx(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], noise: float) -> Estimate:
    """Quintic spline of few knots and residuals of root mean square `noise`, by FITPACK.

    Knots are added to a least-squares spline until its residuals are small enough; then the jumps
    of the fifth derivative are reduced as far as the residuals allow (Dierckx 1975).

    Parameters
    ----------
    t, y, t_eval, orders
        Arguments of every estimator.
    noise : float
        Standard deviation of the noise over that of the samples, >= 0; rounding errors are its
        least value.
    """
    samples = unit_samples(y)
    level = (np.array(orders) == 0)[:, None]
    if samples.spread == 0.0:
        return Estimate(level * np.full(len(t_eval), samples.mean), None, {"noise": 0.0})
    x, x_eval, step = in_mean_steps(t, t_eval)
    with warnings.catch_warnings():
        # FITPACK warns if it stops at larger residuals than demanded; `settings` has them.
        warnings.simplefilter("ignore", UserWarning)
        fitted = UnivariateSpline(x, samples.z, k=DEGREE, s=max(len(x) * noise**2, samples.floor))
    inner = fitted.get_knots()
    ends = np.ones(DEGREE)
    knots = np.concatenate([inner[0] * ends, inner, inner[-1] * ends])
    spline = BSpline(knots, fitted.get_coeffs(), DEGREE)
    scale = samples.spread / step ** np.array(orders, dtype=float)[:, None]
    settings = {
        "knots": len(inner) - 2,
        "noise": samples.spread * noise,
        "residual": samples.spread * math.sqrt(max(float(fitted.get_residual()), 0.0) / len(x)),
    }
    return Estimate(
        derivatives(spline, x_eval, orders) * scale + level * samples.mean, None, settings
    )


@estimator(
    "dierckx_spline_fixed_noise",
    family="spline",
    max_order=DEGREE,
    exact_degree=DEGREE,
    min_samples=FEWEST,
    cites=("dierckx1975algorithm",),
    exempt={"time_reversal": DIRECTION},
    prior_names=("RKHS_Spline_m2",),
)
def dierckx_spline_fixed_noise(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Dierckx's quintic spline for noise of 1 % of the samples' standard deviation."""
    return dierckx(t, y, t_eval, orders, FIXED_NOISE)


@estimator(
    "dierckx_spline_difference_noise",
    family="spline",
    max_order=DEGREE,
    exact_degree=DEGREE,
    min_samples=FEWEST,
    cites=("dierckx1975algorithm", "gasser1986residual"),
    exempt={"time_reversal": DIRECTION},
    prior_names=("Dierckx-5",),
)
def dierckx_spline_difference_noise(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Dierckx's quintic spline for the noise estimated from second differences of the samples.

    At even times these have sqrt(6) times its standard deviation, plus the curvature of the signal,
    which counts as noise too where the noise is less.
    """
    samples = unit_samples(y)
    return dierckx(t, y, t_eval, orders, difference_noise(samples.z))


@estimator(
    "dierckx_spline_rescaled_noise",
    family="spline",
    max_order=DEGREE,
    exact_degree=DEGREE,
    min_samples=FEWEST,
    tags=("published",),
    cites=("dierckx1975algorithm", "gasser1986residual"),
    exempt={
        "y_scale": "the noise is multiplied by the samples' standard deviation once more",
        "time_reversal": DIRECTION,
        "falls_with_noise": "the curvature of the signal is taken for noise, and hides low noise",
    },
    prior_names=("Dierckx-5",),
)
def dierckx_spline_rescaled_noise(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Dierckx's quintic spline for that noise times the samples' standard deviation.

    `dierckx_spline_difference_noise` with the smoothing of a published study: an estimate in units
    of the signal is taken for one in units of the samples' standard deviation. Samples that vary
    by more than their unit are smoothed too much, others too little.
    """
    samples = unit_samples(y)
    return dierckx(t, y, t_eval, orders, difference_noise(samples.z) * samples.spread)


def difference_noise(z: Array) -> float:
    """Standard deviation of white noise, from the median absolute second difference of `z`."""
    second = np.diff(z, 2)
    deviation = float(np.median(np.abs(second - np.median(second))))
    return deviation / NORMAL_QUARTILE / math.sqrt(6.0)


for name in (
    "dierckx_spline_fixed_noise",
    "dierckx_spline_difference_noise",
    "dierckx_spline_rescaled_noise",
):
    ESTIMATORS.explain(
        name, FLAT, "the fifth derivative of a quintic spline with few knots is a step function"
    )
