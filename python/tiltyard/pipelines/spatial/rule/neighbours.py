"""Neighbours of a spot: the most similar among the nearest, and their weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.rule.formulas import NEIGHBOURS, NICHE, SLICE_CANDIDATES, Formula

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
#: Similarities are multiples of this, so that the order of a sum decides no tie and no ``> 0``.
STEP = 2.0**-24
#: What a candidate of the same niche has before all others: more than any similarity.
SAME_NICHE = 2.0


@dataclass(frozen=True)
class Chosen:
    """Neighbours of n spots.

    Parameters
    ----------
    rows : (n, slices, k) array
        Row of each neighbour, the first the most similar; -1 where there is none.
    weights : (n, slices, k) array
        They sum to 1 over the neighbours on a slice, or to 0 where none counts.
    """

    rows: Rows
    weights: Floats


@dataclass(frozen=True)
class Spots:
    """What decides the neighbours of n spots.

    Parameters
    ----------
    places : (n, 2) or (n, 3) array
    embedding : (n, d) array
    groups : (n,) array
        Number of each spot's annotation: neighbours are of the same.
    niche : (n, e) array or None
    slices : (n,) array or None
        Number of each spot's slice, in their order; None for all on one.
    """

    places: Floats
    embedding: Floats
    groups: Rows
    niche: Floats | None = None
    slices: Rows | None = None


def neighbours(spots: Spots, formula: Formula, nearest: int, k: int = NEIGHBOURS) -> Chosen:
    """Neighbours and weights of all spots.

    Parameters
    ----------
    spots : Spots
    formula : Formula
    nearest : int
        Spatial candidates of a spot, itself among them.
    k : int
        Most neighbours of a spot, on each slice.
    """
    count = len(spots.places)
    width = 1 if spots.slices is None else 3
    rows = np.full((count, width, k), -1, np.int64)
    weights = np.zeros((count, width, k))
    units = unit(spots.embedding)
    niches = None if spots.niche is None or not formula.by_similarity else unit(spots.niche)
    for spot in range(count):
        for place, near in enumerate(candidates(spots, spot, nearest)):
            similar = similarity(units, near, spot, formula)
            score = similar
            if niches is not None:
                same = cosines(niches, near, spot) >= NICHE
                score = similar + SAME_NICHE * same
            first = np.lexsort((np.arange(len(near)), -score))[:k]
            rows[spot, place, : len(first)] = near[first]
            weights[spot, place, : len(first)] = weighted(similar[first], formula)
    return Chosen(rows, weights)


def candidates(spots: Spots, spot: int, nearest: int) -> list[Rows]:
    """Rows of the candidates of a spot, on its own slice and on those beside it."""
    same = spots.groups == spots.groups[spot]
    if spots.slices is None:
        return [ordered(spots.places, np.flatnonzero(same), spot, nearest)]
    found = []
    for step in (0, -1, 1):
        rows = np.flatnonzero(same & (spots.slices == spots.slices[spot] + step))
        most = nearest if step == 0 else SLICE_CANDIDATES
        if step and not len(np.flatnonzero(same & (spots.slices == spots.slices[spot] - step))):
            most = 2 * SLICE_CANDIDATES  # the other side is missing: deeper on this one
        found.append(ordered(spots.places, rows, spot, most))
    return found


def ordered(places: Floats, rows: Rows, spot: int, nearest: int) -> Rows:
    """The nearest of `rows`, by squared distance, then row; a spot is among its own always."""
    distance = squared(places[rows], places[spot])
    first = np.lexsort((rows, np.where(rows == spot, -1.0, distance)))[:nearest]
    return rows[first[np.lexsort((rows[first], distance[first]))]]


def squared(places: Floats, place: Floats) -> Floats:
    """Squared Euclidean distances, axis by axis."""
    total = (places[..., 0] - place[..., 0]) ** 2
    for axis in range(1, places.shape[-1]):
        total = total + (places[..., axis] - place[..., axis]) ** 2
    return total


def unit(vectors: Floats) -> Floats:
    """Rows of length 1; a row of zeros stays one."""
    vectors = np.asarray(vectors, np.float64)
    largest = np.abs(vectors).max(1, initial=0.0, keepdims=True)
    scaled = np.divide(vectors, largest, out=np.zeros_like(vectors), where=largest > 0)
    length = np.sqrt((scaled**2).sum(1, keepdims=True))
    return np.divide(scaled, length, out=scaled, where=length > 0)


def cosines(units: Floats, rows: Rows, spot: int) -> Floats:
    """Cosines of `rows` with a spot, rounded to multiples of `STEP`, half to even."""
    return np.rint(units[rows] @ units[spot] / STEP) * STEP + 0.0


def similarity(units: Floats, rows: Rows, spot: int, formula: Formula) -> Floats:
    """Cosines of the embedding; under B those below 0 are 0."""
    found = cosines(units, rows, spot)
    return np.maximum(found, 0.0) if formula.by_similarity else found


def weighted(similar: Floats, formula: Formula) -> Floats:
    """Weights of the neighbours of one spot, which have those similarities."""
    if not formula.by_similarity:
        return np.full(len(similar), 1 / max(len(similar), 1))
    total = float(np.cumsum(similar)[-1]) if len(similar) else 0.0
    return similar / total if total > 0 else np.zeros(len(similar))
