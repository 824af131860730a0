"""Chemical reactions: two that oscillate, three with a fast and a slow phase."""

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


@ode(
    expression=("x' = a y + x^2 y - x, y' = b - a y - x^2 y, x(0) = 1.5, y(0) = 1, observing x"),
    parameters={"a": Fraction(2, 25), "b": Fraction(3, 5)},
    initial=(Fraction(3, 2), 1),
    interval=(0, 30),
    cites=("selkov1968self", "strogatz2015nonlinear", "biscani2021revisiting"),
)
def selkov(x: Any, y: Any, *, a: Any, b: Any) -> tuple[Any, Any]:
    """Glycolysis on its limit cycle: in each period one spike, and a slow, smooth refill."""
    turnover = a * y + x * x * y
    return turnover - x, b - turnover


@ode(
    expression="d' = k m^2 - r d, m' = -2 k m^2, d(0) = 0, m(0) = 1, observing d",
    parameters={"k": 3, "r": Fraction(4, 5)},
    initial=(0, 1),
    interval=(0, 5),
    cites=("espenson1995chemical", "biscani2021revisiting"),
)
def dimerisation(d: Any, m: Any, *, k: Any, r: Any) -> tuple[Any, Any]:
    """A dimer that forms by pairs and decays by itself: an algebraic rise, an exponential end."""
    pairing = k * m * m
    return pairing - r * d, -2 * pairing


@ode(
    expression=(
        "y' = a x - b y^2 - c y z, x' = c y z - a x, z' = b y^2, "
        "y(0) = 0, x(0) = 1, z(0) = 0, observing y"
    ),
    parameters={"a": Fraction(2, 5), "b": 20, "c": 10},
    initial=(0, 1, 0),
    interval=(0, 8),
    cites=("robertson1966solution", "biscani2021revisiting"),
)
def robertson(y: Any, x: Any, z: Any, *, a: Any, b: Any, c: Any) -> tuple[Any, Any, Any]:
    """Robertson's intermediate at milder rates: three samples of rise, then an ever slower fall."""
    source, pairing, back = a * x, b * y * y, c * y * z
    return source - pairing - back, back - source, pairing
