"""Non-smooth signals: a step, a kink, and steps in the second derivative.

Between the breaks every order varies, so that errors of every order have a scale.
"""

from fractions import Fraction

import numpy as np

from tiltyard.studies.derivatives.signals.base import LongArray
from tiltyard.studies.derivatives.signals.closed_forms import cosine, exponential
from tiltyard.studies.derivatives.signals.piecewise import piecewise

#: pi to the 64 bits of long double.
PI = np.longdouble("3.14159265358979323846264338327950288")


@piecewise(
    expression="exp(a t) where t < c, else exp(a t) / b",
    parameters={"a": Fraction(1, 2), "b": 5, "c": Fraction(13, 2)},
    interval=(0, 10),
    breaks=lambda a, b, c: (c,),
    jump_order=0,
    formula=lambda mp, t, piece, a, b, c: mp.exp(a * t) / (b if piece else 1),
    cites=("monod1949growth",),
)
def serial_dilution(
    t: LongArray, piece: int, a: np.longdouble, b: np.longdouble, c: np.longdouble
) -> LongArray:
    """A culture that grows exponentially and is diluted once: a step in the signal itself."""
    rows: LongArray = exponential(t, a) / (b if piece else 1)
    return rows


@piecewise(
    expression="1 - exp(-a t) where t < c, else (exp(a c) - 1) exp(-a t)",
    parameters={"a": Fraction(3, 5), "c": 4},
    interval=(0, 10),
    breaks=lambda a, c: (c,),
    jump_order=1,
    formula=lambda mp, t, piece, a, c: (
        (mp.exp(a * c) - 1) * mp.exp(-a * t) if piece else 1 - mp.exp(-a * t)
    ),
)
def charge_discharge(t: LongArray, piece: int, a: np.longdouble, c: np.longdouble) -> LongArray:
    """A capacitor that is charged, then discharged: a kink where the switch is thrown."""
    if piece:
        return np.expm1(a * c) * exponential(t, -a)
    rows: LongArray = -exponential(t, -a)
    rows[0] += 1
    return rows


@piecewise(
    expression=("(1 - (2 k + 1) d) cos(pi t / h) + (-1)^k d where k is the whole part of t / h"),
    parameters={"d": Fraction(1, 10), "h": Fraction(5, 2)},
    interval=(0, 10),
    breaks=lambda d, h: (h, 2 * h, 3 * h),
    jump_order=2,
    formula=lambda mp, t, piece, d, h: (
        (1 - (2 * piece + 1) * d) * mp.cos(mp.pi * t / h) + (-1) ** piece * d
    ),
    cites=("denhartog1931forced",),
)
def dry_friction(t: LongArray, piece: int, d: np.longdouble, h: np.longdouble) -> LongArray:
    """A spring with dry friction: the second derivative steps whenever the motion turns."""
    rows = (1 - (2 * piece + 1) * d) * cosine(t, PI / h)
    rows[0] += (-1) ** piece * d
    return rows
