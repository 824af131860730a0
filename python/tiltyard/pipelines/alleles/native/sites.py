"""Sites as the table that compiled code reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.compiled import layout
from tiltyard.pipelines.alleles.counts import Site

_CODES = bytes.maketrans(
    "".join(layout.BASES).encode("ascii"), bytes(layout.BASES[base] for base in layout.BASES)
)
#: A site without ALT is tested as one with an ALT that no read has; one base long, as a SNP.
_TESTS = {
    "reference": layout.MNP,
    "snp": layout.SNP,
    "mnp": layout.MNP,
    "insertion": layout.INSERTION,
    "deletion": layout.DELETION,
    "complex": layout.COMPLEX,
}


@dataclass(frozen=True)
class SiteTable:
    """Sites of one contig, sorted.

    Parameters
    ----------
    rows : (sites, words)
        As `compiled.layout` says.
    bases : (bases,)
        Of all alleles, to which `rows` has addresses.
    indels : bool
        Whether there are insertions or deletions.
    """

    rows: NDArray[np.int64]
    bases: NDArray[np.uint8]
    indels: bool


def table_of(sites: Sequence[Site]) -> SiteTable:
    """The table of `sites`, without their file offsets."""
    _, positions, refs, alts, kinds, rooms = zip(*sites, strict=True)
    alleles = "".join(chain.from_iterable(zip(refs, alts, strict=True)))
    bases = np.frombuffer(alleles.encode("ascii").translate(_CODES), np.uint8)
    rows = np.zeros((len(sites), layout.SITE // layout.WORD), np.int64)
    spans = np.array([*map(len, refs)], np.int64)
    lengths = np.array([*map(len, alts)], np.int64)
    tests = np.array([*map(_TESTS.__getitem__, kinds)], np.int64)
    tests[(tests == layout.MNP) & (spans == 1)] = layout.SNP
    ends = np.cumsum(spans + lengths)
    starts = ends - lengths - spans
    columns = {
        layout.POSITION: positions,
        layout.KIND: tests,
        layout.SPAN: spans,
        layout.REF: bases.ctypes.data + starts,
        layout.ALT: bases.ctypes.data + starts + spans,
        layout.ALT_LENGTH: lengths,
        layout.ROOM: rooms,
        layout.REF_BASE: bases[starts],
        layout.ALT_BASE: bases[starts + spans],
    }
    for place, values in columns.items():
        rows[:, place // layout.WORD] = values
    indels = (tests == layout.INSERTION) | (tests == layout.DELETION)
    return SiteTable(rows, bases, bool(indels.any()))
