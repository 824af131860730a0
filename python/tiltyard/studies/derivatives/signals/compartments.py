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


@ode(
    expression=(
        "a' = r (b - a), b' = r (a - 2 b + c), c' = r (b - 2 c + d), d' = r (c - 2 d + e), "
        "e' = r (d - 2 e + f), f' = r (e - 2 f + 1), all 0 at t = 0, observing a"
    ),
    parameters={"r": 10},
    initial=(0, 0, 0, 0, 0, 0),
    interval=(0, 5),
    cites=("fourier1822theorie", "biscani2021revisiting"),
)
def heat_rod(
    a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, *, r: Any
) -> tuple[Any, Any, Any, Any, Any, Any]:
    """Far end of a rod in six pieces, heated at the other: a delay, a rise, six decays as one."""
    return (
        r * (b - a),
        r * (a - 2 * b + c),
        r * (b - 2 * c + d),
        r * (c - 2 * d + e),
        r * (d - 2 * e + f),
        r * (e - 2 * f + 1),
    )


@ode(
    expression=(
        "x' = x (1 - x - a y - b z), y' = y (1 - b x - y - a z), z' = z (1 - a x - b y - z), "
        "x(0) = 0.2, y(0) = 0.1, z(0) = 0.3, observing x"
    ),
    parameters={"a": Fraction(4, 5), "b": Fraction(13, 10)},
    initial=(Fraction(1, 5), Fraction(1, 10), Fraction(3, 10)),
    interval=(0, 160),
    cites=("may1975nonlinear", "biscani2021revisiting"),
)
def rotating_dominance(x: Any, y: Any, z: Any, *, a: Any, b: Any) -> tuple[Any, Any, Any]:
    """One of three competitors that displace each other in turn, each reign longer and purer."""
    return (
        x * (1 - x - a * y - b * z),
        y * (1 - b * x - y - a * z),
        z * (1 - a * x - b * y - z),
    )
