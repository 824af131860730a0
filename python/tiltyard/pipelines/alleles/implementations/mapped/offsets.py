"""Which bytes of a file are read for each site."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import Site
from tiltyard.pipelines.alleles.implementations.mapped.index import NOTHING, Index, open_index

#: Bits of a virtual offset that are a place inside a block.
_INSIDE = 16
#: Bits of a position inside a window of the index.
_WINDOW = 14


def offsets(alignment: Alignment, sites: Sequence[Site]) -> NDArray[np.int64]:
    """Bytes where reading begins for each of the sorted `sites`, and where its window ends.

    Where no read lies at a site or behind it on its contig, both are the same, and nothing is
    read.
    """
    index = open_index(alignment.index)
    numbers = {contig: number for number, contig in enumerate(alignment.contigs)}
    contigs = np.array([numbers[site.contig] for site in sites], np.int64)
    positions = np.array([site.position for site in sites], np.int64)
    found = np.zeros((len(sites), 2), np.int64)
    size = alignment.path.stat().st_size
    for contig in dict.fromkeys(contigs.tolist()):
        here = contigs == contig
        end = _end(index, contig, len(numbers), size)
        behind = ((positions[here] >> _WINDOW) + 1) << _WINDOW
        for column, places in enumerate((positions[here], behind)):
            virtual = index.offsets(contig, places)
            found[here, column] = np.where(virtual == NOTHING, end, virtual >> _INSIDE)
    return found


def _end(index: Index, contig: int, contigs: int, size: int) -> int:
    """Byte where the reads of a contig end: those of the next begin, or the file ends."""
    start = np.zeros(1, np.int64)
    for later in range(contig + 1, contigs):
        virtual = int(index.offsets(later, start)[0])
        if virtual != NOTHING:
            return virtual >> _INSIDE
    return size
