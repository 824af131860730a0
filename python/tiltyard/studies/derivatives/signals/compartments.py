"""Compartment models: flows between the states of a population or the parts of a body."""

from fractions import Fraction
from typing import Any

from tiltyard.studies.derivatives.signals.ode import ode


@ode(
    expression="i' = b s i - g i, s' = -b s i, i(0) = 0.01, s(0) = 0.99, observing i",
    parameters={"b": 3, "g": Fraction(4, 5)},
    initial=(Fraction(1, 100), Fraction(99, 100)),
    interval=(0, 10),
    cites=("kermack1927contribution", "biscani2021revisiting"),
)
def epidemic(i: Any, s: Any, *, b: Any, g: Any) -> tuple[Any, Any]:
    """The infected of one outbreak: exponential growth, a peak, and a slower exponential decay."""
    infection = b * s * i
    return infection - g * i, -infection


@ode(
    expression=(
        "c' = a g - (e + k) c + r p, g' = -a g, p' = k c - r p, "
        "c(0) = 0, g(0) = 1, p(0) = 0, observing c"
    ),
    parameters={"a": 2, "e": Fraction(1, 2), "k": 1, "r": Fraction(3, 10)},
    initial=(0, 1, 0),
    interval=(0, 10),
    cites=("teorell1937kinetics", "biscani2021revisiting"),
)
def pharmacokinetics(
    c: Any, g: Any, p: Any, *, a: Any, e: Any, k: Any, r: Any
) -> tuple[Any, Any, Any]:
    """A drug in the blood between gut and tissue: three rates, all action at the start."""
    return a * g - (e + k) * c + r * p, -a * g, k * c - r * p
