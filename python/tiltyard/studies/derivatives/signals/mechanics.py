"""Motion of bodies: swings that come to rest, orbits that go on, and a free rotation.

Sine, cosine and the inverse distance are variables of the state, so that every right-hand side is
a polynomial.
"""

from fractions import Fraction
from typing import Any

from tiltyard.studies.derivatives.signals.ode import ode


@ode(
    expression=(
        "q' = w, w' = -g s - d w, s' = c w, c' = -s w, "
        "q(0) = 0, w(0) = 7, s(0) = 0, c(0) = 1, observing q"
    ),
    parameters={"g": 9, "d": Fraction(2, 5)},
    initial=(0, 7, 0, 1),
    interval=(0, 10),
    cites=("baker2005pendulum", "biscani2021revisiting"),
)
def pendulum(q: Any, w: Any, s: Any, c: Any, *, g: Any, d: Any) -> tuple[Any, Any, Any, Any]:
    """Angle of a damped pendulum that goes over the top once, then swings and comes to rest."""
    return w, -g * s - d * w, c * w, -s * w


@ode(
    expression=(
        "x' = v, y' = w, v' = -m x u^3, w' = -m y u^3, u' = -(x v + y w) u^3, "
        "x(0) = 0.4, y(0) = 0, v(0) = 0, w(0) = 2, u(0) = 2.5, observing x"
    ),
    parameters={"m": 1},
    initial=(Fraction(2, 5), 0, 0, 2, Fraction(5, 2)),
    interval=(0, 15),
    cites=("danby1988fundamentals", "biscani2021revisiting"),
)
def kepler_orbit(
    x: Any, y: Any, v: Any, w: Any, u: Any, *, m: Any
) -> tuple[Any, Any, Any, Any, Any]:
    """A body on an ellipse of eccentricity 0.6: long arcs far out, and a sharp turn near in."""
    cube = u * u * u
    return v, w, -m * x * cube, -m * y * cube, -(x * v + y * w) * cube


@ode(
    expression="q' = v, v' = q - q^3 - d v, q(0) = 2.5, v(0) = 0, observing q",
    parameters={"d": Fraction(3, 20)},
    initial=(Fraction(5, 2), 0),
    interval=(0, 25),
    cites=("holmes1979nonlinear", "biscani2021revisiting"),
)
def double_well(q: Any, v: Any, *, d: Any) -> tuple[Any, Any]:
    """A ball over two valleys: it crosses the ridge ever more slowly, then rings down in one."""
    return v, q - q * q * q - d * v


@ode(
    expression=(
        "m' = a s u, s' = -b m u, u' = -c m s, m(0) = 2, s(0) = 0.1, u(0) = 0.2, observing m"
    ),
    parameters={"a": 1, "b": 1, "c": Fraction(1, 3)},
    initial=(2, Fraction(1, 10), Fraction(1, 5)),
    interval=(0, 16),
    cites=("ashbaugh1991twisting", "biscani2021revisiting"),
)
def rigid_body(m: Any, s: Any, u: Any, *, a: Any, b: Any, c: Any) -> tuple[Any, Any, Any]:
    """Free rotation about the middle of three axes, unstable: long rests and sudden flips.

    The moments of inertia are 1, 2 and 3. The solution is an elliptic function.
    """
    return a * s * u, -b * m * u, -c * m * s


@ode(
    expression=(
        "x' = u, u' = -x - 2 c x y, y' = v, v' = -y - c (x^2 - y^2), "
        "x(0) = 0, u(0) = 0.45, y(0) = 0.1, v(0) = 0, observing x"
    ),
    parameters={"c": 1},
    initial=(0, Fraction(9, 20), Fraction(1, 10), 0),
    interval=(0, 40),
    cites=("henon1964applicability", "biscani2021revisiting"),
)
def henon_heiles(x: Any, u: Any, y: Any, v: Any, *, c: Any) -> tuple[Any, Any, Any, Any]:
    """A star in a galaxy: two coupled tones that never repeat and swap their amplitudes."""
    return u, -x - 2 * c * x * y, v, -y - c * (x * x - y * y)


@ode(
    expression=(
        "r' = v, v' = (r^-4 - 1 - 3 v^2 / 2 - d v / r) / r, r(0) = 1.6, v(0) = 0, observing r"
    ),
    parameters={"d": Fraction(3, 10)},
    initial=(Fraction(8, 5), 0),
    interval=(0, 10),
    cites=("plesset1977bubble", "biscani2021revisiting"),
)
def bubble_rebound(r: Any, v: Any, *, d: Any) -> tuple[Any, Any]:
    """Radius of a gas bubble: wide arcs between sharp collapses, which soften as it comes to rest.

    The gas has an adiabatic exponent of 4/3; `d` is four times the liquid's viscosity.
    """
    square = r * r
    return v, (1 / (square * square) - 1 - 3 * v * v / 2 - d * v / r) / r
