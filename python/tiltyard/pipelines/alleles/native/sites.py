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
_KINDS = {
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
    text = "".join(site.ref + site.alt for site in sites).encode("ascii").translate(_CODES)
    bases = np.frombuffer(text or b"\0", np.uint8)
    rows = np.zeros((len(sites), layout.SITE // layout.WORD), np.int64)
    spans = _numbers(len(site.ref) for site in sites)
    lengths = _numbers(len(site.alt) for site in sites)
    kinds = _numbers(_kind(site) for site in sites)
    ends = np.cumsum(spans + lengths)
    refs = ends - lengths - spans
    columns = {
        layout.POSITION: _numbers(site.position for site in sites),
        layout.KIND: kinds,
        layout.SPAN: spans,
        layout.REF: bases.ctypes.data + refs,
        layout.ALT: bases.ctypes.data + refs + spans,
        layout.ALT_LENGTH: lengths,
        layout.ROOM: _numbers(site.room for site in sites),
        layout.REF_BASE: bases[refs],
        layout.ALT_BASE: bases[refs + spans],
    }
    for place, values in columns.items():
        rows[:, place // layout.WORD] = values
    indels = (kinds == layout.INSERTION) | (kinds == layout.DELETION)
    return SiteTable(rows, bases, bool(indels.any()))


def _kind(site: Site) -> int:
    """Number of a site's test; a site without ALT is tested as one with an ALT that no read has."""
    if site.kind == "reference":
        return layout.SNP if len(site.ref) == 1 else layout.MNP
    return _KINDS[site.kind]


def _numbers(values: object) -> NDArray[np.int64]:
    return np.fromiter(values, np.int64)  # type: ignore[call-overload]
