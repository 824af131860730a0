"""Signals without oscillation: steps, growth, corners, decays and polynomials."""

from fractions import Fraction

import numpy as np

from tiltyard.studies.derivatives.signals.analytic import analytic
from tiltyard.studies.derivatives.signals.base import LongArray
from tiltyard.studies.derivatives.signals.closed_forms import (
    HALF,
    exponential,
    exponential_of,
    polynomial_in,
    polynomial_in_tanh,
    simple_pole,
    sine,
)


def _logistic(t: LongArray, c: np.longdouble, w: np.longdouble) -> LongArray:
    """``1 / (1 + exp(-(t - c) / w))``, that is ``(1 + tanh((t - c) / (2 w))) / 2``."""
    return polynomial_in_tanh(HALF * (t - c) / w, [HALF, HALF], rate=HALF / w)


@analytic(
    expression="1 / (1 + exp(-(t - c) / w))",
    parameters={"c": 5, "w": Fraction(1, 2)},
    interval=(0, 10),
    formula=lambda mp, t, c, w: 1 / (1 + mp.exp(-(t - c) / w)),
    cites=("verhulst1838notice",),
)
def logistic_step(t: LongArray, c: np.longdouble, w: np.longdouble) -> LongArray:
    """A smooth step between two plateaus: the derivatives vanish outside its middle."""
    return _logistic(t, c, w)


@analytic(
    expression="exp(-a exp(-b t))",
    parameters={"a": 6, "b": 1},
    interval=(0, 8),
    formula=lambda mp, t, a, b: mp.exp(-a * mp.exp(-b * t)),
    cites=("gompertz1825nature",),
)
def gompertz_growth(t: LongArray, a: np.longdouble, b: np.longdouble) -> LongArray:
    """Growth to a plateau, slower after its turning point than before: no symmetry, no poles."""
    return exponential_of(-a * exponential(t, -b))


@analytic(
    expression="w log(1 + exp((t - c) / w))",
    parameters={"c": 4, "w": Fraction(1, 4)},
    interval=(0, 10),
    formula=lambda mp, t, c, w: w * mp.log(1 + mp.exp((t - c) / w)),
    cites=("dugas2001incorporating",),
)
def smooth_corner(t: LongArray, c: np.longdouble, w: np.longdouble) -> LongArray:
    """Two straight lines joined by a narrow bend: the first derivative is a logistic step."""
    value = w * np.logaddexp(0, (t - c) / w)
    return np.vstack([value, _logistic(t, c, w)[:-1]])


@analytic(
    expression="log(1 + a t) + sin(b t) / 5",
    parameters={"a": 2, "b": 5},
    interval=(0, 10),
    formula=lambda mp, t, a, b: mp.log(1 + a * t) + mp.sin(b * t) / 5,
)
def ripple_on_drift(t: LongArray, a: np.longdouble, b: np.longdouble) -> LongArray:
    """A drift that slows down for ever, and a small tone on it that rules the high orders."""
    slope = simple_pole(t, -1 / a)
    rows: LongArray = np.vstack([np.log1p(a * t), slope[:-1]]) + sine(t, b) / 5
    return rows


@analytic(
    expression="exp(-a t) + exp(-b t)",
    parameters={"a": Fraction(1, 2), "b": 3},
    interval=(0, 5),
    formula=lambda mp, t, a, b: mp.exp(-a * t) + mp.exp(-b * t),
)
def exponential_decay(t: LongArray, a: np.longdouble, b: np.longdouble) -> LongArray:
    """A fast and a slow decay: at high orders only the first moments matter."""
    rows: LongArray = exponential(t, -a) + exponential(t, -b)
    return rows


@analytic(
    expression="256 t^9 - 576 t^7 + 432 t^5 - 120 t^3 + 9 t",
    interval=(-1, 1),
    formula=lambda mp, t: mp.chebyt(9, t),
)
def polynomial(t: LongArray) -> LongArray:
    """The Chebyshev polynomial of degree nine: its derivatives grow steeply towards the ends."""
    return polynomial_in(t, [0, 9, 0, -120, 0, 432, 0, -576, 0, 256])
