"""Samples with mean 0 and standard deviation 1, and the floor that rounding sets to residuals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tiltyard.studies.derivatives.contract import Array

ROUNDING = 8.0  # error that counts as rounding, over machine epsilon times the largest sample


class UnitSamples(NamedTuple):
    """Scaled samples ``z = (y - mean) / spread``.

    Attributes
    ----------
    z : (n,) array
        Zeros where all samples are equal.
    mean : float
        Mean of the samples [signal].
    spread : float
        Standard deviation of the samples [signal]; zero where all are equal.
    floor : float
        Sum of squares, in units of `z`, of the samples' rounding errors: criteria add it to squared
        residuals, or they would see structure in rounding.
    """

    z: Array
    mean: float
    spread: float
    floor: float


def unit_samples(y: Array) -> UnitSamples:
    """Scale samples `y` (n,); two steps keep their squares from overflow and underflow."""
    mean = float(y[0] + (y - y[0]).mean())
    centred = y - mean
    largest = float(np.abs(centred).max())
    if np.ptp(y) == 0.0 or largest == 0.0:
        return UnitSamples(np.zeros(len(y)), float(y[0]), 0.0, 0.0)
    z = centred / largest
    spread = float(np.sqrt((z * z).mean()))
    rounding = ROUNDING * np.finfo(float).eps * float(np.abs(y).max()) / largest / spread
    return UnitSamples(z / spread, mean, largest * spread, float(len(y) * rounding**2))
