"""Means of neighbours, where samples are more than are looked at one by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import Array

#: Most groups, and places in each of them at which a function has its mean taken.
MOST, WITHIN = 240, 4


class Groups:
    """Neighbours that have their weighted mean taken; each sample is its own group if few.

    Parameters
    ----------
    t : (n,) array
        Increasing times [time].
    weights : (n,) array
        Positive weights in the means.
    most : int
        Most groups.

    Attributes
    ----------
    first : (groups,) array of int
        First sample of each group.
    shares : (n,) array
        Share of each sample in the mean of its group.
    centres : (groups,) array
        Mean times [time].
    places : (p,) array
        Times at which functions are looked at: those of the samples, or means of neighbours so
        close that a function is straight between them [time].
    """

    def __init__(self, t: Array, weights: Array, most: int = MOST) -> None:
        self.t, count = t, min(most, len(t))
        self.first = _starts(len(t), count)
        self.shares = weights / _spread(weights, self.first)
        self.centres = self.means(t)
        fine = _starts(len(t), min(WITHIN * count, len(t)) if len(t) > count else count)
        if len(fine) == len(t):
            self.places, self._parts, self._first_parts = t, self.shares, self.first
        else:
            own = weights / _spread(weights, fine)
            self.places = np.add.reduceat(own * t, fine)
            self._parts = np.add.reduceat(self.shares, fine)
            self._first_parts = np.arange(0, len(fine), WITHIN)

    def __len__(self) -> int:
        return len(self.first)

    @property
    def single(self) -> bool:
        """Whether every sample is a group of its own."""
        return len(self) == len(self.t)

    @property
    def last(self) -> NDArray[np.intp]:
        """Last sample (groups,) of each group."""
        return np.asarray(np.append(self.first[1:], len(self.t)) - 1)

    def means(self, samples: Array) -> Array:
        """Means (groups,) of samples (n,)."""
        return np.asarray(np.add.reduceat(self.shares * samples, self.first))

    def means_of_functions(self, values: Array) -> Array:
        """Means (groups, f) of the values (p, f) of f functions at `places`."""
        if self.single:
            return values
        return np.asarray(np.add.reduceat(self._parts[:, None] * values, self._first_parts))


def _starts(n: int, count: int) -> NDArray[np.intp]:
    """First of each of `count` groups of n samples, as equal in number as can be."""
    return np.asarray(-(-np.arange(count) * n // count), dtype=np.intp)


def _spread(weights: Array, first: NDArray[np.intp]) -> Array:
    """The sum of each group's weights, for each of its samples."""
    sizes = np.diff(np.append(first, len(weights)))
    return np.repeat(np.add.reduceat(weights, first), sizes)
