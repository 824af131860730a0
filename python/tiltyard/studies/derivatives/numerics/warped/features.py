"""Features of a stationary process on a clock: amplitudes, frequencies, and series in time.

A process f(tau) on a circle of circumference `period` is
``sum_k a_k (c_k cos w_k tau + s_k sin w_k tau)`` with ``w_k = 2 pi k / period`` and independent
standard normal c_k and s_k. Squares of the amplitudes follow the spectral density and sum to 1, the
variance of f.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_spectra import (
    matern_density,
    matern_log,
    squared_exponential_density,
    squared_exponential_log,
)

ComplexArray = NDArray[np.complex128]

MARGINS = (0.35, 0.25, 1.0)  # by which log l, log p, log ratio may fall before the grid is rechosen
LEFT_OUT = 1e-2  # variance of the frequencies left out, relative to that of the noise's mean
LONGEST = 20.0  # largest gap between a record and its copies on the circle
MOST = 420  # largest number of frequencies


class Grid(NamedTuple):
    """Angular frequencies ``2 pi k / period``, k = 0 .. highest [1 / unit of tau]."""

    period: float
    highest: int

    def w(self) -> Array:
        return np.asarray(2.0 * math.pi / self.period * np.arange(self.highest + 1), dtype=float)


def amplitudes(w: Array, log_length: float, log_p: float | None) -> Array:
    """Amplitudes (M + 1,) of a process.

    It is a Matérn one of smoothness p + 1/2, or squared-exponential if `log_p` is None.
    """
    if log_p is None:
        log = squared_exponential_log(log_length, w)
    else:
        log = matern_log(log_length, log_p, w)
    S = np.exp(log - log.max())
    S[1:] *= 2.0
    return np.asarray(np.sqrt(S / S.sum()))


def amplitude_slopes(w: Array, log_length: float, log_p: float | None, a: Array) -> Array:
    """Derivatives (1 or 2, M + 1) of the logs of the amplitudes `a` by log l (and log p)."""
    if log_p is None:
        density = squared_exponential_density(np.array([log_length]), w)
    else:
        density = matern_density(np.array([log_length, log_p]), w)
    return np.asarray(0.5 * (density.gradient - (density.gradient @ np.square(a))[:, None]))


def circle(log_length: float) -> float:
    """Circumference: the clock's range 1, plus five length scales between 1/2 and `LONGEST`."""
    return 1.0 + min(max(5.0 * math.exp(log_length), 0.5), LONGEST)


def choose_grid(
    n: int,
    log_length: float,
    log_p: float | None,
    log_ratio: float,
    record: float | None = None,
    turns: int = 1,
) -> Grid:
    """Frequencies that matter to n samples, with margins for log l, log p and the log noise ratio.

    `record` is the number of periods in the record of a periodic process (None for another one),
    and `turns` the number of turns of its clock per period.
    """
    if record is None:
        period = circle(log_length)
        most = min(math.ceil(max(1.3 * (n - 1), 40.0) * period / 2.0), MOST)
    else:
        period, most = float(turns), int(min(max((n - 1) / record, 20.0), 150.0))
    widest = None if log_p is None else log_p - MARGINS[1]
    a = amplitudes(Grid(period, most).w(), log_length - MARGINS[0], widest)
    beyond = np.cumsum(np.square(a)[::-1])[::-1] * n / math.exp(log_ratio - MARGINS[2])
    small = np.flatnonzero(beyond < LEFT_OUT)
    return Grid(period, max(int(small[0]) if len(small) else most, 8))


def waves(tau: Array, grid: Grid) -> ComplexArray:
    """``exp(i w_k tau)`` (n, M + 1), frequencies one after the other in memory.

    Each doubling of the number of powers adds one rounding error only.
    """
    E = np.empty((grid.highest + 1, len(tau)), dtype=complex)
    E[0] = 1.0
    E[1] = np.exp((2j * math.pi / grid.period) * tau)
    done = 1
    while done < grid.highest:
        more = min(done, grid.highest - done)
        np.multiply(E[1 : more + 1], E[done], out=E[done + 1 : done + more + 1])
        done += more
    return E.T


def waves_of_series(tau: Array, grid: Grid) -> ComplexArray:
    """Series (depth, n, M + 1) in x of the waves of a series tau (depth, n).

    Frequencies lie one after the other in memory, each with its whole series.
    """
    E = np.empty((grid.highest + 1, *tau.shape), dtype=complex)
    E[:, 0] = waves(tau[0], grid).T
    iw = 1j * grid.w()[:, None]
    moves = [j for j in range(1, len(tau)) if tau[j].any()]  # of a steady clock, the first only
    for k in range(1, len(tau)):
        E[:, k] = sum((j / k * tau[j]) * E[:, k - j] for j in moves if j <= k)
        E[:, k] *= iw
    return E.transpose(1, 2, 0)


def as_columns(E: ComplexArray, a: Array, before: int = 0) -> Array:
    """Cosines of all frequencies, then sines of those above 0, times their amplitudes.

    The result (n, before + 2 M + 1) has room for `before` columns more; columns lie one after the
    other in memory.
    """
    waves, M = E.T, len(a) - 1
    columns = np.empty((before + 2 * M + 1, len(E)))
    np.multiply(waves.real, a[:, None], out=columns[before : before + M + 1])
    np.multiply(waves.imag[1:], a[1:, None], out=columns[before + M + 1 :])
    return columns.T


def by_reading(A: Array, w: Array, before: int = 0) -> Array:
    """Derivatives of `as_columns` (with `before` columns of something else) by the clock's reading.

    Each column is another one times its frequency.
    """
    M, columns = len(w) - 1, A.T
    cos, sin = columns[before + 1 : before + M + 1], columns[before + M + 1 :]
    slopes = np.empty_like(columns)
    slopes[: before + 1] = 0.0
    np.multiply(sin, -w[1:, None], out=slopes[before + 1 : before + M + 1])
    np.multiply(cos, w[1:, None], out=slopes[before + M + 1 :])
    return slopes.T


def both(values: Array) -> Array:
    """Values (..., M + 1) by frequency as values (..., 2 M + 1) by feature."""
    return np.concatenate([values, values[..., 1:]], axis=-1)
