"""The Cauchy combination of P values (Liu and Xie, JASA 2020), spots of an annotation at once."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEAST, MOST = 1e-300, 1 - 1e-15
#: P below which the tangent is 1 / (pπ) to all digits.
TINY = 1e-15


def kept(p: Floats, formula: str) -> NDArray[np.bool_]:
    """P values that are combined: those far above the others, on the scale of -log10, are not.

    Formula A leaves out outliers only if they are few: fewer than 20, or than 1 %.
    """
    size = -np.log10(np.clip(p, LEAST, 1))
    low, median, high = np.percentile(size, [25, 50, 75])
    inside: NDArray[np.bool_] = size < median + 3 * (high - low)
    dropped = int((~inside).sum())
    few = 0 < dropped < max(0.01 * len(p), 20)
    if not inside.any() or (formula == "A" and not few):
        return np.ones(len(p), np.bool_)
    return inside


def cauchy(p: Floats, formula: str = "B") -> tuple[float, int]:
    """The combined P value, and how many values were left out."""
    p = np.sort(np.asarray(p, np.float64))
    inside = kept(p, formula)
    used = np.clip(p[inside], LEAST, MOST)
    tangents = np.where(used < TINY, 1 / (used * math.pi), np.tan((0.5 - used) * math.pi))
    mean = math.fsum(tangents) / len(tangents)
    combined = math.atan(1 / mean) / math.pi if mean > 1 else 0.5 - math.atan(mean) / math.pi
    return combined, int((~inside).sum())
