"""Spectral densities of stationary processes, differentiated with respect to their parameters.

Points lie in [-1, 1]. Parameters are logarithms, ordered so that a smaller one means a rougher
process, that is a wider spectrum. Densities are not normalised: the likelihood profiles the
signal's variance out, and the variance of the features is the sum of their squared amplitudes. Each
length scale adds ``log l`` besides its effect on the shape, which keeps the variance nearly
constant.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tiltyard.studies.derivatives.contract import Array

LONGEST = math.log(6.0)  # three durations: longer ones are polynomials of low degree


class Density(NamedTuple):
    """Logarithm (K,) of a spectral density, its gradient (q, K) and Hessian (q, q, K)."""

    log: Array
    gradient: Array
    hessian: Array


class Spectrum(NamedTuple):
    """A family of spectral densities with q parameters.

    Attributes
    ----------
    density : callable
        ``density(theta, w)`` for parameters (q,) and angular frequencies (K,) >= 0.
    period : callable
        Circumference of the circle on which the process of parameters (q,) is defined.
    low, high : (q,) arrays
        Bounds of the parameters; `low` of length scales is raised to the samples' mean spacing.
    lengths : (q,) array of bool
        Which parameters are logarithms of length scales; the first is.
    others : (s, q - 1) array
        Values of the other parameters at which the first is scanned.
    rough : bool
        Whether frequencies above the bandwidth matter to the derivatives' deviations.
    bandwidth : float
        Highest frequency, relative to the samples' mean Nyquist frequency, that is ever used.
    log_prior : callable
        Log density of the parameters, with its gradient and the diagonal of its Hessian; None if
        it is flat.
    """

    density: Callable[[Array, Array], Density]
    period: Callable[[Array], float]
    low: Array
    high: Array
    lengths: Array
    others: Array = np.zeros((1, 0))
    rough: bool = False
    bandwidth: float = 1.3
    log_prior: Callable[[Array], tuple[float, Array, Array]] | None = None


def squared_exponential_log(log_length: float, w: Array) -> Array:
    """Logarithm of `squared_exponential_density` alone."""
    return np.asarray(log_length - 0.5 * np.square(w * math.exp(log_length)))


def squared_exponential_density(theta: Array, w: Array) -> Density:
    """``l exp(-(w l)**2 / 2)`` with ``theta = (log l,)`` (Rasmussen & Williams 2006, eq. 4.15)."""
    square = np.square(w * math.exp(theta[0]))
    return Density(theta[0] - 0.5 * square, (1.0 - square)[None], (-2.0 * square)[None, None])


def matern_log(log_length: float, log_p: float, w: Array) -> Array:
    """Logarithm of `matern_density` alone."""
    p = math.exp(log_p)
    ratio = np.square(w * math.exp(log_length)) / (2.0 * p + 1.0)
    return np.asarray(log_length - (p + 1.0) * np.log1p(ratio))


def matern_density(theta: Array, w: Array) -> Density:
    """Matérn density of smoothness p + 1/2 with ``theta = (log l, log p)``.

    ``l (1 + (w l)**2 / (2 p + 1))**-(p + 1)`` (Rasmussen & Williams 2006, eq. 4.15 with D = 1);
    for large p it is nearly the squared-exponential one.
    """
    p = math.exp(theta[1])
    power, below = p + 1.0, 2.0 * p + 1.0
    ratio = np.square(w * math.exp(theta[0])) / below
    log1p = np.log1p(ratio)
    share = ratio / (1.0 + ratio)
    per_length = -2.0 * power * share
    # With u = d log ratio / d log p = -2 p / below, and d share = share (1 - share) d log ratio.
    u = -2.0 * p / below
    du = u + 4.0 * p * p / below**2
    spread = share * (1.0 - share)
    log_p = -p * log1p - power * share * u
    length_p = -2.0 * p * share - 2.0 * power * spread * u
    p_p = -p * log1p - 2.0 * p * share * u - power * (spread * u * u + share * du)
    hessian = np.array([[-4.0 * power * spread, length_p], [length_p, p_p]])
    return Density(theta[0] - power * log1p, np.stack([1.0 + per_length, log_p]), hessian)


def circle(log_length: float, most: float = 24.0) -> float:
    """Circumference: four length scales, but at most `most`, longer than the record, which is 2."""
    return 2.0 + min(max(4.0 * math.exp(log_length), 1.0), most)


def fixed_matern(p: int) -> Spectrum:
    """Matérn processes of smoothness p + 1/2, whose parameter is log l."""
    log_p = math.log(p)

    def density(theta: Array, w: Array) -> Density:
        both = matern_density(np.array([theta[0], log_p]), w)
        return Density(both.log, both.gradient[:1], both.hessian[:1, :1])

    return Spectrum(
        density,
        lambda theta: circle(theta[0], 8.0),
        np.array([-math.inf]),
        np.array([LONGEST]),
        np.array([True]),
        rough=True,
        bandwidth=2.0,
    )


def squared_exponential(reach: float = 5.0) -> Spectrum:
    """Squared-exponential processes, whose copies on the circle are `reach` lengths away."""
    return Spectrum(
        squared_exponential_density,
        lambda theta: 2.0 + max(reach * math.exp(theta[0]), 1.0),
        np.array([-math.inf]),
        np.array([LONGEST]),
        np.array([True]),
    )


def learned_matern(roughest: float = 7.5, smoothest: float = 400.0) -> Spectrum:
    """Matérn processes of smoothness p + 1/2 with p between the bounds."""
    return Spectrum(
        matern_density,
        lambda theta: circle(theta[0]),
        np.array([-math.inf, math.log(roughest)]),
        np.array([LONGEST, math.log(smoothest)]),
        np.array([True, False]),
        np.array([[math.log(20.0)]]),
        rough=True,
    )


def of_length(spectrum: Spectrum, log_length: float) -> Spectrum:
    """The processes of `spectrum` whose length scale (of points in [-1, 1]) is given."""
    low, high = spectrum.low.copy(), spectrum.high.copy()
    low[0] = high[0] = log_length
    return spectrum._replace(low=low, high=high, lengths=np.zeros(len(low), dtype=bool))
