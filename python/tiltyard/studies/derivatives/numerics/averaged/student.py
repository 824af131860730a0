"""Student's t distribution as a shape of the members of a mixture."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy.special import stdtr, stdtrit

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.warped.mixture import NORMAL, Shape

KNOTS = 4096  # of the table


@lru_cache(maxsize=32)
def student(degrees: int | None) -> Shape:
    """Student's t of scale 1; the normal distribution if there are no `degrees`.

    The distribution function comes from a table in ``v = u / sqrt(degrees + u**2)``, in which it is
    smooth, by linear interpolation, and the density is the slope of that. Errors of the function
    are below 1e-5 up to 1000 degrees, and its time is a tenth of the exact one's.
    """
    if degrees is None:
        return NORMAL
    v = np.linspace(-1.0, 1.0, KNOTS + 1)[1:-1]
    inner = stdtr(degrees, v * np.sqrt(degrees / (1.0 - np.square(v))))
    table = np.concatenate([[0.0], inner, [1.0]])
    slope = np.append(np.diff(table), 0.0)

    origin = math.sqrt(degrees)

    def below(u: Array) -> Array:
        place = (u / np.hypot(origin, u) + 1.0) * (0.5 * KNOTS)
        knot = place.astype(np.intp)
        return np.asarray(table[knot] + (place - knot) * slope[knot])

    def density(u: Array) -> Array:
        root = np.hypot(origin, u)
        knot = ((u / root + 1.0) * (0.5 * KNOTS)).astype(np.intp)
        return np.asarray(slope[knot] * (0.5 * KNOTS * degrees) / root**3)

    return Shape(below, density, lambda p: float(stdtrit(degrees, p)))
