"""How well a smooth process explains windows of samples, with one effect and without any.

Samples are a line plus a stationary process plus white noise. The restricted likelihood
(Patterson & Thompson 1971) is maximised over the process' variance in closed form, and over its
length scale and the share of the noise on a grid: one eigendecomposition for each length scale
serves all shares, all effects and all windows that are sampled alike (Rasmussen & Williams 2006,
section 2.2, for the likelihood).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from tiltyard.application.breaks.effects import Effect, Effects
from tiltyard.studies.derivatives.contract import Array

#: Length scales as shares of the window, and variances of the noise as shares of the process'.
LENGTHS = np.geomspace(0.04, 4.0, 12)
SHARES = 10.0 ** np.arange(-7.0, 2.1, 0.5)
#: Eigenvalues are known to this; an effect that the line and others hide to that has no gain.
ROUNDING = 1e-13
HIDDEN = 1e-7


class Spectrum(NamedTuple):
    """A covariance of the process among the samples' contrasts, as eigenvalues and vectors."""

    values: Array
    vectors: Array


def _squared_exponential(distance: Array) -> Array:
    return np.asarray(np.exp(-0.5 * distance**2))


def _matern_72(distance: Array) -> Array:
    r = np.sqrt(7.0) * distance
    return np.asarray((1.0 + r + 0.4 * r**2 + r**3 / 15.0) * np.exp(-r))


#: The smoothest process, and one whose third derivative is its last: signals are between them.
KERNELS = (_squared_exponential, _matern_72)
#: Kernel and length scale of each process.
Processes = Sequence[tuple[int, int]]
ALL: Processes = [(kernel, i) for kernel in range(len(KERNELS)) for i in range(len(LENGTHS))]
#: Some for a first look, by kernel; it takes every other share.
ROUGH: Sequence[Processes] = (((0, 4), (0, 7)), ((1, 3), (1, 7)))
#: A covariance, weights (shares, m) with the noise of each share, and what is fixed (shares,) in
#: the log-likelihood.
Process = tuple[Spectrum, Array, Array]
#: Numbers that are handled together.
TOGETHER = 65_536


class ProcessGrid:
    """The processes of the grid for samples at the same relative times and relative noise.

    Parameters
    ----------
    x : (n,) array
        Increasing times from 0 to 1; n >= 8.
    whitening : (n, n) array or None
        What makes the noise white and even, up to one factor; none is needed if absent.
    """

    def __init__(self, x: Array, whitening: Array | None = None) -> None:
        self.effects = Effects(x)
        W = np.eye(len(x)) if whitening is None else whitening
        line = W @ np.stack([np.ones(len(x)), 2.0 * x - 1.0], axis=1)
        basis, triangle = np.linalg.qr(line, mode="complete")
        self._contrasts = basis[:, 2:].T @ W
        size = np.abs(np.diag(triangle))
        self._measure = float(np.linalg.slogdet(W)[1] - np.log(size).sum())
        self._x = x
        self._spectra: dict[tuple[int, int], Spectrum] = {}

    def log_likelihood(self, Y: Array) -> Array:
        """(windows,) largest restricted log-likelihood of the windows (windows, n), no effect.

        It is that of the samples themselves, so that different noise may be compared.
        """
        scale, Z = self._contrasted(Y)
        best = np.full(len(Y), -np.inf)
        for spectrum, D, fixed in self._grid(ALL):
            A = Z @ spectrum.vectors
            values = fixed - 0.5 * Z.shape[1] * np.log((A * A) @ D.T)
            best = np.maximum(best, values.max(axis=1))
        return np.asarray(best + self._measure - Z.shape[1] * np.log(scale))

    def gains(self, Y: Array, *, rough: bool = False, breaks: bool = False) -> Array:
        """(windows, effects) nats by which each effect raises the likelihood of each window.

        Parameters
        ----------
        Y : (windows, n) array
            Samples, none of the windows constant.
        rough : bool
            Whether a few processes of the grid, `ROUGH`, are enough to tell which windows are
            worth a closer look. Those of each kernel are compared with each other only: where one
            kernel is far better, the few of the other would hide all that it finds.
        breaks : bool
            Whether only breaks are looked for.
        """
        tried = self.effects.allowed
        if breaks:
            tried = tried & (self.effects.kind <= Effect.ONSET)
        Z, R = self._contrasted(Y)[1], self._contrasts @ self.effects.regressors[:, tried]
        gains = np.full((len(Y), len(tried)), -np.inf)
        for processes in ROUGH if rough else (ALL,):
            grid = self._grid(processes, shares=2 if rough else 1)
            gains[:, tried] = np.maximum(gains[:, tried], _gains(grid, Z, R))
        return gains

    def coefficients(self, y: Array, regressors: Array) -> Array:
        """Coefficients of `regressors` (n, k) beside the process that fits best with them."""
        scale, Z = self._contrasted(y[None])
        z, R = Z[0], self._contrasts @ regressors
        best, found = -np.inf, np.zeros(regressors.shape[1])
        for spectrum, D, fixed in self._grid(ALL):
            a, E = spectrum.vectors.T @ z, spectrum.vectors.T @ R
            for weight, value in zip(D, fixed, strict=True):
                root = np.sqrt(weight)
                own, _, _, _ = np.linalg.lstsq(root[:, None] * E, root * a, rcond=None)
                left = root * (a - E @ own)
                likelihood = value - 0.5 * len(z) * np.log(max(float(left @ left), 1e-300))
                if likelihood > best:
                    best, found = likelihood, own
        return np.asarray(found * scale[0])

    def _contrasted(self, Y: Array) -> tuple[Array, Array]:
        """The windows' scales, and their contrasts over them."""
        centred = Y - Y.mean(axis=1, keepdims=True)
        scale = centred.std(axis=1)
        return scale, (centred / scale[:, None]) @ self._contrasts.T

    def _grid(self, processes: Processes, shares: int = 1) -> Iterator[Process]:
        """These covariances, each with the noise of each share, or every other."""
        for kernel, length in processes:
            spectrum = self._spectrum(kernel, length)
            variances = spectrum.values + SHARES[::shares, None] + ROUNDING
            yield spectrum, 1.0 / variances, -0.5 * np.log(variances).sum(axis=1)

    def _spectrum(self, kernel: int, length: int) -> Spectrum:
        """The covariance of this kernel and length scale; each is decomposed when it is needed."""
        if (kernel, length) not in self._spectra:
            distance = np.abs(self._x[:, None] - self._x) / LENGTHS[length]
            covariance = self._contrasts @ KERNELS[kernel](distance) @ self._contrasts.T
            values, vectors = np.linalg.eigh(covariance)
            self._spectra[kernel, length] = Spectrum(np.maximum(values, 0.0), vectors)
        return self._spectra[kernel, length]


def _gains(grid: Iterable[Process], Z: Array, R: Array) -> Array:
    """(windows, effects) gains of effects `R` (m, effects) in contrasts `Z` (windows, m).

    The likelihood is largest where the sum of squares is least, each process' multiplied by what
    is fixed in it: no logarithm is taken before the end.
    """
    windows, m = Z.shape
    without = np.full(windows, np.inf)
    least = np.full((windows, R.shape[1]), np.inf)
    for spectrum, D, fixed in grid:
        A, E, factor = Z @ spectrum.vectors, spectrum.vectors.T @ R, np.exp(-2.0 / m * fixed)
        squares, sizes = factor * ((A * A) @ D.T), D @ (E * E)
        known = sizes > HIDDEN * sizes.max(axis=1, keepdims=True)
        per_size = np.where(known, factor[:, None] / np.where(known, sizes, 1.0), 0.0)
        np.minimum(without, squares.min(axis=1), out=without)
        for few in _chunks(windows, per_size.size):
            weighted = (A[few, None] * D).reshape(-1, m)
            left = (weighted @ E).reshape(-1, *per_size.shape)
            np.square(left, out=left)
            left *= per_size
            own = squares[few, :, None]
            np.subtract(own, left, out=left)
            np.maximum(left, ROUNDING * own, out=left)
            np.minimum(least[few], left.min(axis=1), out=least[few])
    return np.asarray(0.5 * m * (np.log(without)[:, None] - np.log(least)))


def _chunks(windows: int, each: int) -> Iterator[slice]:
    """Windows in parts whose numbers, `each` a window, stay in the processor's cache."""
    size = max(TOGETHER // each, 1)
    for start in range(0, windows, size):
        yield slice(start, start + size)


@lru_cache(maxsize=16)
def _even_grid(samples: int) -> ProcessGrid:
    return ProcessGrid(np.linspace(0.0, 1.0, samples))


#: Steps that differ by less, as a share of the mean step, are even.
EVEN = 1e-3


def process_grid(t: Array, deviation: Array | None = None) -> ProcessGrid:
    """The grid for samples at the times `t`; that of even times is remembered.

    Parameters
    ----------
    t : (n,) array
    deviation : (n,) array or None
        Standard deviations of the noise relative to each other; all equal if absent.
    """
    x = (t - t[0]) / (t[-1] - t[0])
    if deviation is not None:
        return ProcessGrid(x, np.diag(1.0 / deviation))
    return _even_grid(len(x)) if np.ptp(np.diff(x)) * (len(x) - 1) < EVEN else ProcessGrid(x)
