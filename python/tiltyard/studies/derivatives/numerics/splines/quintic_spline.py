"""Quintic splines: interpolation at samples, and derivatives up to the discontinuous fifth."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import BSpline, make_interp_spline

from tiltyard.studies.derivatives.contract import Array

DEGREE = 5
FEWEST = DEGREE + 1
SAME = 2e-10  # times that differ by less are the same, in mean steps


def in_mean_steps(t: Array, t_eval: Array) -> tuple[Array, Array, float]:
    """Times since the first sample in mean steps, and the mean step [time]."""
    step = float((t[-1] - t[0]) / (len(t) - 1))
    return (t - t[0]) / step, (t_eval - t[0]) / step, step


def interpolate(x: Array, y: Array) -> BSpline:
    """Quintic spline through samples `y` (n,) at `x`, with knots at all but two near each end.

    These are the "not-a-knot" conditions: polynomials up to degree 5 are reproduced.
    """
    return make_interp_spline(x, y, k=DEGREE)


def derivatives(spline: BSpline, x: Array, orders: tuple[int, ...]) -> Array:
    """Derivatives of a quintic `spline` at `x`, (len(orders), len(x)).

    Order 5 is a step function. At a knot it is the mean of its values on both sides, as
    otherwise it would depend on the direction of time.
    """
    return np.array([spline(x, nu=k) if k < DEGREE else _fifth(spline, x) for k in orders])


def _fifth(spline: BSpline, x: Array) -> Array:
    breaks = np.unique(spline.t)
    levels = spline(0.5 * (breaks[:-1] + breaks[1:]), nu=DEGREE)
    last = len(levels) - 1
    before = np.clip(np.searchsorted(breaks, x - SAME) - 1, 0, last)
    after = np.clip(np.searchsorted(breaks, x + SAME, side="right") - 1, 0, last)
    return np.asarray(0.5 * (levels[before] + levels[after]))


def differentiate_samples(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Array:
    """Derivatives of the quintic spline through `y` at `t_eval`, in original units.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time] and values [signal]; n >= 6.
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders, 0 to 5.

    Returns
    -------
    (len(orders), m) array
        [signal / time**k].
    """
    x, x_eval, step = in_mean_steps(t, t_eval)
    offset = float(y[0])  # a large common offset would cost digits
    values = derivatives(interpolate(x, y - offset), x_eval, orders)
    values += offset * (np.array(orders) == 0)[:, None]
    return np.asarray(values / step ** np.array(orders, dtype=float)[:, None])
