"""Clocks of warped processes: increasing functions tau(x) of unit time, their gradients and series.

Unit time x runs over [-1/2, 1/2]. A clock has parameters u with independent standard normal prior
and a rate ``tau'(x) = exp(b(x)) / Z`` with b linear in u, so that it always increases. The form of
b makes it smooth: its spectrum falls like a Gaussian or an exponential. A stationary process that
reads such a clock is a nonstationary one (Sampson & Guttorp 1992 deform space in the same way).
Reversing time, ``x -> -x``, changes a clock's sign and some signs of u only: no direction of time
is preferred.

A series is an array of Taylor coefficients, index k along its first axis for ``(x - x0)**k``.
"""

from __future__ import annotations

import copy
import math
from functools import lru_cache
from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.polynomial import chebyshev

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.warped.features import Grid, waves

BEYOND = 0.08  # by which the cosines' half-period exceeds the record: b may have slopes at its ends
CENTRE = np.zeros(2)  # of the prior of a spectrum's parameters
SCALE = 0.7  # prior mean of the deviation of a smooth clock's log rate
SCALE_SPREAD = 0.5  # prior deviation of the log of this scale
WIDTH_SPREAD = 0.3  # prior deviation of the log width of its spectrum
PAIRS = 8  # harmonics of a periodic clock's log rate
PAIR_DECAY = 1.2  # prior mean of the decay of their prior deviations [nats per harmonic]
DECAY_SPREAD = 0.4  # prior deviation of the log of this decay
PERIOD_DEVIATION = 0.02  # prior deviation of the log period from the scanned one
PHASE_NODES = 128  # of the quadrature over one period: exact to rounding for the rates used


class Reading(NamedTuple):
    """A clock at n points: tau (n,) and its gradient with respect to u (n, K)."""

    tau: Array
    gradient: Array


class Clock(Protocol):
    """A clock with `size` parameters, as the likelihood and the posterior use it."""

    size: int

    def tau(self, u: Array) -> Array:
        """Tau (n,) alone at the clock's points."""

    def read(self, u: Array) -> Reading:
        """Tau and its gradient at the clock's points."""

    def series(self, u: Array, depth: int) -> tuple[Array, Array]:
        """Series of tau (depth, n) and of its gradient (depth, n, K) at the clock's points."""

    def at(self, x: Array) -> Self:
        """The clock at the points `x` instead."""


class SteadyClock:
    """Clock ``tau = x``, which has no parameters."""

    size = 0

    def __init__(self, x: Array) -> None:
        self.x = x

    def at(self, x: Array) -> SteadyClock:
        return SteadyClock(x)

    def tau(self, u: Array) -> Array:
        return self.x

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


class Spread(NamedTuple):
    """Prior deviations d (K,) of a log rate's terms at the parameters h (2,) of their spectrum.

    `slopes` (2, K) are the derivatives of log d by h, whose own prior is standard normal.
    """

    d: Array
    slopes: Array


class SmoothClock:
    """Clock from -1/2 to 1/2 whose log rate is a sum of cosines.

    ``b(x) = sum_k d_k u_k cos(pi k (x + 1/2 + BEYOND) / (1 + 2 BEYOND))`` for k = 1 .. size, with
    d_k proportional to ``exp(-k**2 / (2 width**2))`` and half their squares summing to scale**2,
    so that the scale is the prior deviation of b. The spectrum has two parameters h: the deviation
    of the log scale from log SCALE in units of SCALE_SPREAD, and that of the log width from
    log `width` in units of WIDTH_SPREAD. At all points the rate is integrated as the same
    polynomial, which interpolates it in Chebyshev nodes.
    """

    first = 0  # index of the first term's coefficient in u

    def __init__(self, x: Array, size: int, width: float, h: Array = CENTRE) -> None:
        self.x, self.size, self.width, self.h = x, size, width, h
        k = np.arange(1, size + 1)
        self.d = self.spread(h).d
        self.w = np.asarray(math.pi * k / (1.0 + 2.0 * BEYOND), dtype=float)
        nodes, antiderivative = _quadrature(64 + 6 * size)
        self.nodes = self._basis(nodes)
        self.total = antiderivative.sum(axis=0)  # all Chebyshev polynomials are 1 at the end
        self.integral = self._integral()

    def _integral(self) -> Array:
        """Matrix from a function's values at the nodes to its integrals from -1/2 to the points."""
        nodes, antiderivative = _quadrature(64 + 6 * self.size)
        return np.asarray(chebyshev.chebvander(2.0 * self.x, len(nodes)) @ antiderivative)

    def spread(self, h: Array) -> Spread:
        """Prior deviations of the cosines' terms at parameters `h` of their spectrum."""
        squares = np.square(np.arange(1, self.size + 1) / self.width)
        squares *= math.exp(-2.0 * WIDTH_SPREAD * h[1])
        e = np.exp(-squares)
        total = float(e.sum())
        d = SCALE * math.exp(SCALE_SPREAD * h[0]) * np.exp(-0.5 * squares) * math.sqrt(2.0 / total)
        by_width = WIDTH_SPREAD * (squares - float(e @ squares) / total)
        return Spread(d, np.stack([np.full(self.size, SCALE_SPREAD), by_width]))

    def _basis(self, x: Array) -> Array:
        phase = np.multiply.outer(x + (0.5 + BEYOND), self.w)
        return np.asarray(np.cos(phase) * self.d)

    def at(self, x: Array) -> SmoothClock:
        other = copy.copy(self)
        other.x = x
        other.integral = other._integral()
        return other

    def respread(self, h: Array) -> SmoothClock:
        """The clock with parameters `h` of its log rate's spectrum."""
        other = copy.copy(self)
        other.h, other.d = h, self.spread(h).d
        other.nodes = self.nodes * (other.d / self.d)
        return other

    def log_rate_basis(self) -> Array:
        """Derivative (n, K) of the log rate, up to a constant, with respect to u."""
        return self._basis(self.x)

    def tau(self, u: Array) -> Array:
        rate = np.exp(self.nodes @ u)
        return np.asarray(self.integral @ rate / (self.total @ rate) - 0.5)

    def read(self, u: Array) -> Reading:
        rate = np.exp(self.nodes @ u)
        Z = float(self.total @ rate)
        s = self.integral @ rate / Z
        weighted = self.nodes * rate[:, None]
        gradient = (self.integral @ weighted - np.multiply.outer(s, self.total @ weighted)) / Z
        return Reading(s - 0.5, gradient)

    def series(self, u: Array, depth: int) -> tuple[Array, Array]:
        tau, gradient = self.read(u)
        basis, _ = waves_series(self.x + (0.5 + BEYOND), self.w, depth)
        basis *= self.d
        rate_nodes = np.exp(self.nodes @ u)
        Z = float(self.total @ rate_nodes)
        rate = exponential(basis @ u) / Z
        basis[0] -= self.total @ (self.nodes * rate_nodes[:, None]) / Z
        return integrated(tau, rate), integrated(gradient, times(rate[..., None], basis))


class PeriodicClock:
    """Clock that advances by 1 in every period, from 0 in the middle of the record.

    ``tau = v + periodic`` with ``v = x / period``; b has PAIRS cosines and sines of v whose prior
    deviations start at a scale and fall by a decay in nats per harmonic. The spectrum has two
    parameters h: the log scale in units of SCALE_SPREAD, and the deviation of the log decay from
    log PAIR_DECAY in units of DECAY_SPREAD. Parameters u are the deviation of the log period from
    log `period` in units of PERIOD_DEVIATION, then those of the cosines and of the sines.
    """

    size = 2 * PAIRS + 1
    first = 1

    def __init__(self, x: Array, period: float, h: Array = CENTRE) -> None:
        self.x, self.period, self.h = x, period, h
        self.d = self.spread(h).d
        self.w = np.asarray(2.0 * math.pi * np.arange(1, PAIRS + 1), dtype=float)
        cos, sin = waves_series(np.arange(PHASE_NODES) / PHASE_NODES, self.w, 1)
        self.nodes = np.concatenate([cos[0], sin[0]], axis=1) * self.d
        self.columns = np.column_stack([np.ones(PHASE_NODES), self.nodes])

    def spread(self, h: Array) -> Spread:
        """Prior deviations of the harmonics' terms at parameters `h` of their spectrum."""
        fall = PAIR_DECAY * math.exp(DECAY_SPREAD * h[1]) * np.arange(PAIRS)
        slopes = np.stack([np.full(PAIRS, SCALE_SPREAD), -DECAY_SPREAD * fall])
        return Spread(np.tile(np.exp(SCALE_SPREAD * h[0] - fall), 2), np.tile(slopes, 2))

    def at(self, x: Array) -> PeriodicClock:
        return PeriodicClock(x, self.period, self.h)

    def respread(self, h: Array) -> PeriodicClock:
        """The clock with parameters `h` of its log rate's spectrum."""
        return PeriodicClock(self.x, self.period, h)

    def log_rate_basis(self) -> Array:
        """Derivative (n, K) of the log rate, up to a constant, with respect to u."""
        cos, sin = waves_series(self.x / self.period, self.w, 1)
        basis = np.concatenate([cos[0], sin[0]], axis=1) * self.d
        return np.hstack([np.zeros((len(self.x), 1)), basis])

    def _phase(self, u: Array, columns: Array) -> tuple[float, Array, Array, Array]:
        """Period, v, means of the rate times each of `columns` over a period, and integrals.

        Columns (PHASE_NODES, K) are values at the nodes; integrals (n, K) start in the middle of
        the record.
        """
        period = self.period * math.exp(PERIOD_DEVIATION * u[0])
        v = self.x / period
        rate = np.exp(self.nodes @ u[1:])
        spectra = np.fft.rfft(columns * rate[:, None], axis=0) / PHASE_NODES
        means = spectra[0].real
        m = np.arange(1, PHASE_NODES // 2)
        oscillating = spectra[1:-1] / (math.pi * m[:, None])  # 2 c_m exp(2 pi i m v) / (2 pi i m)
        turned = waves(v, Grid(1.0, len(m)))[:, 1:] - 1.0
        return period, v, means, np.multiply.outer(v, means) + (turned @ oscillating).imag

    def tau(self, u: Array) -> Array:
        _, _, means, integrals = self._phase(u, np.ones((PHASE_NODES, 1)))
        return np.asarray(integrals[:, 0] / means[0])

    def read(self, u: Array) -> Reading:
        _, v, means, integrals = self._phase(u, self.columns)
        tau = integrals[:, 0] / means[0]
        cos, sin = waves_series(v, self.w, 1)
        rate = np.exp(np.concatenate([cos[0], sin[0]], axis=1) @ (self.d * u[1:])) / means[0]
        slopes = (integrals[:, 1:] - np.multiply.outer(tau, means[1:])) / means[0]
        return Reading(tau, np.column_stack([-PERIOD_DEVIATION * v * rate, slopes]))

    def series(self, u: Array, depth: int) -> tuple[Array, Array]:
        period, v, means, _ = self._phase(u, self.columns)
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


LearnedClock = SmoothClock | PeriodicClock
