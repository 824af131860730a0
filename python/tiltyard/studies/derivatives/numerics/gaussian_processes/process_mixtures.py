"""Spectral densities that are sums of squared-exponential ones (see `process_spectra`)."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import gammaln, ive

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_spectra import (
    LONGEST,
    Density,
    Spectrum,
    circle,
)

# Nodes of the scale mixture: the trapezoidal rule is exact to 1e-4 for the narrowest, of alpha 50.
NODES = np.arange(-12.0, 5.1, 0.2)


def mixture(log: Array, gradient: Array, hessian: Array) -> Density:
    """Density of a sum of terms: log (C, K), gradient (q, C, K), hessian (q, q, C, K) of each."""
    top = np.max(log, axis=0)
    share = np.exp(log - top)
    total = share.sum(axis=0)
    share /= total
    first = np.sum(share * gradient, axis=1)
    second = np.sum(share * (gradient[:, None] * gradient[None] + hessian), axis=2)
    return Density(top + np.log(total), first, second - first[:, None] * first[None])


def rational_quadratic_density(theta: Array, w: Array) -> Density:
    """Rational-quadratic density with ``theta = (log l, log alpha)``.

    The covariance ``(1 + d**2 / (2 alpha l**2))**-alpha`` is a mixture of squared-exponential ones
    whose inverse squared lengths ``exp(s) / l**2`` have a gamma distribution (Rasmussen & Williams
    2006, eq. 4.20): ``exp(alpha (s - exp(s)))`` up to a constant.
    """
    alpha = math.exp(theta[1])
    weight = alpha * (NODES - np.exp(NODES))
    share = np.exp(weight - np.max(weight))
    norm = math.log(share.sum()) + float(np.max(weight))
    share /= share.sum()
    slope = float(share @ weight)
    bend = float(share @ (weight * weight + weight)) - slope**2
    log_length = theta[0] - 0.5 * NODES[:, None]
    square = np.square(w * np.exp(log_length))
    log = (weight - norm)[:, None] + log_length - 0.5 * square
    gradient = np.stack([1.0 - square, np.broadcast_to((weight - slope)[:, None], square.shape)])
    hessian = np.zeros((2, 2, *square.shape))
    hessian[0, 0] = -2.0 * square
    hessian[1, 1] = (weight - bend)[:, None]
    return mixture(log, gradient, hessian)


def sum_density(theta: Array, w: Array) -> Density:
    """Sum of two squared-exponential densities.

    ``theta = (log l, log of the longer length over l, log of its variance over the other's)``.
    """
    log_lengths = np.array([theta[0], theta[0] + theta[1]])[:, None]
    square = np.square(w * np.exp(log_lengths))
    log = log_lengths + np.array([[0.0], [theta[2]]]) - 0.5 * square
    gradient = np.zeros((3, *square.shape))
    gradient[0] = 1.0 - square
    gradient[1, 1] = gradient[0, 1]
    gradient[2, 1] = 1.0
    hessian = np.zeros((3, 3, *square.shape))
    hessian[0, 0] = -2.0 * square
    hessian[0, 1, 1] = hessian[1, 0, 1] = hessian[1, 1, 1] = -2.0 * square[1]
    return mixture(log, gradient, hessian)


def harmonics(log_width: float, count: int) -> Density:
    """Logarithms of the Fourier coefficients 0 .. count - 1 of ``exp(-2 sin(u / 2)**2 / b**2)``.

    They are ``exp(-z) I_j(z)``, z = 1 / b**2 (MacKay 1998); with their derivatives by log b.
    """
    z = math.exp(-2.0 * log_width)
    j = np.arange(count, dtype=float)
    value, below = ive(j, z), ive(np.abs(j - 1.0), z)
    seen = value > 1e-290
    log = np.where(seen, np.log(np.where(seen, value, 1.0)), j * math.log(0.5 * z) - gammaln(j + 1))
    # I_j' = I_{j-1} - j / z I_j; where the value underflows, I_j is (z / 2)**j / j!.
    ratio = np.where(seen, below / np.where(seen, value, 1.0) - j / z, j / z)
    second = 1.0 + (j / z) ** 2 - ratio / z - ratio**2  # of log I_j, by Bessel's equation
    slope = -2.0 * z * (ratio - 1.0)
    return Density(log, slope[None], (4.0 * z * (ratio - 1.0) + 4.0 * z * z * second)[None, None])


def periodic_density(theta: Array, w: Array) -> Density:
    """Periodic density with ``theta = (log b,)``, for frequencies that are the harmonics."""
    return harmonics(theta[0], len(w))


def locally_periodic_density(theta: Array, w: Array) -> Density:
    """Density of a squared-exponential times a periodic covariance.

    ``theta = (log l, log period, log b)``: each harmonic of the period, and its negative, becomes
    a Gaussian of width 1 / l.
    """
    base = 2.0 * math.pi * math.exp(-theta[1])
    count = max(2, math.ceil(float(w[-1]) / base) + 2)
    one = harmonics(theta[2], count)
    j = np.concatenate([np.arange(count), -np.arange(1, count)])
    k = np.abs(j)
    length = math.exp(theta[0])
    offset = (w - base * j[:, None]) * length
    shift = (base * length) * j[:, None]  # d offset / d log period
    log = theta[0] + one.log[k][:, None] - 0.5 * offset**2
    gradient = np.stack(
        [
            1.0 - offset**2,
            -offset * shift,
            np.broadcast_to(one.gradient[0][k][:, None], offset.shape),
        ]
    )
    hessian = np.zeros((3, 3, *offset.shape))
    hessian[0, 0] = -2.0 * offset**2
    hessian[0, 1] = hessian[1, 0] = -2.0 * offset * shift
    hessian[1, 1] = shift * (offset - shift)
    hessian[2, 2] = one.hessian[0, 0][k][:, None]
    return mixture(log, gradient, hessian)


def rational_quadratic() -> Spectrum:
    """Rational-quadratic processes with alpha between 1/10 and 50."""
    return Spectrum(
        rational_quadratic_density,
        lambda theta: circle(theta[0]),
        np.array([-math.inf, math.log(0.1)]),
        np.array([LONGEST, math.log(50.0)]),
        np.array([True, False]),
        np.log([[1.0], [10.0]]),
    )


def sum_of_two() -> Spectrum:
    """Sums of two squared-exponential processes, the longer at least 1.3 times the shorter."""
    return Spectrum(
        sum_density,
        lambda theta: circle(theta[0] + theta[1]),
        np.array([-math.inf, math.log(1.3), math.log(1e-3)]),
        np.array([LONGEST, math.log(100.0), math.log(1e6)]),
        np.array([True, False, False]),
        np.log([[2.0, 10.0], [6.0, 100.0]]),
    )


def locally_periodic() -> Spectrum:
    """Periodic processes of at most one duration's period, whose shape changes over a length l."""
    return Spectrum(
        locally_periodic_density,
        lambda theta: 2.0 + max(5.0 * math.exp(theta[0]), 1.0),
        np.array([-math.inf, -math.inf, math.log(0.1)]),
        np.array([math.log(3.0), math.log(2.0), math.log(10.0)]),
        np.array([True, True, False]),
    )
