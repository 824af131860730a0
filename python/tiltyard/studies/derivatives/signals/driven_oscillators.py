"""Oscillators under a periodic drive: one is shaken into chaos, the other nearly locks to it.

The drive's sine and cosine are variables of the state, so that every right-hand side is a
polynomial without time.
"""

from fractions import Fraction
from typing import Any

from tiltyard.studies.derivatives.signals.ode import ode


@ode(
    expression=(
        "x' = v, v' = b c - k v - x^3, c' = -s, s' = c, "
        "x(0) = 3, v(0) = 4, c(0) = 1, s(0) = 0, observing x"
    ),
    parameters={"b": Fraction(15, 2), "k": Fraction(1, 20)},
    initial=(3, 4, 1, 0),
    interval=(0, 15),
    cites=("ueda1979randomly", "biscani2021revisiting"),
)
def forced_duffing(x: Any, v: Any, c: Any, s: Any, *, b: Any, k: Any) -> tuple[Any, Any, Any, Any]:
    """Ueda's stiffening spring under a strong drive: chaos of large swings and small ones."""
    return v, b * c - k * v - x * x * x, -s, c


@ode(
    expression="q' = w - k s, s' = c q', c' = -s q', q(0) = 0, s(0) = 0, c(0) = 1, observing q",
    parameters={"w": 1, "k": Fraction(9, 10)},
    initial=(0, 0, 1),
    interval=(0, 36),
    cites=("adler1946study", "biscani2021revisiting"),
)
def phase_slips(q: Any, s: Any, c: Any, *, w: Any, k: Any) -> tuple[Any, Any, Any]:
    """Phase of an oscillator that nearly locks to its drive: a staircase of rests and turns."""
    slope = w - k * s
    return slope, c * slope, -s * slope
