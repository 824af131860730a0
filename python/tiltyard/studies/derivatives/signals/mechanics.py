"""Motion under a force: a pendulum that comes to rest, and a body on an eccentric orbit.

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
