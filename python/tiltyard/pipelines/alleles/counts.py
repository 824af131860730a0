"""Distinct variants of a file, and what is counted at each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Numbers that are counted for each row, in the order of `Counts.values`.
FIELDS = (
    *("depth", "depth_forward", "ref_count", "ref_forward", "alt_count", "alt_forward"),
    *("fragment_depth", "fragment_ref", "fragment_alt"),
)
#: Why a read was not counted at all, the first that holds.
NOT_COUNTED = (
    *("unmapped", "secondary", "qc_fail", "duplicate", "supplementary", "mapq", "no_bases"),
    *("improper_pair", "indel", "not_observed"),
)
#: What a read counts as that does.
COUNTED = ("ref", "alt", "low_quality", "deleted", "short", "other")
REASONS = (*NOT_COUNTED, *COUNTED)
#: Classes of variants that can be counted.
CLASSES = ("snp", "mnp", "insertion", "deletion", "complex", "reference")


class Site(NamedTuple):
    """A distinct variant in its normalised form, on a contig of the alignments' header.

    `position` is 0-based. `alt` is "." for the class ``reference``. `room` is the number of bases
    by which an insertion or a deletion can shift to the right in the FASTA, else 0.
    """

    contig: str
    position: int
    ref: str
    alt: str
    kind: str
    room: int


@dataclass(frozen=True)
class Counts:
    """Counts at a sequence of sites.

    Parameters
    ----------
    groups : tuple
        Values that rows are told apart by: ``(None,)`` where there is one row a site; values of a
        tag, or samples, sorted, and None, for reads without one, last.
    site, group : (rows,)
        Index of each row's site, and of its group in `groups`; rows are sorted by both.
    values : (rows, 9)
        Counts in the order of `FIELDS`.
    reasons : (groups, 16)
        Pairs of read and site in the order of `REASONS`, summed over all sites. A group of
        dropped or not observed reads only is in `groups`, and has no row.
    without_fragment : int
        Pairs of counted read and site of which the read lacks `Options.fragment_tag`.
    """

    groups: tuple[str | None, ...]
    site: NDArray[np.int64]
    group: NDArray[np.int64]
    values: NDArray[np.int64]
    reasons: NDArray[np.int64]
    without_fragment: int = 0
