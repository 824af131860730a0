"""Membrane potentials of model neurons: a regular spike train, and a burst."""

from fractions import Fraction
from typing import Any

from tiltyard.studies.derivatives.signals.ode import ode


@ode(
    expression=("v' = c (v + w) - v^3, w' = (a - v - b w) / c, v(0) = -1, w(0) = 1, observing v"),
    parameters={"a": Fraction(1, 5), "b": Fraction(1, 5), "c": 3},
    initial=(-1, 1),
    interval=(0, 20),
    cites=("fitzhugh1961impulses", "biscani2021revisiting"),
)
def fitzhugh_nagumo(v: Any, w: Any, *, a: Any, b: Any, c: Any) -> tuple[Any, Any]:
    """A spike train: two slow branches and fast jumps, with unequal times on either branch."""
    return c * (v + w) - v * v * v, (a - v - b * w) / c


@ode(
    expression=(
        "x' = y - x^3 + 3 x^2 - z + k, y' = 1 - 5 x^2 - y, z' = r (4 (x + d) - z), "
        "x(0) = -1, y(0) = -4, z(0) = 2, observing x"
    ),
    parameters={"k": 3, "r": Fraction(1, 50), "d": Fraction(8, 5)},
    initial=(-1, -4, 2),
    interval=(0, 40),
    cites=("hindmarsh1984model", "biscani2021revisiting"),
)
def hindmarsh_rose(x: Any, y: Any, z: Any, *, k: Any, r: Any, d: Any) -> tuple[Any, Any, Any]:
    """A burst of three narrow spikes, each later than the last, then rest: three time scales."""
    square = x * x
    return y - x * square + 3 * square - z + k, 1 - 5 * square - y, r * (4 * (x + d) - z)
