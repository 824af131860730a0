"""Sums of squares that only rounding tells apart."""

from __future__ import annotations

import math

import numpy as np

from tiltyard.studies.derivatives.contract import Array

#: Error of a length left of the samples, in that of machine epsilon times the samples' own.
ROUNDING = 8.0


def indistinct(squares: float, y: Array) -> float:
    """The change of the `squares` left of samples `y` (n,) that rounding may make.

    Of two that differ by less, which is the lower is an accident of the arithmetic.
    """
    rounding = ROUNDING * float(np.finfo(float).eps * np.linalg.norm(y))
    return rounding * (2.0 * math.sqrt(squares) + rounding)
