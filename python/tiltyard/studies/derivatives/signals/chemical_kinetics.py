"""Chemical reactions: an oscillating one, and one with a fast and a slow phase."""

from fractions import Fraction
from typing import Any

from tiltyard.studies.derivatives.signals.ode import ode


@ode(
    expression=("x' = a + x^2 y - (b + 1) x, y' = b x - x^2 y, x(0) = 1, y(0) = 1, observing x"),
    parameters={"a": 1, "b": Fraction(5, 2)},
    initial=(1, 1),
    interval=(0, 20),
    cites=("prigogine1968symmetry", "biscani2021revisiting"),
)
def brusselator(x: Any, y: Any, *, a: Any, b: Any) -> tuple[Any, Any]:
    """A chemical clock that winds up to its limit cycle: each pulse is larger than the last."""
    autocatalysis = x * x * y
    return a + autocatalysis - (b + 1) * x, b * x - autocatalysis


@ode(
    expression=(
        "c' = k (e - c) s - (r + p) c, s' = r c - k (e - c) s, c(0) = 0, s(0) = 1, observing c"
    ),
    parameters={"k": 10, "e": Fraction(1, 2), "r": 1, "p": 2},
    initial=(0, 1),
    interval=(0, 5),
    cites=("briggs1925note", "biscani2021revisiting"),
)
def enzyme_kinetics(c: Any, s: Any, *, k: Any, e: Any, r: Any, p: Any) -> tuple[Any, Any]:
    """Enzyme bound to substrate: a rise within a few samples, a plateau, a slow decay (stiff)."""
    binding = k * (e - c) * s
    return binding - (r + p) * c, r * c - binding
