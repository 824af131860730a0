"""Truncated discrete Fourier transforms of even samples: the record repeated, tapered, mirrored."""

from __future__ import annotations

import math
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.bases.series import (
    RECORD,
    record_frequency,
    sum_harmonics,
)
from tiltyard.studies.derivatives.numerics.scaling import unit_time

#: Median of the absolute value of a standard normal variable.
NORMAL_MEDIAN = 0.6744897501960817
SIGNIFICANT = 3.0  # standard deviations of the noise
LEAST_KEPT, MOST_KEPT = 0.1, 0.8
TAPERED = 0.25  # of the record, half of it at each end
TAPER_CUTOFF = 0.5  # of the highest frequency
MIRROR_CUTOFF = 0.4  # of the highest frequency


@estimator(
    "fourier_fft_adaptive",
    cites=("trefethen2000spectral",),
    family="spectral",
    exact_degree=0,
    min_samples=9,
    uneven=False,
    prior_names=("Fourier-FFT-Adaptive",),
)
def fourier_fft_adaptive(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the low frequencies of the fast Fourier transform, as many as are significant.

    The settings of the earlier study: coefficients times (i k)**order; the share of frequencies
    that is kept is the share of the coefficients of the orthonormal cosine transform above 3
    standard deviations of the noise, clipped to 10-80 %. That deviation is the median of absolute
    values of the cosine transform's upper half, divided by 0.6745. The record repeats after n
    steps, and the trigonometric interpolant is evaluated at any time.

    Parameters
    ----------
    t, y : (n,) arrays
        Evenly spaced times [time] and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k.

    Returns
    -------
    Estimate
        Values ``(len(orders), m)`` [signal / time**k]; ``kept`` (share) and ``noise_sd`` [signal].
    """
    n = len(t)
    cosines = np.abs(fft.dct(y - np.mean(y), norm="ortho"))
    noise = float(np.median(cosines[n // 2 :])) / NORMAL_MEDIAN
    kept = float(np.mean(cosines > SIGNIFICANT * noise))
    kept = min(max(kept, LEAST_KEPT), MOST_KEPT)
    highest = max(1, math.floor(kept * (n // 2)))
    unit = unit_time(t, t_eval)
    offset = float(np.mean(y))
    values = sum_harmonics(
        _transform(y - offset, highest), _repeating(n), unit.x_eval + 1.0, orders
    )
    values[[order == 0 for order in orders]] += offset
    return Estimate(unit.to_time(values, orders), None, {"kept": kept, "noise_sd": noise})


@estimator(
    "spectral_taper",
    family="spectral",
    exact_degree=0,
    min_samples=9,
    uneven=False,
    cites=("harris1978windows",),
    prior_names=("SpectralTaper",),
)
def spectral_taper(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the low frequencies of the tapered record, divided by the taper.

    The settings of the earlier study: Tukey's window (Harris 1978) that tapers 25 % of the record,
    frequencies up to half the highest, division by the taper. The window is 0 one step outside of
    the record, so that it is positive at all of its times: quotients are finite, and derivatives
    are those of the quotient (Leibniz's rule), not quotients of derivatives. At the first and
    last sample it is still as small as ``(12.6 / n)**2``: errors of the series are divided by
    that, and those of order k by about its power k + 1. Only the middle three quarters are usable.

    Parameters
    ----------
    t, y : (n,) arrays
        Evenly spaced times [time] and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k.

    Returns
    -------
    Estimate
        Values ``(len(orders), m)`` [signal / time**k]; ``harmonics``, the highest that is kept.
    """
    n = len(t)
    unit = unit_time(t, t_eval)
    offset = float(np.mean(y))
    every = tuple(range(max(orders) + 1))
    highest = max(1, math.floor(TAPER_CUTOFF * (n // 2)))
    tapered = (y - offset) * _taper(unit.x, n, (0,))[0]
    product = sum_harmonics(_transform(tapered, highest), _repeating(n), unit.x_eval + 1.0, every)
    taper = _taper(unit.x_eval, n, every)
    quotient = np.zeros(product.shape)
    for k in every:  # product = taper * quotient, differentiated k times
        rest = sum(comb(k, j) * taper[j] * quotient[k - j] for j in range(1, k + 1))
        quotient[k] = (product[k] - rest) / taper[0]
    values = quotient[list(orders)]
    values[[order == 0 for order in orders]] += offset
    return Estimate(unit.to_time(values, orders), None, {"harmonics": highest})


def _taper(x: Array, n: int, orders: tuple[int, ...]) -> Array:
    """Derivatives of Tukey's window at `x` in [-1, 1]; it is 0 one step outside of the record."""
    step = RECORD / (n - 1)
    width = 0.5 * TAPERED * (RECORD + 2.0 * step)
    inside = 1.0 + step - np.abs(x)  # distance from the nearer zero of the window
    frequency = math.pi / width
    rows = []
    for order in orders:
        # -cos(frequency s) / 2 with s increasing to the middle: its derivatives, by side.
        wave = -0.5 * frequency**order * np.cos(frequency * inside + 0.5 * math.pi * order)
        wave = wave * np.where(x > 0.0, (-1.0) ** order, 1.0) + 0.5 * (order == 0)
        rows.append(np.where(inside < width, wave, float(order == 0)))
    return np.array(rows)


@estimator(
    "fourier_interpolation",
    cites=("trefethen2000spectral",),
    family="spectral",
    exact_degree=0,
    min_samples=9,
    uneven=False,
    prior_names=("Fourier-Interp",),
)
def fourier_interpolation(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the low frequencies of the record with its mirror image.

    The settings of the earlier study: the record is followed by its mirror image, so that it
    repeats without a jump after 2 (n - 1) steps, and of the cosine series through all samples
    frequencies up to 0.4 of the highest are kept. Derivatives of odd order are 0 at both ends,
    whatever those of the signal are.

    Parameters
    ----------
    t, y : (n,) arrays
        Evenly spaced times [time] and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k.

    Returns
    -------
    Estimate
        Values ``(len(orders), m)`` [signal / time**k]; ``harmonics``, the highest that is kept.
    """
    n = len(t)
    unit = unit_time(t, t_eval)
    offset = float(np.mean(y))
    highest = max(1, math.floor(MIRROR_CUTOFF * (n - 1)))
    cosines = fft.dct(y - offset, type=1)[: highest + 1] / (n - 1)
    cosines[0] /= 2.0
    values = sum_harmonics(
        cosines.astype(complex), record_frequency(2.0), unit.x_eval + 1.0, orders
    )
    values[[order == 0 for order in orders]] += offset
    return Estimate(unit.to_time(values, orders), None, {"harmonics": highest})


def _repeating(n: int) -> float:
    """First angular frequency of n samples that repeat after n steps, in [-1, 1]."""
    return record_frequency(n / (n - 1))


def _transform(z: Array, highest: int) -> NDArray[np.complex128]:
    """Complex amplitudes 0 ... `highest` (below half of n) of the interpolant of `z`."""
    coefficients = fft.rfft(z)[: highest + 1] * (2.0 / len(z))
    coefficients[0] /= 2.0
    return np.asarray(coefficients)
