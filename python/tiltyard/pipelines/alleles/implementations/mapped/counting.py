"""Counting reads of a mapped BAM file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.compiled import layout
from tiltyard.pipelines.alleles.counts import Counts, Site
from tiltyard.pipelines.alleles.implementations.mapped.files import open_mapped
from tiltyard.pipelines.alleles.implementations.mapped.index import NOTHING, open_index
from tiltyard.pipelines.alleles.merging import merged, nothing
from tiltyard.pipelines.alleles.native.ending import check
from tiltyard.pipelines.alleles.native.unit import Unit
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.runs import by_contig


def count(alignment: Alignment, sites: Sequence[Site], options: Options) -> Counts:
    """Count the reads of a BAM file at `sites`; see `contract.Count`.

    Raises
    ------
    InputError
        The file is damaged, its reads are not sorted, or, where there is a row for each sample,
        a read has a read group that the header lacks.
    NoLibdeflate
        The library that inflates is not installed.
    """
    parts = [
        (first, _count(alignment, sites[first:end], options)) for first, end in by_contig(sites)
    ]
    return merged([(0, nothing(alignment, options)), *parts])


def _count(alignment: Alignment, sites: Sequence[Site], options: Options) -> Counts:
    file = open_mapped(alignment.path)
    with Unit(alignment, sites, options) as unit:
        positions = unit.table.rows[:, layout.POSITION // layout.WORD]
        offsets = open_index(alignment.index).offsets(unit.get(layout.CONTIG), positions)
        unit.table.rows[:, layout.OFFSET // layout.WORD] = offsets
        unit.set(layout.LIVE, int(np.count_nonzero(offsets != NOTHING)))
        unit.set(layout.FILE, file.address)
        unit.set(layout.FILE_BYTES, file.size)
        unit.set(layout.GIVE_BACK, 1)
        unit.give_groups()
        status = unit.run("walk")
        check(status, alignment, unit)
        return unit.counts()
