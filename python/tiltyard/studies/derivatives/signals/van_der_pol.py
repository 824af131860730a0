"""The relaxation oscillator of van der Pol."""

from typing import Any

from tiltyard.studies.derivatives.signals.ode import ode


@ode(
    expression="x' = v, v' = mu (1 - x^2) v - x, x(0) = 2, v(0) = 0, observing x",
    parameters={"mu": 3},
    initial=(2, 0),
    interval=(0, 20),
    cites=("vanderpol1926relaxation", "biscani2021revisiting"),
)
def van_der_pol(x: Any, v: Any, *, mu: Any) -> tuple[Any, Any]:
    """Relaxation oscillation: slow drift and fast jumps, two time scales in one signal."""
    return v, mu * (1 - x**2) * v - x
