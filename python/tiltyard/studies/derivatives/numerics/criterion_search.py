"""The minimum of a smooth criterion of one logarithmic parameter, found to about 1e-8."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tiltyard.studies.derivatives.contract import Array

NODES = 9  # Chebyshev points of one interpolation
ZOOM = 0.15  # the second interval's half-width, relative to the first
TIE = 1e-9  # relative difference below which two values of the criterion count as equal
BISECTIONS = 60  # more than a double has bits


def smallest(criterion: Callable[[Array], Array], low: float, high: float, step: float) -> float:
    """Parameter in ``[low, high]`` at which `criterion` is smallest.

    A grid of spacing `step` or slightly less finds the global minimum's cell; then the criterion
    is interpolated at Chebyshev points, first one step to either side of the best grid point and
    then in a narrower interval, and the derivative of the polynomial is solved for zero. Unlike
    comparisons of values, which stop at the square root of their rounding errors, this finds the
    minimum nearly as well as the criterion itself is known. If the grid's smallest value is at an
    end of the range, that end is the result; of equal values (a flat criterion) the one of the
    smallest parameter counts.

    Parameters
    ----------
    criterion : callable
        Takes parameters (G,) and returns the criterion (G,); smooth on the scale of `step`.
    low, high, step : float
        Range of the parameter, low <= high, and largest spacing of the grid, > 0.
    """
    count = math.ceil((high - low) / step) + 1
    grid = np.linspace(low, high, count)
    values = criterion(grid)
    best = _first_smallest(values)
    if best in (0, count - 1):
        return float(grid[best])
    half_width = float(grid[1] - grid[0])
    centre = _stationary(criterion, float(grid[best]), half_width)
    return _stationary(criterion, centre, ZOOM * half_width)


def _first_smallest(values: Array) -> int:
    lowest = float(values.min())
    return int(np.argmax(values <= lowest + TIE * (1.0 + abs(lowest))))


def _stationary(criterion: Callable[[Array], Array], centre: float, half_width: float) -> float:
    angles = math.pi * (np.arange(NODES) + 0.5) / NODES
    values = criterion(centre + half_width * np.cos(angles))
    rows = np.cos(np.outer(np.arange(NODES), angles))
    coefficients = 2.0 / NODES * (rows @ (values - values.mean()))
    # d/dx sum c_k T_k(cos a) = sum c_k k sin(k a) / sin a; times sin a > 0 the sign is the same.
    order = np.arange(NODES)

    def slope(x: float) -> float:
        return float((coefficients * order) @ np.sin(order * math.acos(x)))

    low, high = -math.cos(0.25 * math.pi / NODES), math.cos(0.25 * math.pi / NODES)
    if slope(low) >= 0.0:
        return centre + half_width * low
    if slope(high) <= 0.0:
        return centre + half_width * high
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if slope(middle) < 0.0 else (low, middle)
    return centre + half_width * 0.5 * (low + high)
