"""Members of the average: polynomials, and stationary processes of given length and smoothness.

A member is a function ``sum_j c_j phi_j(u)`` beside a constant, with independent normal c_j of one
common variance, at times u in [-1/2, 1/2]. It is scaled so that its variance over the samples has
the mean 1. Its prior probability is written down here. All of this was chosen on development
signals of the suite, cut to 8 to 19 samples, and on records of few samples made for that, by the
coverage of the bands at orders 0 to 3:

- Polynomials are members of their own since free fall, calibrations and a level at rest are
  polynomials exactly.
- Length scales are around a third of the record: people record long enough to see something, and
  few signals are so fast that 8 samples show nothing of them. The prior is wide.
- Half of the processes without a slope have Matérn's covariance of smoothness 17/2. With
  squared-exponential ones alone, bands of exact samples are too narrow where a signal is not
  everywhere equally smooth.
- A fifth of the processes have a slope beside them. Without these, small waves on a steep ramp
  have bands that are too narrow; with these alone, estimates of all other signals are worse.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.bases.legendre import legendre
from tiltyard.studies.derivatives.numerics.warped.features import Grid, as_columns, circle, waves


class Spectrum(NamedTuple):
    """A shape of a spectrum.

    Attributes
    ----------
    log_density : callable
        Logarithm of the density, up to a constant, at angular frequencies times length scale.
    reach : float
        Frequency times length scale above which nothing is left. The squared-exponential one is
        followed until its amplitudes are 1e-12 of the largest: exact samples show that much.
    """

    log_density: Callable[[Array], Array]
    reach: float


def squared_exponential(v: Array) -> Array:
    """Logarithm of the squared-exponential density (Rasmussen & Williams 2006, section 4.2.1)."""
    return -0.5 * np.square(v)


def matern_17_2(v: Array) -> Array:
    """Logarithm of Matérn's density of smoothness 17/2: derivatives up to order 8 exist."""
    return -9.0 * np.log1p(np.square(v) / 17.0)


SPECTRA = {
    "squared_exponential": Spectrum(squared_exponential, 10.5),
    "matern_17_2": Spectrum(matern_17_2, 24.0),
}
#: Prior probabilities of polynomials by their degree; processes have the rest.
POLYNOMIALS = {0: 0.05, 1: 0.05, 2: 0.10, 3: 0.05}
SLOPE = 30.0  # deviation of the slope beside a process, per half record, in the process's deviation
#: Shapes of spectra, slopes beside them, and their shares of the processes' probability.
PROCESSES = (
    ("squared_exponential", 0.0, 0.4),
    ("matern_17_2", 0.0, 0.4),
    ("squared_exponential", SLOPE, 0.2),
)
#: Mean and deviation of the logarithm of a process's length scale, in durations.
LOG_LENGTH = (math.log(0.3), 1.0)
SHORTEST = 0.6  # length scale, in mean steps between samples
LONGEST = 4.0  # in durations: longer ones are polynomials
STEP = 0.3  # between logarithms of length scales, at most
HIGHEST = 4.0  # frequency, in the Nyquist frequency of the mean step
FEWEST_WAVES = 8


@dataclass(frozen=True)
class Member:
    """A function beside a constant.

    Attributes
    ----------
    name : str
        What it is, as the settings have it.
    probability : float
        Prior probability.
    features : callable
        ``features(u, orders)``: derivatives (orders, q, f) of the f functions at times u (q,).
    """

    name: str
    probability: float
    features: Callable[[Array, Sequence[int]], Array]


def polynomial(degree: int, u: Array, probability: float) -> Member:
    """Polynomial of a degree >= 0, whose terms are equally large over the samples at times `u`.

    Terms are orthonormal to each other and to the constant, which is the prior of Zellner (1986).
    Degree 0 has none: it is the constant alone.
    """
    triangle = np.linalg.qr(legendre(2.0 * u, degree, 0), mode="r")
    root = math.sqrt((len(u) - 1) / max(degree, 1)) * np.linalg.inv(triangle)[:, 1:]

    def features(at: Array, orders: Sequence[int]) -> Array:
        return np.array([2.0**k * legendre(2.0 * at, degree, k) @ root for k in orders])

    return Member(f"polynomial_{degree}", probability, features)


def process(shape: str, length: float, u: Array, probability: float, slope: float = 0.0) -> Member:
    """Stationary process as a sum of waves on a circle longer than the record.

    Parameters
    ----------
    shape : str
        Of its spectrum, one of `SPECTRA`.
    length : float
        Length scale [durations].
    u : (n,) array
        Times of the samples, which bound the frequencies and scale the process.
    probability : float
    slope : float
        Deviation of the slope beside it, per half record, in that of the process; 0: none.
    """
    spectrum = SPECTRA[shape]
    period = circle(math.log(length))
    highest = min(spectrum.reach / length, HIGHEST * math.pi * (len(u) - 1))
    grid = Grid(period, max(math.ceil(highest * period / (2.0 * math.pi)), FEWEST_WAVES))
    w = grid.w()
    S = np.exp(spectrum.log_density(w * length))
    S[1:] *= 2.0
    relative = np.sqrt(S / S.sum())
    columns = as_columns(waves(u, grid), relative)
    varying = float(np.linalg.norm(columns - columns.mean(axis=0)))
    amplitudes = math.sqrt(len(u) - 1) / varying * relative

    def features(at: Array, orders: Sequence[int]) -> Array:
        E = waves(at, grid)
        found = np.array([as_columns(E * (1j * w) ** k, amplitudes) for k in orders])
        if not slope:
            return found
        line = np.array(
            [2.0 * slope * (at if k == 0 else np.full(len(at), k == 1)) for k in orders]
        )
        return np.concatenate([found, line[:, :, None]], axis=2)

    name = f"{shape}_{length:.3g}" + ("_with_slope" if slope else "")
    return Member(name, probability, features)


def members_for(u: Array) -> list[Member]:
    """All members for samples at times `u` (n,), n >= 5; their probabilities have the sum 1."""
    n = len(u)
    degrees = {degree: p for degree, p in POLYNOMIALS.items() if degree < n - 2}
    shortest, longest = math.log(SHORTEST / (n - 1)), math.log(LONGEST)
    logs = np.linspace(shortest, longest, math.ceil((longest - shortest) / STEP) + 1)
    prior = np.exp(-0.5 * np.square((logs - LOG_LENGTH[0]) / LOG_LENGTH[1]))
    prior *= (1.0 - sum(degrees.values())) / prior.sum()
    found = [polynomial(degree, u, p) for degree, p in degrees.items()]
    for shape, slope, share in PROCESSES:
        found += [
            process(shape, math.exp(log), u, float(share * p), slope)
            for log, p in zip(logs, prior, strict=True)
        ]
    return found
