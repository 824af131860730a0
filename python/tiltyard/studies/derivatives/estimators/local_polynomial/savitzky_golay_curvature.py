"""Savitzky-Golay windows from the noise and the curvature of the signal.

A polynomial of degree p = k + 3 in a window of N samples estimates derivative k, in units of one
step, with asymptotic risk

    sigma**2 V (2 / N)**(2k + 1) + (D_r B)**2 (N / 2)**8,    r = k + 4,

where D_r is the rms derivative of order r, and with Legendre's polynomials P_j (leading
coefficient l_j) on the window mapped to [-1, 1]

    V = sum_{j<=p} (2j + 1) / 2 * P_j^(k)(0)**2,    B = |P_r^(k)(0)| / (l_r r!).

The risk is least for ``(N / 2)**(2k + 9) = (2k + 1) sigma**2 V / (8 (D_r B)**2)``: the ratio
``sigma**2 / D_4**2`` sets the window of order 0. D_4 and D_2 are measured by differences of block
means; ``D_r = D_4 (D_4 / D_2)**(k / 2)`` continues them as for an oscillation.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.local.moving_polynomial import (
    SIZES,
    even_step,
    geometric,
    moving_fit,
    noise_variance,
    position,
    windows_of,
)
from tiltyard.studies.derivatives.numerics.sample_scaling import UnitSamples, unit_samples

EXTRA = 3  # degree beyond the order of the derivative
FIXED_HALF, FIXED_DEGREE = 7, 7  # of the hybrid at low noise: 15 samples, degree 7
#: Ratio of a fourth difference's mean square to the noise's above which it measures curvature.
TELLING = 4.0


class Curvature(NamedTuple):
    """Noise and curvature that determine the window, with times in steps.

    Attributes
    ----------
    noise : float
        Noise variance.
    fourth : float
        Root mean square of the fourth derivative.
    frequency : float
        Square root of the ratio of fourth to second derivative.
    """

    noise: float
    fourth: float
    frequency: float

    def derivative(self, order: int) -> float:
        """Root mean square of a derivative of order 4 or more."""
        return self.fourth * self.frequency ** (order - 4)


def legendre_at_zero(degree: int, order: int) -> list[float]:
    """Derivatives of `order` at zero of Legendre's polynomials of degree 0 to `degree`."""
    rows = [[1.0] + [0.0] * order]
    for j in range(degree):
        before = rows[j - 1] if j else [0.0] * (order + 1)
        rows.append(
            [
                ((2 * j + 1) * (k * rows[j][k - 1] if k else 0.0) - j * before[k]) / (j + 1)
                for k in range(order + 1)
            ]
        )
    return [row[order] for row in rows]


def asymptotic_risk(order: int, degree: int) -> tuple[float, float, int]:
    """Constants V and B of the risk, and the order r of the derivative in its bias."""
    r = degree + 1 if (degree + 1 - order) % 2 == 0 else degree + 2
    at_zero = legendre_at_zero(r, order)
    variance = sum((2 * j + 1) / 2 * at_zero[j] ** 2 for j in range(degree + 1))
    leading = math.comb(2 * r, r) / 2.0**r
    return variance, abs(at_zero[r]) / (leading * math.factorial(r)), r


def needs_no_more_smoothing(curvature: Curvature, order: int) -> bool:
    """Whether the fixed window's noise error is below its bias, by its asymptotic risk."""
    variance, bias, r = asymptotic_risk(order, FIXED_DEGREE)
    width = FIXED_HALF + 0.5
    from_noise = curvature.noise * variance * width ** -(2 * order + 1)
    from_bias = (curvature.derivative(r) * bias * width ** (r - order)) ** 2
    return from_noise <= from_bias


def best_half(curvature: Curvature, order: int, n: int) -> int:
    """Half-width of least asymptotic risk; windows have more samples than coefficients."""
    degree = order + EXTRA
    variance, bias, r = asymptotic_risk(order, degree)
    lowest, highest = (degree + 2) // 2, (n - 1) // 2
    size = curvature.derivative(r) * bias
    if size == 0.0:
        return highest
    ratio = (2 * order + 1) * curvature.noise * variance / (8.0 * size**2)
    half = math.floor(min(ratio ** (1.0 / (2 * order + 9)), float(n)))
    return max(lowest, min(half, highest))


def measure(samples: UnitSamples) -> Curvature:
    """Measure noise and curvature of the samples."""
    z = samples.z
    n = len(z)
    windows = [windows_of(z, half) for half in geometric(1, (n - 1) // 2, SIZES)]
    noise = max(noise_variance(windows), samples.floor / n)
    sums = np.concatenate([[0.0], np.cumsum(z)])
    second = fourth = 0.0
    for stride in range(1, n // 5 + 1):
        means = (sums[stride:] - sums[:-stride]) / stride
        m = len(means) - 4 * stride
        a, b, c, d, e = (means[i * stride : i * stride + m] for i in range(5))
        from_noise = 70.0 * noise / stride
        square = float(np.mean((a - 4 * b + 6 * c - 4 * d + e) ** 2))
        fourth = math.sqrt(max(square - from_noise, from_noise)) / stride**4
        second = math.sqrt(float(np.mean((b - 2 * c + d) ** 2))) / stride**2
        if square > TELLING * from_noise:
            break
    return Curvature(noise, fourth, math.sqrt(fourth / second) if second else 0.0)


def fit(
    t: Array,
    y: Array,
    t_eval: Array,
    orders: tuple[int, ...],
    samples: UnitSamples,
    halves: list[int],
    degrees: list[int],
) -> Array:
    """Differentiate with a half-width and a degree per order."""
    step = even_step(t, "savitzky_golay_curvature")
    place = position(t, t_eval)
    values = np.empty((len(orders), len(t_eval)))
    for row, (k, half, degree) in enumerate(zip(orders, halves, degrees, strict=True)):
        values[row] = moving_fit(samples.z, place, (k,), half, degree)[0]
        values[row] *= samples.spread / step**k
        values[row] += samples.mean * (k == 0)
    return values


def _estimate(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], hybrid: bool) -> Estimate:
    samples = unit_samples(y)
    if samples.spread == 0.0:
        constant = np.array([[samples.mean * (k == 0)] for k in orders])
        return Estimate(np.repeat(constant, len(t_eval), axis=1))
    curvature = measure(samples)
    halves, degrees = [], []
    for k in orders:
        half, degree = best_half(curvature, k, len(t)), k + EXTRA
        if hybrid and needs_no_more_smoothing(curvature, k):
            half, degree = FIXED_HALF, FIXED_DEGREE
        halves.append(half)
        degrees.append(degree)
    values = fit(t, y, t_eval, orders, samples, halves, degrees)
    settings: dict[str, Any] = {
        "noise": math.sqrt(curvature.noise) * samples.spread,
        "window": [2 * half + 1 for half in halves],
        "degree": degrees,
    }
    return Estimate(values, None, settings)


@estimator(
    "savitzky_golay_curvature",
    family="local polynomial",
    exact_degree=3,
    min_samples=20,
    uneven=False,
    cites=("savitzky1964smoothing", "gorry1990general", "fan1996local"),
    prior_names=("Savitzky-Golay-Adaptive",),
)
def savitzky_golay_curvature(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Local polynomials of degree k + 3, their windows optimal for measured noise and curvature.

    `t` must be evenly spaced. In the earlier study the ratio of noise variance to squared fourth
    difference determines the window, but no formula is given; the module's is the asymptotic
    optimum (as in Fan & Gijbels 1996, section 3.2.3).
    """
    return _estimate(t, y, t_eval, orders, hybrid=False)


@estimator(
    "savitzky_golay_hybrid",
    family="local polynomial",
    exact_degree=3,
    min_samples=20,
    uneven=False,
    cites=("savitzky1964smoothing", "gorry1990general", "fan1996local"),
    prior_names=("Savitzky-Golay-Hybrid",),
)
def savitzky_golay_hybrid(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Per order the fixed window of 15 samples and degree 7, or that of `savitzky_golay_curvature`.

    `t` must be evenly spaced. The fixed window is used where noise is small: where its error from
    noise is below its bias, both by the asymptotic risk at the measured noise and curvature. More
    smoothing would then increase the error.
    """
    return _estimate(t, y, t_eval, orders, hybrid=True)
