"""Sites as the table that compiled code reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    alleles = "".join(refs) + "".join(alts)
    bases = np.frombuffer(alleles.encode("ascii").translate(_CODES), np.uint8)
    rows = np.zeros((len(sites), layout.SITE // layout.WORD), np.int64)
    count = len(sites)
    spans = np.fromiter(map(len, refs), np.int64, count)
    lengths = np.fromiter(map(len, alts), np.int64, count)
    tests = np.fromiter(map(_TESTS.__getitem__, kinds), np.int64, count)
    tests[(tests == layout.MNP) & (spans == 1)] = layout.SNP
    ref_starts = np.cumsum(spans) - spans
    alt_starts = int(spans.sum()) + np.cumsum(lengths) - lengths
    columns = {
        layout.POSITION: np.fromiter(positions, np.int64, count),
        layout.KIND: tests,
        layout.SPAN: spans,
        layout.REF: bases.ctypes.data + ref_starts,
        layout.ALT: bases.ctypes.data + alt_starts,
        layout.ALT_LENGTH: lengths,
        layout.ROOM: np.fromiter(rooms, np.int64, count),
        layout.REF_BASE: bases[ref_starts],
        layout.ALT_BASE: bases[alt_starts],
    }
    for place, values in columns.items():
        rows[:, place // layout.WORD] = values
    indels = (tests == layout.INSERTION) | (tests == layout.DELETION)
    return SiteTable(rows, bases, bool(indels.any()))
