"""Neighbours of the spots of one annotation, in chunks, on one slice or three."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.neighbouring.nearest import Finder
from tiltyard.pipelines.spatial.rule.formulas import NEIGHBOURS, SLICE_CANDIDATES, Formula
from tiltyard.pipelines.spatial.rule.neighbours import Floats, Rows, Spots, unit

#: Spots whose candidates are in memory at once.
CHUNK = 1024


@dataclass(frozen=True)
class Similar:
    """What similarity is measured by.

    Parameters
    ----------
    units : (n, d) array
        Embedding, rows of length 1 or 0.
    niches : (n, e) array
        The niche likewise; e is 0 without one.
    formula : Formula
    """

    units: Floats
    niches: Floats
    formula: Formula


@dataclass(frozen=True)
class Neighbours:
    """Neighbours of m spots.

    Parameters
    ----------
    spots : (m,) array
        Their rows.
    rows : (m, slices, k) array of int32
        -1 where there is none.
    weights : (m, slices, k) array of float32
        0 for a neighbour that does not count.
    """

    spots: Rows
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]

    @property
    def alone(self) -> int:
        """Spots without a neighbour that counts."""
        return int((self.weights <= 0).all((1, 2)).sum())


#: Fills rows and weights of the best candidates: (similar, spots, candidates, rows, weights).
Choose = Callable[[Similar, Rows, Rows, NDArray[np.int32], NDArray[np.float32]], None]


def similar_of(spots: Spots, formula: Formula) -> Similar:
    """What similarity of `spots` is measured by; the niche counts where the formula says so."""
    niched = spots.niche is not None and formula.by_similarity
    niches = unit(spots.niche) if niched and spots.niche is not None else np.empty((1, 0))
    return Similar(unit(spots.embedding), niches, formula)


def groups_of(spots: Spots) -> Iterator[Rows]:
    """Rows of each annotation, ascending, in the order of its number."""
    order = np.argsort(spots.groups, kind="stable")
    bounds = np.flatnonzero(np.diff(spots.groups[order])) + 1
    yield from np.split(order, bounds)


def neighbours_of(
    spots: Spots,
    members: Rows,
    similar: Similar,
    nearest: int,
    choose: Choose,
    threads: int = 1,
) -> Neighbours:
    """Neighbours of all spots of one annotation.

    Parameters
    ----------
    spots : Spots
    members : (m,) array
        Rows of the annotation, ascending.
    similar : Similar
    nearest : int
        Spatial candidates of a spot.
    choose : callable
    threads : int
    """
    width = 1 if spots.slices is None else 3
    rows = np.full((len(members), width, NEIGHBOURS), -1, np.int32)
    weights = np.zeros((len(members), width, NEIGHBOURS), np.float32)

    def fill(work: tuple[Rows, int, Finder, int]) -> None:
        places, part, finder, most = work
        found = finder.nearest(members[places], most)
        own_rows = np.full((len(places), NEIGHBOURS), -1, np.int32)
        own_weights = np.zeros((len(places), NEIGHBOURS), np.float32)
        choose(similar, members[places], found, own_rows, own_weights)
        rows[places, part], weights[places, part] = own_rows, own_weights

    pieces = _pieces(spots, members, nearest)
    if threads == 1:
        for work in pieces:
            fill(work)
    else:
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(fill, pieces):
                pass
    return Neighbours(members, rows, weights)


def _pieces(spots: Spots, members: Rows, nearest: int) -> Iterator[tuple[Rows, int, Finder, int]]:
    """Places in `members`, which of the slices, who finds its candidates, and how many."""
    if spots.slices is None:
        finder = Finder(spots.places, members)
        for places in _chunks(np.arange(len(members))):
            yield places, 0, finder, nearest
        return
    own = spots.slices[members]
    finders = {int(one): Finder(spots.places, members[own == one]) for one in np.unique(own)}
    for slice_, finder in finders.items():
        places = np.flatnonzero(own == slice_)
        beside = {step: finders.get(slice_ + step) for step in (-1, 1)}
        most = SLICE_CANDIDATES if all(beside.values()) else 2 * SLICE_CANDIDATES
        for chunk in _chunks(places):
            yield chunk, 0, finder, nearest
            for part, other in enumerate(beside.values(), start=1):
                if other is not None:
                    yield chunk, part, other, most


def _chunks(places: Rows) -> Iterator[Rows]:
    for first in range(0, len(places), CHUNK):
        yield places[first : first + CHUNK]


def morton(places: Floats) -> Rows:
    """An order along a Z curve: a batch of near spots has few different neighbours to read."""
    bits = 20
    low = places.min(0)
    extent = max(float((places.max(0) - low).max()), 1e-300)
    cells = ((places - low) / extent * (2**bits - 1)).astype(np.uint64)
    code = np.zeros(len(places), np.uint64)
    axes = places.shape[1]
    for bit in range(bits):
        for axis in range(axes):
            shifted = (cells[:, axis] >> np.uint64(bit)) & np.uint64(1)
            code |= shifted << np.uint64(bit * axes + axis)
    return np.argsort(code, kind="stable")
