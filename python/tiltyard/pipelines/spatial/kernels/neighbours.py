"""The most similar of each spot's candidates."""

from __future__ import annotations

from typing import Any

import numpy as np

from tiltyard.pipelines.spatial.kernels.compiling import kernel, reordering

_SCALE = 2.0**24


@reordering
def _product(a: Any, b: Any) -> float:
    total = 0.0
    for axis in range(len(a)):
        total += a[axis] * b[axis]
    return total


@kernel
def choose(
    spots: Any,
    candidates: Any,
    units: Any,
    niches: Any,
    least_niche: float,
    by_similarity: bool,
    rows: Any,
    weights: Any,
) -> None:
    """Fill the rows of the neighbours, best first, and their weights.

    Parameters
    ----------
    spots : (m,) array of int64
    candidates : (m, c) array of int64
        Rows in their order, -1 behind the last.
    units : (n, d) array of float64
        Embedding, each row of length 1 or 0.
    niches : (n, e) array of float64
        The niche likewise; e is 0 without one.
    least_niche : float
        Similarity from which a niche is the same.
    by_similarity : bool
        Whether similarities below 0 are 0, and neighbours are weighted by them.
    rows : (m, k) array of int32
    weights : (m, k) array of float32
    """
    k = rows.shape[1]
    scores, similar = np.empty(k + 1), np.empty(k + 1)
    near = np.empty(k + 1, np.int64)
    for place in range(len(spots)):
        spot, used = spots[place], 0
        for row in candidates[place]:
            if row < 0:
                break
            value = np.rint(_product(units[row], units[spot]) * _SCALE) / _SCALE + 0.0
            if by_similarity and value < 0.0:
                value = 0.0
            score = value
            if niches.shape[1]:
                same = np.rint(_product(niches[row], niches[spot]) * _SCALE) / _SCALE
                if same >= least_niche:
                    score += 2.0
            if used == k and score <= scores[k - 1]:
                continue
            j = used
            while j > 0 and scores[j - 1] < score:
                scores[j], similar[j], near[j] = scores[j - 1], similar[j - 1], near[j - 1]
                j -= 1
            scores[j], similar[j], near[j] = score, value, row
            used = min(used + 1, k)
        total = 0.0
        for j in range(used):
            total += similar[j]
        for j in range(k):
            rows[place, j] = near[j] if j < used else -1
            share = 0.0
            if j < used:
                if not by_similarity:
                    share = 1.0 / used
                elif total > 0.0:
                    share = similar[j] / total
            weights[place, j] = share
