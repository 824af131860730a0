"""Kalman smoothers with an integrated-Wiener prior of fixed order; smoothing by likelihood.

``kalman_wiener_q`` takes the signal's derivative of order q as a Wiener process and chooses the
ratio of process to noise intensity by restricted likelihood: the smoothing spline of degree
``2 q + 1`` under Wahba's generalised maximum likelihood. `kalman_integrated_wiener` chooses among
these q.

The state holds the derivatives of order 0 to q, all of which are continuous; that of order q + 1 is
white noise, which samples do not determine. So the highest order is q.
"""

from __future__ import annotations

import math

import numpy as np

from tiltyard.studies.derivatives.contract import MAX_ORDER, Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.kalman.integrated_wiener import smooth
from tiltyard.studies.derivatives.numerics.kalman.integrated_wiener_window import (
    likeliest,
    log_ratio,
    restricted_log_likelihood,
    rounding_variance,
    window,
)
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples

LOWEST, HIGHEST = 2, 9


def fit(
    t: Array,
    y: Array,
    t_eval: Array,
    orders: tuple[int, ...],
    *,
    q: int,
    index: int | None = None,
) -> Estimate:
    """Smooth with a Wiener process as the derivative of order `q`.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time] and samples [signal], ``n >= 2 q + 3``.
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders, 0 to q.
    q : int
        Order of integration.
    index : int, optional
        The window is ``exp(LATTICE * index)`` mean steps; by default it is the likeliest.

    Returns
    -------
    Estimate
        Posterior means (len(orders), m) [signal / time**k] and standard deviations at the chosen
        window and noise.

    References
    ----------
    Wahba (1978), J. R. Stat. Soc. B 40, 364-372; Krämer & Hennig (2024), J. Mach. Learn. Res. 25.
    """
    samples = unit_samples(y)
    rows = list(orders)
    values = np.zeros((len(orders), len(t_eval)))
    values[[k == 0 for k in orders]] = samples.mean
    if samples.spread == 0.0:
        return Estimate(values, np.zeros_like(values), {"noise": 0.0})
    floor = rounding_variance(y, samples.spread)
    if index is None:
        ratio, variance = likeliest(t, samples.z, q, floor)
    else:
        ratio = log_ratio(q, index)
        one = restricted_log_likelihood(t, samples.z, q, np.array([ratio]), floor)
        variance = float(one[1][0])
    mean, deviation = smooth(t, samples.z, t_eval, q, ratio)
    noise = math.sqrt(variance) * samples.spread
    unit = float(t[-1] - t[0]) / (len(t) - 1)
    settings = {"window": window(q, ratio, unit), "noise": noise}
    return Estimate(values + mean[rows] * samples.spread, deviation[rows] * noise, settings)


def _register(q: int) -> None:
    @estimator(
        f"kalman_wiener_{q}",
        family="kalman",
        max_order=min(q, MAX_ORDER),
        exact_degree=q,
        min_samples=max(10, 2 * q + 3),
        standard_deviation=True,
        cites=("wahba1978improper", "rauch1965maximum", "koopman1997exact", "kramer2024stable"),
    )
    def kalman_wiener(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
        return fit(t, y, t_eval, orders, q=q)


for _q in range(LOWEST, HIGHEST + 1):
    _register(_q)
