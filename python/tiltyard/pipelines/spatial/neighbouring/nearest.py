"""The nearest spots by a k-d tree, in an order that no tree decides."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from tiltyard.pipelines.spatial.rule.neighbours import Floats, Rows, ordered, squared

#: Places beyond those wanted that are asked for, among which ties at the last place end.
SPARE = 24
#: Relative difference of distances that the tree may see where there is none.
_SLACK = 1e-9


class Finder:
    """Finds the nearest of some spots.

    Parameters
    ----------
    places : (n, 2) or (n, 3) array
        Of all spots.
    rows : (m,) array, ascending
        Spots that are found.
    """

    def __init__(self, places: Floats, rows: Rows) -> None:
        self.places, self.rows = places, rows
        self._tree = cKDTree(places[rows]) if len(rows) else None

    def nearest(self, spots: Rows, most: int) -> Rows:
        """Rows of the nearest of each spot, as the rule orders them.

        Parameters
        ----------
        spots : (q,) array
        most : int

        Returns
        -------
        (q, min(most, m)) array
            A spot among `rows` is among its own, whatever else is at its place.
        """
        count = min(most, len(self.rows))
        if self._tree is None or not len(spots):
            return np.empty((len(spots), count), np.int64)
        asked = min(len(self.rows), count + SPARE)
        _, near = self._tree.query(self.places[spots], k=np.arange(1, asked + 1))
        near = self.rows[near]
        distance = squared(self.places[near], self.places[spots][:, None])
        first = np.where(near == spots[:, None], -1.0, distance)
        order = np.lexsort((near, first))
        near, first = (np.take_along_axis(one, order, 1) for one in (near, first))
        found = near[:, :count]
        if asked < len(self.rows):
            for place in np.flatnonzero(self._undecided(spots, found, first)):
                found[place] = self._exactly(spots[place], count)
        distance = squared(self.places[found], self.places[spots][:, None])
        return np.take_along_axis(found, np.lexsort((found, distance)), 1)

    def _undecided(self, spots: Rows, found: Rows, first: Floats) -> np.ndarray:
        """Spots of which a tie, or a spot at the same place, may be outside what was asked for."""
        count = found.shape[1]
        tied = first[:, -1] <= first[:, count - 1] * (1 + _SLACK)
        member = np.isin(spots, self.rows, assume_unique=True)
        return tied | (member & (found != spots[:, None]).all(1))

    def _exactly(self, spot: int, count: int) -> Rows:
        """The nearest by looking at all that are as near as the last of them."""
        assert self._tree is not None
        place = self.places[spot]
        reach = self._tree.query(place, k=[count])[0][0]
        inside = self._tree.query_ball_point(place, reach * (1 + _SLACK), return_sorted=True)
        rows = np.union1d(self.rows[inside], [spot] if spot in self.rows else [])
        return ordered(self.places, rows.astype(np.int64), spot, count)
