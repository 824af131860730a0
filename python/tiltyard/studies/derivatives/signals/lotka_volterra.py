"""The Lotka-Volterra system: predator and prey."""

from fractions import Fraction
from typing import Any

from tiltyard.studies.derivatives.signals.ode import ode


@ode(
    expression="x' = alpha x - beta x y, y' = delta x y - gamma y, x(0) = y(0) = 1, observing x",
    parameters={"alpha": Fraction(3, 2), "beta": 1, "gamma": 3, "delta": 1},
    initial=(1, 1),
    interval=(0, 10),
    cites=("lotka1925elements", "volterra1926fluctuations", "biscani2021revisiting"),
)
def lotka_volterra(
    x: Any, y: Any, *, alpha: Any, beta: Any, gamma: Any, delta: Any
) -> tuple[Any, Any]:
    """Prey in a periodic cycle: smooth, with sharp peaks between flat valleys."""
    return alpha * x - beta * x * y, delta * x * y - gamma * y
