"""The Rössler system: a chaotic band of spirals with one fold."""

from fractions import Fraction
from typing import Any

from tiltyard.studies.derivatives.signals.ode import ode


@ode(
    expression=(
        "x' = -y - z, y' = x + a y, z' = b + z (x - c), x(0) = 4, y(0) = 4, z(0) = 1, observing x"
    ),
    parameters={"a": Fraction(1, 5), "b": Fraction(1, 5), "c": Fraction(57, 10)},
    initial=(4, 4, 1),
    interval=(0, 25),
    cites=("rossler1976equation", "biscani2021revisiting"),
)
def rossler(x: Any, y: Any, z: Any, *, a: Any, b: Any, c: Any) -> tuple[Any, Any, Any]:
    """Chaotic: slow, smooth spirals, folded back by a rare and sharp excursion."""
    return -y - z, x + a * y, b + z * (x - c)
