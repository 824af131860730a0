"""Single peaks and pairs of them, with different tails and different analyticity."""

from fractions import Fraction

import numpy as np

from tiltyard.studies.derivatives.signals.analytic import analytic
from tiltyard.studies.derivatives.signals.base import LongArray
from tiltyard.studies.derivatives.signals.closed_forms import (
    HALF,
    exponential_of,
    lorentzian,
    polynomial_in,
    polynomial_in_tanh,
    simple_pole,
)

#: Closer than this to the bump's edges, all its derivatives of order 0 to 7 are below 1e-800.
BUMP_EDGE = np.longdouble(2) ** -12


@analytic(
    expression="exp(-((t - c) / w)^2 / 2)",
    parameters={"c": 4, "w": 1},
    interval=(0, 10),
    formula=lambda mp, t, c, w: mp.exp(-(((t - c) / w) ** 2) / 2),
)
def gaussian_peak(t: LongArray, c: np.longdouble, w: np.longdouble) -> LongArray:
    """A peak with vanishing tails, an entire function."""
    return exponential_of(polynomial_in((t - c) / w, [0, 0, -HALF], rate=1 / w))


@analytic(
    expression="sech((t - c) / w)^2",
    parameters={"c": 5, "w": Fraction(3, 4)},
    interval=(0, 10),
    formula=lambda mp, t, c, w: mp.sech((t - c) / w) ** 2,
    cites=("korteweg1895change",),
)
def sech_squared(t: LongArray, c: np.longdouble, w: np.longdouble) -> LongArray:
    """The solitary wave: exponential tails, poles at a distance of pi w / 2 from real times."""
    return polynomial_in_tanh((t - c) / w, [1, 0, -1], rate=1 / w)


@analytic(
    expression="1 / (1 + (a t)^2)",
    parameters={"a": 5},
    interval=(-1, 1),
    formula=lambda mp, t, a: 1 / (1 + (a * t) ** 2),
    cites=("runge1901empirische",),
)
def runge(t: LongArray, a: np.longdouble) -> LongArray:
    """Runge's example: poles near the interval defeat polynomials through even samples."""
    return lorentzian(t, 0, 1 / a)


@analytic(
    expression="1 / (1 + ((t - c) / w)^2) + h / (1 + ((t - d) / v)^2)",
    parameters={"c": 4, "w": Fraction(1, 2), "h": Fraction(1, 2), "d": 6, "v": 1},
    interval=(0, 10),
    formula=lambda mp, t, c, w, h, d, v: (
        1 / (1 + ((t - c) / w) ** 2) + h / (1 + ((t - d) / v) ** 2)
    ),
)
def lorentzian_pair(
    t: LongArray,
    c: np.longdouble,
    w: np.longdouble,
    h: np.longdouble,
    d: np.longdouble,
    v: np.longdouble,
) -> LongArray:
    """Two overlapping spectral lines of different width, with heavy tails; exactly rational."""
    return lorentzian(t, c, w) + h * lorentzian(t, d, v)


@analytic(
    expression="exp(1 - 1 / (1 - t^2)) where |t| < 1, else 0",
    interval=(-1.5, 1.5),
    formula=lambda mp, t: mp.exp(1 - 1 / (1 - t**2)) if abs(t) < 1 else mp.zero,
)
def bump(t: LongArray) -> LongArray:
    """Smooth of every order, not analytic at -1 and 1: high orders are large near these edges.

    The exponent is ``1 - (1 / (1 + t) + 1 / (1 - t)) / 2``, a pair of simple poles.
    """
    inside = np.abs(t) < 1 - BUMP_EDGE
    exponent = (simple_pole(t[inside], 1) - simple_pole(t[inside], -1)) / 2
    exponent[0] += 1
    rows = np.zeros((len(exponent), len(t)), dtype=np.longdouble)
    rows[:, inside] = exponential_of(exponent)
    return rows
