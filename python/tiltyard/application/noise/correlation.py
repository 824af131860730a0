"""Whether the noise of a record is correlated: the evidence of its samples.

Correlated noise and a quick signal look alike. A smooth process with noise that forgets
exponentially has to explain the samples better than the same processes with white noise, by the
restricted likelihood, and better than the model on which verdicts rest, whose signals may be quick
in places. It is asked in windows of the record, whose evidence adds up: the noise is of one kind
throughout, the signal may change.

Of 300 records with white noise, smooth ones, decays, lines, levels and counts, one was called
correlated; of records of 90 to 140 samples with autoregressive noise of 0.6 eight of ten.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from tiltyard.application.breaks.confirmation import Evidence
from tiltyard.application.breaks.process_grid import EVEN, KERNELS, LENGTHS, ROUNDING, SHARES
from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.averaged.groups import Groups
from tiltyard.studies.derivatives.numerics.averaged.noise_shape import NoiseShape, Whitening

#: Correlations of neighbours that are tried, at the usual step.
CORRELATIONS = (0.35, 0.6, 0.8, 0.93)
#: Nats by which correlated noise must explain the samples better than white noise with the same
#: processes, and than the best model of all.
GAIN, MARGIN = 3.0, 8.0
#: Fewest and most samples of a window, and most windows.
FEWEST, MOST, WINDOWS = 20, 96, 3
#: Length scales of the processes, as shares of the window.
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
    if len(t) < FEWEST:
        return False
    times = (0.0, *times_of(t))
    windows = [own for own in _windows(len(t)) if np.ptp(y[own]) > 0]
    scaled = [(t[own], (y[own] - y[own].mean()) / y[own].std()) for own in windows]
    if not scaled:
        return False
    # Windows that overlap say the same twice.
    counted = min(len(t) / (MOST * len(scaled)), 1.0) if len(t) > MOST else 1.0
    found = np.array([[processes_at(at, one).likelihood(z) for one in times] for at, z in scaled])
    gains = (found[:, 1:] - found[:, :1]).sum(axis=0)
    best = int(np.argmax(gains))
    if gains[best] * counted < GAIN:
        return False
    white = [evidence(at, z) for at, z in scaled]
    known = [place for place, one in enumerate(white) if one is not None]
    margin = sum(float(found[place, 1 + best]) - (white[place] or 0.0) for place in known)
    return bool(known) and margin * counted > MARGIN


def times_of(t: Array) -> list[float]:
    """Correlation times that are tried for samples at times `t`."""
    usual = float(np.median(np.diff(t)))
    return [-usual / math.log(rho) for rho in CORRELATIONS]


def _windows(n: int) -> list[slice]:
    """The whole record, or the first, the last and one between them."""
    if n <= MOST:
        return [slice(0, n)]
    count = min(WINDOWS, -(-n // MOST))
    return [slice(int(a), int(a) + MOST) for a in np.linspace(0, n - MOST, count)]


class Processes:
    """Smooth processes beside a line, with noise of one correlation time.

    Parameters
    ----------
    x : (n,) array
        Increasing times from 0 to 1; n >= 8.
    time : float
        Correlation time; 0: white noise.
    """

    def __init__(self, x: Array, time: float) -> None:
        one = np.ones(len(x))
        white = Whitening(Groups(x, one, len(x)), NoiseShape(one, time))
        line = white(np.stack([one, 2.0 * x - 1.0], axis=1))
        basis, triangle = np.linalg.qr(line, mode="complete")
        self._contrasts = basis[:, 2:].T @ white(np.eye(len(x)))
        self._measure = white.log_det - float(np.log(np.abs(np.diag(triangle))).sum())
        distance = np.abs(x[:, None] - x)
        covariances = [kernel(distance / length) for kernel in KERNELS for length in COARSE]
        self._spectra = [
            np.linalg.eigh(self._contrasts @ K @ self._contrasts.T) for K in covariances
        ]

    def likelihood(self, z: Array, beside: Array | None = None) -> float:
        """Largest restricted log-likelihood of samples (n,) over processes and shares of noise.

        The common variance is maximised in closed form, and so are the coefficients of what is
        `beside` the process, (n, k) regressors.
        """
        own, best = self._contrasts @ z, -math.inf
        others = None if beside is None else self._contrasts @ beside
        m = len(own)
        for values, vectors in self._spectra:
            variances = np.maximum(values, 0.0) + SHARES[:, None] + ROUNDING
            turned = vectors.T @ own
            squares = (np.square(turned) / variances).sum(axis=1)
            if others is not None:
                squares -= _explained(turned, vectors.T @ others, variances)
                squares = np.maximum(squares, ROUNDING)
            logs = -0.5 * (np.log(variances).sum(axis=1) + m * np.log(2.0 * math.pi * squares / m))
            best = max(best, float(logs.max()))
        return best - 0.5 * m + self._measure


def _explained(samples: Array, regressors: Array, variances: Array) -> Array:
    """Sums of squares (shares,) that weighted least squares explain."""
    weighted = regressors.T / variances[:, None]  # (shares, k, m)
    products = weighted @ samples
    solved = np.linalg.pinv(weighted @ regressors, hermitian=True) @ products[..., None]
    return np.asarray((products * solved[..., 0]).sum(axis=1))


def processes_at(t: Array, time: float) -> Processes:
    """Those for samples at these times; those of even times are remembered."""
    duration = float(t[-1] - t[0])
    x = (t - t[0]) / duration
    if np.ptp(np.diff(x)) * (len(x) - 1) < EVEN:
        return _even(len(x), round(time / duration, 9))
    return Processes(x, time / duration)


@lru_cache(maxsize=16)
def _even(samples: int, time: float) -> Processes:
    return Processes(np.linspace(0.0, 1.0, samples), time)
