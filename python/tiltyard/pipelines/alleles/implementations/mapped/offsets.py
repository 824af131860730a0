"""From which byte of a file the reads of each site are read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import Site
from tiltyard.pipelines.alleles.implementations.mapped.index import NOTHING, open_index

#: Bits of a virtual offset that are a place inside a block.
_INSIDE = 16


def offsets(alignment: Alignment, sites: Sequence[Site]) -> NDArray[np.int64]:
    """Byte of the block where reading begins for each of the sorted `sites`.

    Sites without reads at or behind them on their contig have the byte of the last that have, or
    -1 if none has.
    """
    index = open_index(alignment.index)
    numbers = {contig: number for number, contig in enumerate(alignment.contigs)}
    contigs = np.array([numbers[site.contig] for site in sites], np.int64)
    positions = np.array([site.position for site in sites], np.int64)
    found = np.full(len(sites), NOTHING, np.int64)
    for contig in np.unique(contigs):
        here = contigs == contig
        virtual = index.offsets(int(contig), positions[here])
        found[here] = np.where(virtual == NOTHING, NOTHING, virtual >> _INSIDE)
    return np.maximum.accumulate(found)
