"""The likeliest window of an integrated-Wiener smoother.

The window, the length of the filter's memory, stands for the ratio of process to noise intensity:
``exp(-log_ratio / (2 q + 2))`` mean sample steps. It maximises the restricted likelihood (Patterson
& Thompson 1971; for splines Wahba's generalised maximum likelihood), with the noise variance
maximised out.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.kalman.integrated_wiener import innovations

# Windows are powers of exp(LATTICE) samples, so that all platforms and both languages choose the
# same one; half a step of the lattice costs less than 0.01 nats of likelihood.
LATTICE = 0.03
COARSE, FINE = 20, 4  # strides on the lattice of the scan and of the first refinement
HIGHEST_LOG_RATIO = 46.0  # there the noise is 1e-10 of a sample's innovation: interpolation
LONGEST_WINDOW = 4.0  # durations of the record; the fit is then a polynomial of degree q
TIE = 1e-6  # the smoothest window within so many nats of the best is taken


def rounding_variance(y: Array, spread: float) -> float:
    """Variance of the rounding of samples `y` where they are divided by `spread`."""
    return float((np.finfo(float).eps * np.abs(y).max() / spread) ** 2 / 12.0)


def log_ratio(q: int, index: int) -> float:
    """Logarithm of the intensity whose window is ``exp(LATTICE * index)`` mean sample steps."""
    return -(2 * q + 2) * LATTICE * index


def window(q: int, log_ratio: float, unit: float) -> float:
    """Window of the intensity; `unit` is the mean sample step [time]."""
    return float(unit * math.exp(-log_ratio / (2 * q + 2)))


def search(likelihood: Callable[[list[int]], Array], shortest: int, longest: int) -> int:
    """Index of the smoothest window whose log likelihood is within `TIE` of the best.

    A scan with stride `COARSE`, then two refinements down to the lattice. Where the likelihood is
    flat (interpolation at the short end, a polynomial at the long one), ties go to the smoother.
    """
    known: dict[int, float] = {}
    indices = list(range(shortest, longest + 1, COARSE))
    best = shortest
    for stride, reach in ((FINE, COARSE), (1, FINE), (0, 0)):
        known.update(zip(indices, likelihood(indices).tolist(), strict=True))
        bound = max(known.values()) - TIE
        best = max(index for index, value in known.items() if value >= bound)
        if stride:
            around = range(best - reach + stride, best + reach, stride)
            indices = [index for index in around if index not in known]
    return best


def restricted_log_likelihood(
    t: Array, y: Array, q: int, log_ratios: Array, floor: float
) -> tuple[Array, Array]:
    """Restricted log likelihoods (b,), noise variance maximised out, and these variances (b,).

    Variances below `floor` are rounding of the samples and are raised to it.
    """
    E, log_determinants = innovations(t, y[:, None], q, log_ratios)
    variances = np.maximum((E[:, :, 0] ** 2).mean(axis=0), floor)
    return -0.5 * (len(E) * np.log(variances) + log_determinants), variances


def likeliest(t: Array, y: Array, q: int, floor: float) -> tuple[float, float]:
    """Intensity of the likeliest window (its `log_ratio`), and the noise variance there.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time] and samples, ``n >= q + 2``.
    q : int
        Order of integration.
    floor : float
        Least noise variance: that of the samples' rounding.
    """
    shortest = math.ceil(-HIGHEST_LOG_RATIO / ((2 * q + 2) * LATTICE))
    longest = math.floor(math.log(LONGEST_WINDOW * (len(t) - 1)) / LATTICE)

    def likelihood(indices: list[int]) -> Array:
        log_ratios = np.array([log_ratio(q, index) for index in indices])
        return restricted_log_likelihood(t, y, q, log_ratios, floor)[0]

    chosen = log_ratio(q, search(likelihood, shortest, longest))
    variance = restricted_log_likelihood(t, y, q, np.array([chosen]), floor)[1][0]
    return chosen, float(variance)
