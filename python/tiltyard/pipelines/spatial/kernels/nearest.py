"""What a tree found, in the order of the rule."""

from __future__ import annotations

from typing import Any

import numpy as np

from tiltyard.pipelines.spatial.kernels.compiling import kernel


@kernel
def arrange(places: Any, spots: Any, near: Any, slack: float, found: Any, undecided: Any) -> None:
    """Fill the nearest rows of each spot, by squared distance, then row.

    Parameters
    ----------
    places : (n, 2) or (n, 3) array of float64
    spots : (m,) array of int64
    near : (m, asked) array of int64
        Rows, nearly in order.
    slack : float
        Relative difference of distances that counts as none.
    found : (m, count) array of int64
        A spot that is in `near` is among its own.
    undecided : (m,) array of bool
        Whether the spot must be among its own; then, whether it is not, or a row that was not
        asked for may be as near as the last of `found`.
    """
    asked, count = near.shape[1], found.shape[1]
    keys, rows = np.empty(asked), np.empty(asked, np.int64)
    for place in range(len(spots)):
        spot = spots[place]
        for used in range(asked):
            row = near[place, used]
            key = 0.0
            for axis in range(places.shape[1]):
                step = places[row, axis] - places[spot, axis]
                key += step * step
            if row == spot:
                key = -1.0
            j = used
            while j > 0 and (keys[j - 1] > key or (keys[j - 1] == key and rows[j - 1] > row)):
                keys[j], rows[j] = keys[j - 1], rows[j - 1]
                j -= 1
            keys[j], rows[j] = key, row
        tied = keys[asked - 1] <= keys[count - 1] * (1.0 + slack)
        undecided[place] = tied or (undecided[place] and keys[0] >= 0.0)
        first = 0
        if keys[0] < 0.0:  # itself: among others at its place by its row
            while first + 1 < count and keys[first + 1] == 0.0 and rows[first + 1] < spot:
                rows[first] = rows[first + 1]
                first += 1
            rows[first] = spot
        found[place] = rows[:count]
