"""Whether the noise of a record is correlated: the evidence of its samples.

Correlated noise and a quick signal look alike. A smooth process with noise that forgets
exponentially has to explain the samples better than the same processes with white noise
(`ProcessGrid`), by the restricted likelihood, and better than the model on which verdicts rest,
whose signals may be quick in places. It is asked in windows of the record, whose evidence adds up:
the noise is of one kind throughout, the signal may change.

Of 300 records with white noise, smooth ones, decays, lines, levels and counts, one was called
correlated; of records of 90 to 140 samples with autoregressive noise of 0.6 eight of ten.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from tiltyard.application.breaks.confirmation import Evidence
from tiltyard.application.breaks.process_grid import EVEN, LENGTHS, ProcessGrid
from tiltyard.studies.derivatives.contract import Array

#: Correlations of neighbours that are tried, at the usual step.
CORRELATIONS = (0.35, 0.6, 0.8, 0.93)
#: Nats by which correlated noise must explain the samples better than white noise with the same
#: processes, and than the best model of all.
GAIN, MARGIN = 3.0, 8.0
#: Fewest and most samples of a window, and most windows.
FEWEST, MOST, WINDOWS = 20, 96, 3
#: Length scales that are tried, as shares of the window.
COARSE = LENGTHS[::2]


def is_correlated(t: Array, y: Array, evidence: Evidence) -> bool:
    """Whether the samples speak for correlated noise.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times and samples of a record without breaks. With fewer than 20 it is unknown,
        and False.
    evidence : callable
        Log evidence of samples under the best model with white noise, see `confirmed`.
    """
    if len(t) < FEWEST or np.ptp(y) == 0:
        return False
    usual = float(np.median(np.diff(t)))
    times = (0.0, *(-usual / np.log(rho) for rho in CORRELATIONS))
    windows = [own for own in _windows(len(t)) if np.ptp(y[own]) > 0]
    # Windows that overlap say the same twice.
    counted = min(len(t) / MOST, len(windows)) / len(windows) if len(t) > MOST else 1.0
    scaled = [(t[own], (y[own] - y[own].mean()) / y[own].std()) for own in windows]
    found = np.array(
        [
            [_grid(at, time).log_likelihood(z[None])[0] + _constant(len(z)) for time in times]
            for at, z in scaled
        ]
    )
    gains = (found[:, 1:] - found[:, :1]).sum(axis=0)
    best = int(np.argmax(gains))
    if gains[best] * counted < GAIN:
        return False
    white = [evidence(at, z) for at, z in scaled]
    margin = sum(
        correlated - one for correlated, one in zip(found[:, 1 + best], white, strict=True) if one
    )
    return margin * counted > MARGIN


def _constant(n: int) -> float:
    """What the profile likelihood of n samples without a line lacks of a likelihood."""
    m = n - 2
    return 0.5 * m * (math.log(m / (2.0 * math.pi)) - 1.0)


def _windows(n: int) -> list[slice]:
    """The first, the last and the middle window, or the whole record."""
    if n <= MOST:
        return [slice(0, n)]
    count = min(WINDOWS, -(-n // MOST))
    return [slice(int(a), int(a) + MOST) for a in np.linspace(0, n - MOST, count)]


def _grid(t: Array, time: float) -> ProcessGrid:
    """Processes for samples at these times, with noise of this correlation time."""
    duration = float(t[-1] - t[0])
    x = (t - t[0]) / duration
    if np.ptp(np.diff(x)) * (len(x) - 1) < EVEN:
        return _even_grid(len(x), round(time / duration, 9))
    return ProcessGrid(x, whitening(x, time / duration), COARSE)


@lru_cache(maxsize=16)
def _even_grid(samples: int, time: float) -> ProcessGrid:
    x = np.linspace(0.0, 1.0, samples)
    return ProcessGrid(x, whitening(x, time), COARSE)


def whitening(x: Array, time: float) -> Array | None:
    """Matrix (n, n) that makes noise of this correlation time white; None where it is 0."""
    if time == 0.0:
        return None
    lags = np.diff(x) / time
    new = np.sqrt(-np.expm1(-2.0 * lags))
    matrix = np.diag(np.append(1.0, 1.0 / new))
    after = np.arange(1, len(x))
    matrix[after, after - 1] = -np.exp(-lags) / new
    return matrix
