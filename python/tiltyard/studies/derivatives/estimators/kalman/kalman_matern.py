"""Kalman smoothers with a Matérn prior; length scale, intensity and noise by maximum likelihood.

A Gaussian process with the Matérn covariance of half-integer smoothness, its posterior computed in
time linear in the samples (`matern_process`).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.kalman.integrated_wiener_window import rounding_variance
from tiltyard.studies.derivatives.numerics.kalman.matern_process import (
    log_likelihood,
    smooth_matern,
)
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples

# Ranges: the rate from one per record, below which records differ little, to four per step; the
# cut-off frequency, where signal and noise are of equal density, from a quarter of a wave in the
# record to where the noise is 1e-10 of the signal's change in a step: interpolation.
LOWEST_RATE, HIGHEST_RATE = 1.0, 4.0
LOWEST_CUT_OFF, HIGHEST_LOG_INTENSITY = 0.5 * math.pi, 46.0
COARSE = 0.7  # largest spacing of the grid of their logarithms
#: Half-widths of the squares around the best point.
REFINEMENTS = (0.35, 0.175, 0.09, 0.045, 0.02, 0.005)
TIE = 1e-6  # nats; of equals the smoothest counts


def likeliest(
    criterion: Callable[[Array], Array], low: tuple[float, float], high: tuple[float, float]
) -> Array:
    """Parameters (2,) at which the smooth `criterion`, (G, 2) -> (G,), is greatest.

    A grid finds the cell; then parabolas are fitted on three times three points around the best so
    far, in ever smaller squares. Interpolation finds the maximum better than comparisons of values,
    which stop at the square root of their rounding errors.
    """
    axes = [
        np.linspace(a, b, math.ceil((b - a) / COARSE) + 1) for a, b in zip(low, high, strict=True)
    ]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    values = criterion(points)
    centre = points[int(np.argmax(values >= values.max() - TIE))]
    offsets = np.array([(i, j) for i in (-1.0, 0.0, 1.0) for j in (-1.0, 0.0, 1.0)])
    a, b = offsets.T
    design = np.column_stack([np.ones(9), a, b, a * a, a * b, b * b])
    for size in REFINEMENTS:
        # The square stays within the range, so that a parabola can reach the range's edge.
        middle = np.clip(centre, np.array(low) + size, np.array(high) - size)
        around = middle + size * offsets
        values = criterion(around)
        _, *g, aa, ab, bb = np.linalg.lstsq(design, values)[0]
        hessian = np.array([[2 * aa, ab], [ab, 2 * bb]])
        best = offsets[int(np.argmax(values >= values.max() - TIE))]
        if aa < 0.0 and np.linalg.det(hessian) > 0.0:
            top = np.linalg.solve(hessian, -np.array(g))
            if np.abs(top).max() <= 1.5:
                best = top
        centre = np.clip(middle + size * best, low, high)
    return np.asarray(centre)


def choose(times: Array, z: Array, m: int, floor: float) -> tuple[float, float]:
    """Likeliest rate and cut-off frequency [1 / mean step] of a process of m states."""
    n = len(z)

    def criterion(points: Array) -> Array:
        rates, cut_offs = np.exp(points).T
        return log_likelihood(times, z, m, rates, cut_offs, floor)[0]

    low = (math.log(LOWEST_RATE / (n - 1)), math.log(LOWEST_CUT_OFF / (n - 1)))
    high = (math.log(HIGHEST_RATE), HIGHEST_LOG_INTENSITY / (2 * m))
    rate, cut_off = np.exp(likeliest(criterion, low, high))
    return float(rate), float(cut_off)


def fit(
    t: Array,
    y: Array,
    t_eval: Array,
    orders: tuple[int, ...],
    *,
    m: int,
    parameters: tuple[float, float] | None = None,
) -> Estimate:
    """Posterior of derivatives under a Matérn process of smoothness ``m - 1/2``.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time] and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders, 0 to m - 1.
    m : int
        Number of states.
    parameters : pair of float, optional
        Rate and cut-off frequency [1 / mean step]; by default the likeliest.

    Returns
    -------
    Estimate
        Posterior means (len(orders), m) [signal / time**k], and standard deviations.

    References
    ----------
    Hartikainen & Särkkä (2010), IEEE MLSP, 379-384.
    """
    samples = unit_samples(y)
    rows = list(orders)
    offset = np.array([[samples.mean * (k == 0)] for k in orders])
    if samples.spread == 0.0:
        values = np.repeat(offset, len(t_eval), axis=1)
        return Estimate(values, np.zeros_like(values), {"noise": 0.0})
    step = float(t[-1] - t[0]) / (len(t) - 1)
    x, floor = (t - t[0]) / step, rounding_variance(y, samples.spread)
    rate, cut_off = parameters or choose(x, samples.z, m, floor)
    variance = log_likelihood(x, samples.z, m, np.array([rate]), np.array([cut_off]), floor)[1][0]
    mean, deviation = smooth_matern(x, samples.z, (t_eval - t[0]) / step, m, rate, cut_off)
    scale = samples.spread / step ** np.array(orders, dtype=float)[:, None]
    noise = math.sqrt(variance)
    settings = {
        "length_scale": math.sqrt(2 * m - 1) / rate * step,
        "cut_off": cut_off / step,
        "noise": noise * samples.spread,
    }
    return Estimate(mean[rows] * scale + offset, deviation[rows] * scale * noise, settings)


@estimator(
    "kalman_matern",
    family="kalman",
    max_order=7,
    exact_degree=1,
    min_samples=20,
    standard_deviation=True,
    cites=("hartikainen2010kalman", "rauch1965maximum"),
)
def kalman_matern(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Smooth with a Matérn process of smoothness 17/2, whose eighth derivative is continuous."""
    return fit(t, y, t_eval, orders, m=9)


@estimator(
    "kalman_matern_52",
    family="kalman",
    max_order=2,
    exact_degree=0,
    min_samples=10,
    standard_deviation=True,
    cites=("hartikainen2010kalman", "rauch1965maximum"),
)
def kalman_matern_52(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Smooth with a Matérn process of smoothness 5/2, whose second derivative is continuous."""
    return fit(t, y, t_eval, orders, m=3)
