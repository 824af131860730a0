"""The nearest spots by a k-d tree, in an order that no tree decides."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from tiltyard.pipelines.spatial.rule.neighbours import Floats, Rows, ordered

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
        from tiltyard.pipelines.spatial.kernels.nearest import arrange

        asked = min(len(self.rows), count + SPARE)
        _, near = self._tree.query(self.places[spots], k=np.arange(1, asked + 1))
        found = np.empty((len(spots), count), np.int64)
        undecided = np.isin(spots, self.rows)
        arrange(self.places, spots, self.rows[near], _SLACK, found, undecided)
        if asked < len(self.rows):
            for place in np.flatnonzero(undecided):
                found[place] = self._exactly(spots[place], count)
        return found

    def _exactly(self, spot: int, count: int) -> Rows:
        """The nearest by looking at all that are as near as the last of them."""
        assert self._tree is not None
        place = self.places[spot]
        reach = self._tree.query(place, k=[count])[0][0]
        inside = self._tree.query_ball_point(place, reach * (1 + _SLACK), return_sorted=True)
        rows = np.union1d(self.rows[inside], [spot] if spot in self.rows else [])
        return ordered(self.places, rows.astype(np.int64), spot, count)
