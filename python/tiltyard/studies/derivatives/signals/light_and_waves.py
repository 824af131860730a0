"""Light from a laser that is switched on, and a wave at its turning point."""

from fractions import Fraction
from typing import Any

from tiltyard.studies.derivatives.signals.ode import ode


@ode(
    expression="s' = k (n - 1) s, n' = j - n - n s, s(0) = 0.01, n(0) = 0, observing s",
    parameters={"j": 3, "k": 20},
    initial=(Fraction(1, 100), 0),
    interval=(0, 5),
    cites=("statz1960transients", "biscani2021revisiting"),
)
def laser_switch_on(s: Any, n: Any, *, j: Any, k: Any) -> tuple[Any, Any]:
    """Light of a laser: darkness, one sharp spike, then ever rounder ones around a steady glow."""
    stimulated = n * s
    return k * (stimulated - s), j - n - stimulated


@ode(
    expression="y' = v, v' = -x y, x' = 1, y(-2) = 0.1, v(-2) = 0, x(-2) = -2, observing y",
    parameters={},
    initial=(Fraction(1, 10), 0, -2),
    interval=(-2, 12),
    cites=("airy1838intensity", "biscani2021revisiting"),
)
def turning_point(y: Any, v: Any, x: Any) -> tuple[Any, Any, Any]:
    """A wave of Airy's equation: exponential growth, then oscillation that quickens and fades."""
    return v, -x * y, x * 0 + 1
