"""Cutting the sorted sites of a file into blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import Site
from tiltyard.pipelines.alleles.implementations.contract import Implementation
from tiltyard.pipelines.alleles.spreading.spread import Spread

#: Bytes of a file that are read again by a cut between sites whose reading begins at the same
#: byte: below this a worker does not gain by it.
_LEAST_BYTES = 1 << 20
#: Sites under one read from which its observations cost more than reading it: one costs about
#: 50 ns, and inflating and walking a read of 150 bases 200 ns.
_LEAST_SITES = 4
#: Bases of a short read. Longer reads see more sites, so that a cut pays even sooner.
_READ = 150


class Block(NamedTuple):
    """Sites from `first` to before `end`; `again` if some bytes before it are read twice."""

    first: int
    end: int
    again: bool = False


def blocks(
    alignment: Alignment, sites: Sequence[Site], implementation: Implementation, spread: Spread
) -> list[Block]:
    """Cut `sites`: a block ends with its contig, at its size, and at its distance.

    An implementation that reads from a given byte on says where. A cut between sites with the
    same byte is moved to the next other one, because both blocks would read the same; but not in
    a deep panel, where reads are seen at so many sites that counting costs more than reading.
    """
    if not sites:
        return []
    spans = implementation.offsets(alignment, sites) if implementation.offsets else None
    pays = None if spans is None else _pays(sites, spans)
    found: list[Block] = []
    first, again = 0, False
    for i, site in enumerate(sites):
        if i == first:
            continue
        if site.contig == sites[first].contig:
            distance = site.position - sites[first].position
            if i - first < spread.block_size and distance <= spread.block_distance:
                continue
            same = spans is not None and spans[i, 0] == spans[i - 1, 0]
            if same and pays is not None and not pays[i]:
                continue
        else:
            same = False
        found.append(Block(first, i, again))
        first, again = i, same
    return [*found, Block(first, len(sites), again)]


def _pays(sites: Sequence[Site], spans: NDArray[np.int64]) -> NDArray[np.bool_]:
    """For each site whether it pays to cut before it, although the same bytes are read again."""
    positions = np.array([site.position for site in sites])
    _, window, count = np.unique(spans[:, 0], return_inverse=True, return_counts=True)
    least = np.full(len(count), np.iinfo(np.int64).max)
    most = np.zeros(len(count), np.int64)
    np.minimum.at(least, window, positions)
    np.maximum.at(most, window, positions)
    under_a_read = count * _READ / (most - least + _READ)
    large = spans[:, 1] - spans[:, 0] >= _LEAST_BYTES
    return np.asarray(large & (under_a_read[window] >= _LEAST_SITES))
