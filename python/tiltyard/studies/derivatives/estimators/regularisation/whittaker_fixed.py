"""Whittaker's smoother with fixed lambda, differentiated by an interpolating spline."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import make_interp_spline
from scipy.linalg import solveh_banded

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.scaling import unit_time

SMOOTHING = 100.0  # lambda
DEGREE = 5  # of the spline
SIDE = 1e-9  # of the record's half-width, to either side of a knot


@estimator(
    "whittaker_fixed",
    family="regularisation",
    max_order=DEGREE,
    exact_degree=1,
    min_samples=8,
    uneven=False,
    cites=("whittaker1923graduation", "eilers2003perfect"),
    exempt={"falls_with_noise": "lambda is fixed, so that its bias hides every low noise"},
    prior_names=("Whittaker_m2",),
)
def whittaker_fixed(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the quintic spline through samples smoothed with lambda = 100 and order 2.

    The smoothed samples are ``(I + 100 D'D)^-1 y`` with the second difference D; whatever the
    noise, they lose oscillations with a period of less than some 20 samples. The spline has
    not-a-knot ends; its fifth derivative at a knot is the mean of both sides.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing, evenly spaced times [time] and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k, up to 5.

    Returns
    -------
    Estimate
        Values ``(len(orders), m)`` [signal / time**k].

    References
    ----------
    Eilers (2003), Anal. Chem. 75, 3631-3636.
    """
    unit = unit_time(t, t_eval)
    smooth = whittaker_smooth(y - y[0], SMOOTHING)
    spline = make_interp_spline(unit.x, smooth, k=DEGREE)
    sides = np.clip(unit.x_eval + SIDE * np.array([[-1.0], [1.0]]), -1.0, 1.0)
    values = np.stack(
        [spline(sides, k).mean(axis=0) if k == DEGREE else spline(unit.x_eval, k) for k in orders]
    )
    values[[k == 0 for k in orders]] += y[0]
    return Estimate(unit.to_time(values, orders))


def whittaker_smooth(y: Array, smoothing: float) -> Array:
    """``(I + smoothing D'D)^-1 y`` with the second difference D, for samples `y` (n,), n >= 4."""
    n = len(y)
    bands = np.zeros((3, n))  # lower bands of D'D
    for i, one in enumerate((1.0, -2.0, 1.0)):
        for j, other in enumerate((1.0, -2.0, 1.0)[i:]):
            bands[j, i : i + n - 2] += one * other
    bands *= smoothing
    bands[0] += 1.0
    return np.asarray(solveh_banded(bands, y, lower=True))
