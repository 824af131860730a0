"""The Lorenz system: convection in three modes."""

from fractions import Fraction
from typing import Any

from tiltyard.studies.derivatives.signals.ode import ode


@ode(
    expression=(
        "x' = sigma (y - x), y' = x (rho - z) - y, z' = x y - beta z, "
        "x(0) = y(0) = z(0) = 1, observing x"
    ),
    parameters={"sigma": 10, "rho": 25, "beta": Fraction(8, 3)},
    initial=(1, 1, 1),
    interval=(0, 5),
    cites=("lorenz1963deterministic", "biscani2021revisiting"),
)
def lorenz(x: Any, y: Any, z: Any, *, sigma: Any, rho: Any, beta: Any) -> tuple[Any, Any, Any]:
    """A chaotic trajectory: an oscillation that never repeats, with irregular changes of sign."""
    return sigma * (y - x), x * (rho - z) - y, x * y - beta * z
