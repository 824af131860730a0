"""Cutting the sorted sites of a file into blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import Site
from tiltyard.pipelines.alleles.implementations.contract import Implementation
from tiltyard.pipelines.alleles.runs import by_contig
from tiltyard.pipelines.alleles.spreading.spread import FILE, Spread

#: Bytes of a file that are read again by a cut between sites whose reading begins at the same
#: byte: below this a worker does not gain by it.
_LEAST_BYTES = 1 << 20
#: Sites under one read from which its observations cost more than reading it: one costs about
#: 50 ns, and inflating and walking a read of 150 bases 200 ns.
_LEAST_SITES = 4
#: Bytes of a file that short blocks read together when they are joined, where one worker takes them
#: all: it still tells how far it is.
JOINED_BYTES = 1 << 25
#: Where there are several, they are fewer, so that each worker has at least as many units; but not
#: below the second number, for they would cost more than they spread.
_UNITS, _LEAST_JOINED = 8, 1 << 20
#: Sites of joined blocks, which are some megabytes of tables.
JOINED_SITES = 1 << 14
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
    return _cut(sites, _spans(alignment, sites, implementation), spread)


def units(
    alignment: Alignment, sites: Sequence[Site], implementation: Implementation, spread: Spread
) -> list[Block]:
    """What a worker counts at once: blocks, of which short neighbours are joined again.

    Only for an implementation that says where it reads: each of its units costs a start, and some
    bytes that are read twice. Joined blocks are on one contig, and read at most `JOINED_BYTES`
    together, or no more than one of them would. Cuts inside a window stay where several workers
    gain by them.
    """
    spans = _spans(alignment, sites, implementation)
    found = _cut(sites, spans, spread)
    if spans is None or not found:
        return found
    window = spans[:, 1] - spans[:, 0]
    new = np.append(True, spans[1:, 0] != spans[:-1, 0])  # a unit reads a window once
    read = np.cumsum(np.append(0, np.where(new, window, 0)))
    alone = spread.workers == 1 or spread.level == FILE
    most = JOINED_BYTES
    if not alone:
        most = min(most, max(_LEAST_JOINED, int(read[-1]) // (_UNITS * spread.workers)))
    joined = found[:1]
    for block in found[1:]:
        last = joined[-1]
        before = 0 if new[last.first] else window[last.first]
        more = read[block.end] - read[block.first]
        if (
            sites[block.first].contig == sites[last.first].contig
            and block.end - last.first <= JOINED_SITES
            and (alone or not block.again)
            and (more == 0 or before + read[block.end] - read[last.first] <= most)
        ):
            joined[-1] = Block(last.first, block.end, last.again)
        else:
            joined.append(block)
    return joined


def _spans(
    alignment: Alignment, sites: Sequence[Site], implementation: Implementation
) -> NDArray[np.int64] | None:
    """For each site where reading begins and its window ends, if the implementation tells it."""
    if implementation.offsets is None or not sites:
        return None
    return implementation.offsets(alignment, sites)


def _cut(sites: Sequence[Site], spans: NDArray[np.int64] | None, spread: Spread) -> list[Block]:
    positions = np.array([site.position for site in sites], np.int64)
    same = np.zeros(len(sites) + 1, bool)  # whether a cut before a site reads its bytes again
    barred = same
    if spans is not None:
        same[1:-1] = spans[1:, 0] == spans[:-1, 0]
        barred = same & ~np.append(_pays(positions, spans), True)
    allowed = np.flatnonzero(~barred)
    found: list[Block] = []
    for start, stop in by_contig(sites):
        first, again = start, False
        while first < stop:
            reach = positions[first] + spread.block_distance
            far = start + int(np.searchsorted(positions[start:stop], reach, "right"))
            end = min(first + spread.block_size, max(far, first + 1))
            if end < stop:
                end = int(allowed[np.searchsorted(allowed, end)])
            end = min(end, stop)
            found.append(Block(first, end, again))
            first, again = end, bool(same[end])
    return found


def _pays(positions: NDArray[np.int64], spans: NDArray[np.int64]) -> NDArray[np.bool_]:
    """For each site whether it pays to cut before it, although the same bytes are read again."""
    _, window, count = np.unique(spans[:, 0], return_inverse=True, return_counts=True)
    least = np.full(len(count), np.iinfo(np.int64).max)
    most = np.zeros(len(count), np.int64)
    np.minimum.at(least, window, positions)
    np.maximum.at(most, window, positions)
    under_a_read = count * _READ / (most - least + _READ)
    large = spans[:, 1] - spans[:, 0] >= _LEAST_BYTES
    return np.asarray(large & (under_a_read[window] >= _LEAST_SITES))
