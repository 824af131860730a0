"""One member of a warped process: its clock, its spectrum, their parameters and priors.

Parameters are theta = (log l, log p if the process is a Matérn one, log r, u of the clock): l is
the length scale on the clock, p + 1/2 the smoothness, r the noise variance over the signal's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.warped.clock import Clock
from tiltyard.studies.derivatives.numerics.warped.features import (
    ComplexArray,
    Grid,
    amplitudes,
    as_columns,
    by_reading,
    choose_grid,
    waves,
)

TREND = (3.0, 10.0)  # prior deviations of the line's value and slope, in signal deviations
LOG_P = (math.log(12.0), 0.8)  # mean and deviation of the prior of log p, and of log l
LOG_LENGTH = (-2.0, 1.5)
NOISY = (-2.0, 2.5)  # start and deviation of log r's half-normal prior, against "all is noise"
FLAT = 1e-2  # curvature added to the prior of log r, which is flat below that start
BOUNDS_P = (math.log(5.0), math.log(400.0))
PERIODIC_P = math.log(9.0)  # roughest periodic process
BOUNDS_LENGTH = (-6.5, 2.0)
BOUNDS_RATIO = (-48.0, 4.0)
BOUND_U = 6.0  # of the magnitude of the clock's parameters


@dataclass(frozen=True)
class Member:
    """One model of the samples at times x.

    Attributes
    ----------
    x : (n,) array
        Unit times, in [-1/2, 1/2].
    clock : Clock
        Clock at the times `x`.
    matern : bool
        Whether the process is a Matérn one of learned p; otherwise it is squared-exponential.
    trend : bool
        Whether a straight line is added to the process.
    periods : float or None
        Number of periods in the record of a periodic process; None for another one.
    turns : int
        Turns of its clock per period: 2 where half a period is like the other, as in a symmetric
        oscillation whose second half is the negative of the first.
    grid : Grid or None
        Frequencies of the features; None until `on_grid` has chosen them.
    lowest_ratio : float
        Lower bound of log r.
    noise_variance : float or None
        Noise variance of the samples; None if it is unknown.
    """

    x: Array
    clock: Clock
    matern: bool = True
    trend: bool = True
    periods: float | None = None
    turns: int = 1
    grid: Grid | None = None
    lowest_ratio: float = BOUNDS_RATIO[0]
    noise_variance: float | None = None

    @property
    def globals(self) -> int:
        """Number of parameters besides the clock's; the last of them is log r."""
        return 3 if self.matern else 2

    def parts(self, theta: Array) -> tuple[float, float | None, float, Array]:
        """Split `theta` into log l, log p (None if not learned), log r and u."""
        u = theta[self.globals :]
        return theta[0], theta[1] if self.matern else None, theta[self.globals - 1], u

    def on_grid(self, theta: Array) -> Member:
        """The member with the frequencies that are enough around `theta`."""
        log_length, log_p, log_ratio, _ = self.parts(theta)
        grid = choose_grid(len(self.x), log_length, log_p, log_ratio, self.periods, self.turns)
        return replace(self, grid=grid)

    def bounds(self) -> tuple[Array, Array]:
        rows = [BOUNDS_LENGTH]
        if self.matern:
            rows.append((PERIODIC_P if self.periods else BOUNDS_P[0], BOUNDS_P[1]))
        rows.append((self.lowest_ratio, BOUNDS_RATIO[1]))
        rows += [(-BOUND_U, BOUND_U)] * self.clock.size
        low, high = np.array(rows).T
        return low, high

    def prior(self, theta: Array) -> tuple[float, Array, Array]:
        """Negative log prior, its gradient, and the diagonal of its Hessian."""
        log_length, log_p, log_ratio, u = self.parts(theta)
        excess = max(0.0, log_ratio - NOISY[0])
        deviations = [LOG_LENGTH[1], NOISY[1]]
        misses = [log_length - LOG_LENGTH[0], excess]
        value = 0.0
        if log_p is not None:
            deviations.insert(1, LOG_P[1])
            misses.insert(1, log_p - LOG_P[0])
            value = math.log(LOG_P[1])
        gradient, curvature = theta.copy(), np.ones(len(theta))
        for i, (miss, deviation) in enumerate(zip(misses, deviations, strict=True)):
            value += 0.5 * (miss / deviation) ** 2
            gradient[i], curvature[i] = miss / deviation**2, 1.0 / deviation**2
        i = self.globals - 1
        curvature[i] = FLAT + (curvature[i] if excess else 0.0)
        return float(value + 0.5 * (u @ u)), gradient, curvature

    def at(self, x: Array) -> Member:
        """The member at other samples, with the same frequencies."""
        return replace(self, x=x, clock=self.clock.at(x))

    def columns(self, theta: Array) -> tuple[Array, Array, Array]:
        """A, its derivative B by the clock's reading, and the reading's gradient by u (n, K)."""
        grid = self.required_grid()
        log_length, log_p, _, u = self.parts(theta)
        tau, gradient = self.clock.read(u)
        w = grid.w()
        A = with_trend(self, waves(tau, grid), amplitudes(w, log_length, log_p), self.x)
        return A, self.by_reading(A, w), gradient

    def by_reading(self, A: Array, w: Array) -> Array:
        """B, the derivative of the columns `A` by the clock's reading: 0 for those of the trend."""
        return by_reading(A, w, 2 if self.trend else 0)

    def required_grid(self) -> Grid:
        if self.grid is None:
            raise ValueError("the member has no frequencies yet: use Member.on_grid first")
        return self.grid


def with_trend(member: Member, E: ComplexArray, a: Array, x: Array) -> Array:
    """Columns (n, m) of the trend, and those of waves E (n, M + 1) with amplitudes `a`."""
    if not member.trend:
        return as_columns(E, a)
    A = as_columns(E, a, before=2)
    A[:, 0], A[:, 1] = TREND[0], TREND[1] * x
    return A


def derived_columns(
    member: Member, E: ComplexArray, a: Array, x: Array, orders: tuple[int, ...]
) -> Array:
    """Derivatives (orders * n, m) of `with_trend` from the series E (depth, n, M + 1) of waves.

    Rows of one order follow those of the order before.
    """
    if orders != tuple(range(len(E))):
        E = E[list(orders)]
    before = 2 if member.trend else 0
    columns = as_columns(E.reshape(-1, E.shape[-1]), a, before).T.reshape(-1, len(orders), len(x))
    columns *= np.array([math.factorial(order) for order in orders], dtype=float)[:, None]
    for row, order in enumerate(orders if member.trend else ()):
        columns[0, row] = TREND[0] if order == 0 else 0.0
        columns[1, row] = TREND[1] * (x if order == 0 else float(order == 1))
    return columns.reshape(len(columns), -1).T
