"""Runs of neighbours that have exactly the same value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import Array


@dataclass(frozen=True, eq=False)
class Runs:
    """The record cut where the value changes.

    Attributes
    ----------
    start, length : (m,) arrays of int
        First sample of each run, and its number of samples.
    value : (m,) array
        Its value [signal].
    """

    start: NDArray[np.intp]
    length: NDArray[np.intp]
    value: Array

    @property
    def stop(self) -> NDArray[np.intp]:
        """The sample after each run."""
        return self.start + self.length

    @property
    def typical(self) -> float:
        """Median length of the runs."""
        return float(np.median(self.length))


def runs_of(y: Array) -> Runs:
    """The runs of a record.

    Parameters
    ----------
    y : (n,) array
        Samples, n >= 1.
    """
    start = np.r_[0, np.flatnonzero(np.diff(y) != 0) + 1]
    return Runs(start, np.diff(np.r_[start, len(y)]), y[start])
