"""Kalman smoother for an almost constant acceleration, with the earlier study's fixed noises."""

from __future__ import annotations

import math

import numpy as np
from scipy.interpolate import BSpline, make_interp_spline

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.kalman.integrated_wiener import smooth

#: Intensity of the jerk, white noise [signal**2 / time**5]; the earlier study's q has no unit.
JERK = 1e-3
#: Noise variance as a share of the samples' variance, and the least [signal**2].
SHARE, LEAST = 1e-4, 1e-6
#: The state holds position, velocity and acceleration; the spline of the positions the rest.
HIGHEST_STATE, DEGREE = 2, 5


@estimator(
    "kalman_constant_acceleration",
    family="kalman",
    max_order=DEGREE,
    exact_degree=2,
    min_samples=10,
    standard_deviation=True,
    cites=("rauch1965maximum", "koopman1997exact"),
    exempt={
        "y_scale": "the jerk's intensity is fixed in absolute units of the signal",
        "t_stretch": "the jerk's intensity is fixed in absolute units of time",
        "falls_with_noise": "the jerk's intensity is fixed: the bias that leaves exceeds the noise",
    },
    prior_names=("KalmanGrad",),
)
def kalman_constant_acceleration(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Smooth with a Wiener process as acceleration; a spline gives the orders above 2.

    The jerk's intensity is 1e-3 and the noise variance the larger of 1e-6 and 1e-4 of the samples'
    variance, in the units that the samples have. The first state is unknown (diffuse). Orders 0 to
    2 are the smoothed state (Rauch, Tung & Striebel 1965), orders 3 to 5 those of the quintic
    spline through the smoothed positions at the samples.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time] and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders, 0 to 5.

    Returns
    -------
    Estimate
        Values (len(orders), m) [signal / time**k]; standard deviations are NaN for orders above 2,
        which the model's state does not hold.
    """
    centre = float(np.mean(y))
    noise = max(LEAST, SHARE * float(np.var(y)))
    unit = float(t[-1] - t[0]) / (len(t) - 1)
    log_ratio = math.log(JERK / (4.0 * noise)) + 5.0 * math.log(unit)
    values, deviations = np.full((2, len(orders), len(t_eval)), np.nan)
    state, deviation = smooth(t, y - centre, t_eval, HIGHEST_STATE, log_ratio)
    if max(orders) > HIGHEST_STATE:
        x = (t - t[0]) / unit
        positions = smooth(t, y - centre, t, HIGHEST_STATE, log_ratio)[0][0]
        spline = make_interp_spline(x, positions, DEGREE)
    for row, k in enumerate(orders):
        if k <= HIGHEST_STATE:
            values[row] = state[k] + centre * (k == 0)
            deviations[row] = deviation[k] * math.sqrt(noise)
        else:
            values[row] = _differentiate(spline, (t_eval - t[0]) / unit, k) / unit**k
    return Estimate(values, deviations, {"noise": math.sqrt(noise), "jerk": JERK})


def _differentiate(spline: BSpline, x: Array, order: int) -> Array:
    """Derivative of `spline`; where it jumps, at the knots in order 5, the mean of both sides."""
    if order < DEGREE:
        return np.asarray(spline(x, order))
    steps = spline.derivative(DEGREE)
    sides = [
        steps.c[np.clip(np.searchsorted(steps.t, x, side) - 1, 0, len(steps.t) - 2)]
        for side in ("left", "right")
    ]
    return np.asarray(0.5 * (sides[0] + sides[1]))
