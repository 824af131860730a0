"""Polynomials fitted in a window that moves along evenly spaced samples, and the noise variance.

A window of 2m + 1 samples is centred where the record allows it, otherwise it is the outermost
full one (Savitzky & Golay 1964, extended to the ends by Gram polynomials as in Gorry 1990).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.numerics.bases.gram_polynomials import (
    gram_basis,
    gram_derivatives,
)

Array = NDArray[np.float64]

#: Number of window sizes, and highest degree.
SIZES, MAX_DEGREE = 40, 60
#: Grid of the geometric decays tau_j**2 = a rho**j.
RATIOS = np.geomspace(1e-4, 0.98, 40)
AMPLITUDES = np.geomspace(1e-3, 10, 40)


class Windows(NamedTuple):
    """All windows of one size: half-width m, highest degree P, and their coefficients."""

    half: int
    degree: int
    coefficients: Array  # (number of windows, P + 1), row i: window centred at sample i + m
    power: Array  # (P + 1,) mean square of each coefficient
    beyond: float  # mean over windows of the sum of squares that degree P leaves
    freedom: float  # independent windows: the n samples shared out among 2m + 1 coefficients


def even_step(t: Array, name: str) -> float:
    """Step between the evenly spaced times `t`; `name` is the estimator's, for the message.

    Raises
    ------
    ValueError
        If the steps differ by more than rounding.
    """
    n = len(t)
    step = float((t[-1] - t[0]) / (n - 1))
    deviation = float(np.max(np.abs((t - t[0]) - step * np.arange(n))))
    # The second term allows for the rounding of times with a large offset.
    if deviation > 1e-6 * step + 4 * np.finfo(float).eps * float(np.max(np.abs(t))):
        raise ValueError(
            f"{name} needs evenly spaced times; they deviate by {deviation:g} "
            f"from a step of {step:g}: use a method for uneven times, such as local_polynomial"
        )
    return step


def position(t: Array, t_eval: Array) -> Array:
    """Position of `t_eval` in steps from the first sample; exactly whole at the samples."""
    low = np.clip(np.searchsorted(t, t_eval, side="right") - 1, 0, len(t) - 2)
    position: Array = low + (t_eval - t[low]) / (t[low + 1] - t[low])
    return position


def geometric(first: int, last: int, count: int) -> list[int]:
    """About `count` distinct integers from `first` to `last`, in geometric progression."""
    grid = first * (last / first) ** (np.arange(count) / (count - 1))
    return sorted({int(np.floor(v + 0.5)) for v in grid})


def windows_of(z: Array, half: int) -> Windows:
    """All windows of ``2 half + 1`` of the samples `z`, with their coefficients."""
    size = 2 * half + 1
    degree = min(2 * half, MAX_DEGREE)
    basis = gram_basis(size, degree)
    slices = np.lib.stride_tricks.sliding_window_view(z, size)
    coefficients = slices @ basis
    beyond = 0.0
    if degree < 2 * half:
        beyond = float(np.mean(np.sum((slices - coefficients @ basis.T) ** 2, axis=1)))
    power = np.mean(coefficients**2, axis=0)
    freedom = len(z) / size
    return Windows(half, degree, coefficients, power, beyond, freedom)


def moving_fit(z: Array, position: Array, orders: tuple[int, ...], half: int, degree: int) -> Array:
    """Derivatives (len(orders), len(position)) of the moving polynomial, in units of one step.

    Parameters
    ----------
    z : (n,) array
        Evenly spaced samples.
    position : (m,) array
        Positions of the derivatives, in steps from the first sample. Between two samples the
        estimates of the windows of both are averaged, weighted by the distance.
    orders : tuple of int
        Derivative orders, up to `degree`.
    half, degree : int
        The window has ``2 half + 1 <= n`` samples, more than `degree`.
    """
    n, size = len(z), 2 * half + 1
    coefficients = np.lib.stride_tricks.sliding_window_view(z, size) @ gram_basis(size, degree)
    low = np.clip(np.floor(position), 0, n - 1).astype(np.int64)
    share = position - low
    values = np.zeros((len(orders), len(position)))
    for sample, weight in ((low, 1 - share), (np.minimum(low + 1, n - 1), share)):
        centre = np.clip(sample, half, n - 1 - half)
        basis = gram_derivatives(size, degree, max(orders), position - centre)[list(orders)]
        values += weight * np.einsum("kmj,mj->km", basis, coefficients[centre - half])
    return values


def noise_variance(windows: list[Windows]) -> float:
    """Noise variance: the mean power of the highest coefficients of some window size.

    Size and first coefficient are those with the least upper bound (mean plus two standard
    deviations, at least 8 degrees of freedom). Where even those powers still fall
    geometrically the signal is not resolved and the mean is only an upper bound; then a decay
    ``a rho**j + s`` is fitted, and s is taken if it raises the log likelihood by more than 2.
    """
    bound, best, first, variance = np.inf, windows[0], 0, 0.0
    for w in windows:
        tail = w.freedom * (2 * w.half - w.degree)
        total = w.freedom * (np.cumsum(w.power[::-1])[::-1] + w.beyond)
        freedom = w.freedom * np.arange(w.degree + 1, 0, -1) + tail
        mean = total / freedom
        upper = np.where(freedom < 8, np.inf, mean * (1 + 2 * np.sqrt(2 / freedom)))
        j = int(np.argmin(upper))
        if upper[j] < bound:
            bound, best, first, variance = float(upper[j]), w, j, float(mean[j])
    power = best.power[max(0, first - 10) :]
    floors = variance * 10.0 ** -np.arange(0, 8.1, 0.25)
    likelihood = [
        np.max(decay_likelihood(power, best.freedom, s, float(np.max(power[:3])))) for s in floors
    ]
    i = int(np.argmax(likelihood))
    return float(floors[i] if likelihood[i] > likelihood[0] + 2 else variance)


def decay_likelihood(power: Array, freedom: float, variance: float, top: float) -> Array:
    """Log-likelihood of mean squares `power` for ``a rho**j + variance``: (amplitudes, ratios)."""
    j = np.arange(len(power))
    mean = (top * AMPLITUDES)[:, None, None] * RATIOS[:, None] ** j + variance
    likelihood: Array = -freedom / 2 * np.sum(np.log(mean) + power / mean, axis=2)
    return likelihood
