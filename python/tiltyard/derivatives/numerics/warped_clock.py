"""Clocks of warped processes: increasing functions tau(x) of unit time, their gradients and series.

Unit time x runs over [-1/2, 1/2]. A clock has parameters u with independent standard normal prior
and a rate ``tau'(x) = exp(b(x)) / Z`` with b linear in u, so that it always increases. The form of
b makes it smooth: its spectrum falls like a Gaussian or an exponential. A stationary process that
reads such a clock is a nonstationary one (Sampson & Guttorp 1992 deform space in the same way).
All clocks turn round under ``x -> -x`` with some signs of u changed: no direction of time is
preferred.

A series is an array of Taylor coefficients, index k along its first axis for ``(x - x0)**k``.
"""

from __future__ import annotations

import copy
import math
from functools import lru_cache
from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.polynomial import chebyshev

from tiltyard.derivatives.estimator import Array

BEYOND = 0.08  # by which the cosines' half-period exceeds the record: b may have slopes at its ends
PAIRS = 4  # harmonics of a periodic clock's log rate
PAIR_DECAY = 1.2  # of their prior deviations, per harmonic, in nats
PERIOD_DEVIATION = 0.02  # prior deviation of the log period from the scanned one
PHASE_NODES = 128  # of the quadrature over one period: exact to rounding for the rates used


class Reading(NamedTuple):
    """A clock at n points: tau (n,) and its gradient with respect to u (n, K)."""

    tau: Array
    gradient: Array


class Clock(Protocol):
    """What the likelihood and the posterior need of a clock with `size` parameters."""

    size: int

    def read(self, u: Array) -> Reading:
        """Tau and its gradient at the clock's points."""

    def series(self, u: Array, depth: int) -> tuple[Array, Array]:
        """Series of tau (depth, n) and of its gradient (depth, n, K) at the clock's points."""

    def at(self, x: Array) -> Self:
        """The same clock at other points."""


class SteadyClock:
    """tau = x, without parameters."""

    size = 0

    def __init__(self, x: Array) -> None:
        self.x = x

    def at(self, x: Array) -> SteadyClock:
        return SteadyClock(x)

    def read(self, u: Array) -> Reading:
        return Reading(self.x, np.zeros((len(self.x), 0)))

    def series(self, u: Array, depth: int) -> tuple[Array, Array]:
        tau = np.zeros((depth, len(self.x)))
        tau[0] = self.x
        tau[1:2] = 1.0
        return tau, np.zeros((depth, len(self.x), 0))


def times(a: Array, b: Array) -> Array:
    """Product of two series of equal depth; trailing axes are broadcast."""
    rows = [sum(a[j] * b[k - j] for j in range(k + 1)) for k in range(len(a))]
    return np.array(rows)


def exponential(b: Array) -> Array:
    """Series of exp(b): ``k e_k = sum_j j b_j e_(k-j)``."""
    e = np.empty_like(b)
    e[0] = np.exp(b[0])
    for k in range(1, len(b)):
        e[k] = sum(j * b[j] * e[k - j] for j in range(1, k + 1)) / k
    return e


def integrated(value: Array, rate: Array) -> Array:
    """Series with constant term `value` and derivative `rate` (depth, ...)."""
    divisors = np.arange(1.0, len(rate)).reshape(-1, *[1] * (rate.ndim - 1))
    return np.concatenate([value[None], rate[:-1] / divisors])


def waves_series(x: Array, w: Array, depth: int) -> tuple[Array, Array]:
    """Series of cos(w x) and sin(w x), each (depth, len(x), len(w))."""
    phase = np.multiply.outer(x, w)
    cos, sin = np.cos(phase), np.sin(phase)
    turns = ((cos, sin), (-sin, cos), (-cos, -sin), (sin, -cos))
    factors: list[Array] = [w**k / math.factorial(k) for k in range(depth)]
    return (
        np.array([turns[k % 4][0] * factors[k] for k in range(depth)]),
        np.array([turns[k % 4][1] * factors[k] for k in range(depth)]),
    )


@lru_cache(maxsize=16)
def _quadrature(count: int) -> tuple[Array, Array]:
    """Chebyshev nodes in [-1/2, 1/2], and Chebyshev coefficients of antiderivatives from -1/2.

    The second is the matrix (count + 1, count) from values at the nodes to the coefficients.
    """
    angles = math.pi * (np.arange(count) + 0.5) / count
    coefficients = 2.0 / count * np.cos(np.multiply.outer(np.arange(count), angles))
    coefficients[0] *= 0.5
    antiderivative = 0.5 * chebyshev.chebint(coefficients, lbnd=-1, axis=0)
    return 0.5 * np.cos(angles), np.asarray(antiderivative, dtype=float)


class SmoothClock:
    """Clock from -1/2 to 1/2 whose log rate is a sum of cosines.

    ``b(x) = scale * sum_k d_k u_k cos(pi k (x + 1/2 + BEYOND) / (1 + 2 BEYOND))``, k = 1 .. size,
    with ``d_k`` proportional to ``exp(-k**2 / (2 width**2))`` and half their squares summing to 1,
    so that `scale` is the prior deviation of b. The integral of the rate is that of its
    interpolating polynomial in Chebyshev nodes, at any point the same.
    """

    def __init__(self, x: Array, size: int, width: float, scale: float) -> None:
        self.x, self.size, self.width, self.scale = x, size, width, scale
        k = np.arange(1, size + 1)
        self.w = np.asarray(math.pi * k / (1.0 + 2.0 * BEYOND), dtype=float)
        d = np.exp(-0.5 * np.square(k / width))
        self.d = d / math.sqrt(0.5 * float(d @ d))
        nodes, antiderivative = _quadrature(64 + 6 * size)
        self.nodes = self._basis(nodes)
        self.total = antiderivative.sum(axis=0)  # all Chebyshev polynomials are 1 at the end
        self.integral = chebyshev.chebvander(2.0 * x, len(nodes)) @ antiderivative

    def _basis(self, x: Array) -> Array:
        return np.cos(np.multiply.outer(x + (0.5 + BEYOND), self.w)) * self.d

    def at(self, x: Array) -> SmoothClock:
        return SmoothClock(x, self.size, self.width, self.scale)

    def scaled(self, scale: float) -> SmoothClock:
        """The same clock with another prior deviation of its log rate."""
        other = copy.copy(self)
        other.scale = scale
        return other

    def log_rate_basis(self) -> Array:
        """Derivative (n, K) of the log rate, up to a constant, with respect to u."""
        return self.scale * self._basis(self.x)

    def read(self, u: Array) -> Reading:
        rate = np.exp(self.nodes @ (self.scale * u))
        Z = float(self.total @ rate)
        s = self.integral @ rate / Z
        weighted = self.nodes * rate[:, None]
        gradient = (self.integral @ weighted - np.multiply.outer(s, self.total @ weighted)) / Z
        return Reading(s - 0.5, self.scale * gradient)

    def series(self, u: Array, depth: int) -> tuple[Array, Array]:
        tau, gradient = self.read(u)
        basis, _ = waves_series(self.x + (0.5 + BEYOND), self.w, depth)
        basis *= self.scale * self.d
        rate_nodes = np.exp(self.nodes @ (self.scale * u))
        Z = float(self.total @ rate_nodes)
        rate = exponential(basis @ u) / Z
        basis[0] -= self.scale * (self.total @ (self.nodes * rate_nodes[:, None])) / Z
        return integrated(tau, rate), integrated(gradient, times(rate[..., None], basis))


class PeriodicClock:
    """Clock that advances by 1 in every period, from 0 in the middle of the record.

    ``tau = v + periodic`` with ``v = x / period``; b has PAIRS cosines and sines of v whose prior
    deviations fall by ``exp(-PAIR_DECAY)`` per harmonic. Parameters are the deviation of the log
    period from that of `period`, in PERIOD_DEVIATION, then the cosines' and the sines'.
    """

    size = 2 * PAIRS + 1

    def __init__(self, x: Array, period: float) -> None:
        self.x, self.period = x, period
        j = np.arange(1, PAIRS + 1)
        self.w = np.asarray(2.0 * math.pi * j, dtype=float)
        self.d = np.tile(np.exp(-PAIR_DECAY * (j - 1)), 2)
        cos, sin = waves_series(np.arange(PHASE_NODES) / PHASE_NODES, self.w, 1)
        self.nodes = np.concatenate([cos[0], sin[0]], axis=1) * self.d

    def at(self, x: Array) -> PeriodicClock:
        return PeriodicClock(x, self.period)

    def log_rate_basis(self) -> Array:
        """Derivative (n, K) of the log rate, up to a constant, with respect to u."""
        cos, sin = waves_series(self.x / self.period, self.w, 1)
        basis = np.concatenate([cos[0], sin[0]], axis=1) * self.d
        return np.hstack([np.zeros((len(self.x), 1)), basis])

    def _phase(self, u: Array) -> tuple[float, Array, Array, Array]:
        """Period, v, means over a period of the rate and its derivatives, and their integrals."""
        period = self.period * math.exp(PERIOD_DEVIATION * u[0])
        v = self.x / period
        rate = np.exp(self.nodes @ u[1:])
        spectra = np.fft.rfft(np.column_stack([rate, self.nodes * rate[:, None]]), axis=0)
        spectra /= PHASE_NODES
        means = spectra[0].real
        m = np.arange(1, PHASE_NODES // 2)
        oscillating = spectra[1:-1] / (math.pi * m[:, None])  # 2 c_m exp(2 pi i m v) / (2 pi i m)
        turned = np.exp(2j * math.pi * np.multiply.outer(v, m)) - 1.0
        return period, v, means, np.multiply.outer(v, means) + (turned @ oscillating).imag

    def read(self, u: Array) -> Reading:
        _, v, means, integrals = self._phase(u)
        tau = integrals[:, 0] / means[0]
        cos, sin = waves_series(v, self.w, 1)
        rate = np.exp(np.concatenate([cos[0], sin[0]], axis=1) @ (self.d * u[1:])) / means[0]
        slopes = (integrals[:, 1:] - np.multiply.outer(tau, means[1:])) / means[0]
        return Reading(tau, np.column_stack([-PERIOD_DEVIATION * v * rate, slopes]))

    def series(self, u: Array, depth: int) -> tuple[Array, Array]:
        period, v, means, _ = self._phase(u)
        tau, gradient = self.read(u)
        cos, sin = waves_series(v, self.w, depth)
        basis = np.concatenate([cos, sin], axis=2) * self.d
        rate = exponential(basis @ u[1:]) / means[0]
        basis[0] -= means[1:] / means[0]
        stretched = v * rate
        stretched[1:] += rate[:-1]  # series of v times the rate
        per_period = -PERIOD_DEVIATION * stretched
        slopes = integrated(gradient[:, 1:], times(rate[..., None], basis))
        both = np.concatenate([per_period[..., None], slopes], axis=2)
        powers = period ** -np.arange(float(depth))  # of v = x / period
        return integrated(tau, rate) * powers[:, None], both * powers[:, None, None]
