"""Cosine and sine features whose inner products are the squared-exponential covariance.

The covariance ``exp(-(x - x')**2 / (2 l**2))`` is the integral of ``S(w) cos(w (x - x'))`` over its
spectral density ``S(w) = l / sqrt(2 pi) * exp(-(w l)**2 / 2)`` (Rasmussen & Williams 2006,
eq. 4.15). The trapezoidal rule with step ``2 pi / period`` gives

    sum_k a_k**2 cos(w_k (x - x')),   w_k = 2 pi k / period,

whose only errors are the copies of the covariance one period away and the frequencies left out:
both fall like a Gaussian and are put below a tolerance. So covariances of any condition number
have a factor with entries of order one, no digit of which is lost.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Frequencies(NamedTuple):
    """Angular frequencies ``spacing * k``, k = 0 .. highest [1 / unit of x]."""

    spacing: float
    highest: int


def frequencies(shortest: float, longest: float, tolerance: float) -> Frequencies:
    """Frequencies for points in [-1, 1] and every length scale in ``[shortest, longest]``.

    Parameters
    ----------
    shortest, longest : float
        Length scales, > 0.
    tolerance : float
        Largest error of a covariance that is 1 at distance 0, in (0, 1).
    """
    reach = math.sqrt(-2.0 * math.log(tolerance))  # exp(-reach**2 / 2) = tolerance
    period = 2.0 + longest * reach
    return Frequencies(
        2.0 * math.pi / period, math.ceil(reach / shortest * period / (2.0 * math.pi))
    )


def amplitudes(grid: Frequencies, length_scale: float) -> tuple[Array, Array]:
    """Amplitudes a_k and the squares ``(w_k l)**2``, for k = 0 .. highest."""
    squares: Array = np.square(grid.spacing * length_scale * np.arange(grid.highest + 1))
    weight = math.sqrt(grid.spacing * length_scale * math.sqrt(2.0 / math.pi))
    a: Array = weight * np.exp(-0.25 * squares)
    a[0] *= math.sqrt(0.5)  # frequency zero is met once, the others as +w and -w
    return a, squares


def features(x: Array, grid: Frequencies, a: Array, order: int = 0) -> Array:
    """Features at `x`, differentiated `order` times: cosines 0 .. highest, then sines 1 .. highest.

    Returns an array ``(len(x), 2 * highest + 1)``.
    """
    w = grid.spacing * np.arange(grid.highest + 1)
    phase = np.multiply.outer(x, w)
    cos, sin = np.cos(phase), np.sin(phase)
    cos, sin = ((cos, sin), (-sin, cos), (-cos, -sin), (sin, -cos))[order % 4]
    scale = a * w**order
    return np.hstack([cos * scale, (sin * scale)[:, 1:]])
