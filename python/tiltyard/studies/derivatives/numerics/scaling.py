"""Affine maps that bring times and samples to order one before anything is fitted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class UnitTime(NamedTuple):
    """Sample and evaluation times mapped to [-1, 1], and the map's half-width [time]."""

    x: Array
    x_eval: Array
    half_width: float

    def to_time(self, derivatives: Array, orders: tuple[int, ...]) -> Array:
        """Derivatives with respect to x (rows: `orders`) as derivatives with respect to t."""
        return derivatives / self.half_width ** np.asarray(orders, dtype=float)[:, None]


def unit_time(t: Array, t_eval: Array) -> UnitTime:
    """Map ``[t[0], t[-1]]`` to ``[-1, 1]`` by differences from the centre.

    Differences are taken before dividing, so a large common offset of the times costs only the
    digits that the times themselves have lost.
    """
    half_width = 0.5 * (t[-1] - t[0])
    centre = t[0] + half_width
    return UnitTime((t - centre) / half_width, (t_eval - centre) / half_width, float(half_width))
