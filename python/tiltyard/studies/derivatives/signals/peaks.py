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


def _gaussian(t: LongArray, center: np.longdouble, width: np.longdouble) -> LongArray:
    return exponential_of(polynomial_in((t - center) / width, [0, 0, -HALF], rate=1 / width))


@analytic(
    expression="exp(-((t - c) / w)^2 / 2)",
    parameters={"c": 4, "w": 1},
    interval=(0, 10),
    formula=lambda mp, t, c, w: mp.exp(-(((t - c) / w) ** 2) / 2),
)
def gaussian_peak(t: LongArray, c: np.longdouble, w: np.longdouble) -> LongArray:
    """A peak with vanishing tails, an entire function."""
    return _gaussian(t, c, w)


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


@analytic(
    expression=(
        "exp(-((t - 3) / u)^2 / 2) + h exp(-((t - 5) / v)^2 / 2) + exp(-((t - 7) / w)^2 / 2) / 2"
        " + t / 40"
    ),
    parameters={
        "u": Fraction(1, 2),
        "h": Fraction(7, 10),
        "v": Fraction(4, 5),
        "w": Fraction(2, 5),
    },
    interval=(0, 10),
    formula=lambda mp, t, u, h, v, w: (
        mp.exp(-(((t - 3) / u) ** 2) / 2)
        + h * mp.exp(-(((t - 5) / v) ** 2) / 2)
        + mp.exp(-(((t - 7) / w) ** 2) / 2) / 2
        + t / 40
    ),
)
def chromatogram(
    t: LongArray, u: np.longdouble, h: np.longdouble, v: np.longdouble, w: np.longdouble
) -> LongArray:
    """Three Gaussian peaks of different width that overlap, on a baseline that drifts."""
    peaks = _gaussian(t, np.longdouble(3), u) + h * _gaussian(t, np.longdouble(5), v)
    baseline = polynomial_in(t, [0, np.longdouble(1) / 40])
    rows: LongArray = peaks + HALF * _gaussian(t, np.longdouble(7), w) + baseline
    return rows


@analytic(
    expression="(tanh((t - 2) / u) - tanh((t - 6) / v)) / 2",
    parameters={"u": Fraction(2, 5), "v": 1},
    interval=(0, 10),
    formula=lambda mp, t, u, v: (mp.tanh((t - 2) / u) - mp.tanh((t - 6) / v)) / 2,
)
def plateau_pulse(t: LongArray, u: np.longdouble, v: np.longdouble) -> LongArray:
    """A pulse with a flat top between a steep rise and a fall of less than half its steepness."""
    rise = polynomial_in_tanh((t - 2) / u, [0, HALF], rate=1 / u)
    return rise - polynomial_in_tanh((t - 6) / v, [0, HALF], rate=1 / v)
