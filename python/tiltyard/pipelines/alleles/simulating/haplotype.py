"""The contig with all its variants, and how reads of it align with the contig without them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.simulating.design import FLANK
from tiltyard.pipelines.alleles.simulating.planting import Codes, Planted

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Gaps:
    """Variants whose alleles differ in length, in coordinates of the haplotype.

    Parameters
    ----------
    left : (gaps,)
        First base behind what must be matched on the left side.
    right : (gaps,)
        First base of what must be matched on the right side: behind the variant and its repeat.
    until : (gaps,)
        First base that a read which ends too early cannot match.
    since : (gaps,)
        First base that a read which starts too late can match.
    reference : (gaps,)
        Base of the contig that `since` is.
    split : (gaps,)
        First place of the insertion or deletion in a read.
    change : (gaps,)
        Length of ALT minus length of REF.
    before : (gaps + 1,)
        Sum of the changes of all gaps before one.
    room : (gaps,)
        Bases by which the place may lie further right.
    """

    left: Numbers
    right: Numbers
    until: Numbers
    since: Numbers
    reference: Numbers
    split: Numbers
    change: Numbers
    before: Numbers
    room: Numbers


@dataclass(frozen=True)
class Haplotype:
    """A contig that has every variant.

    Parameters
    ----------
    sequence : (bases,)
        Codes.
    position : (variants,)
        Where each variant's first base is in it.
    gaps : Gaps
    """

    sequence: Codes
    position: Numbers
    gaps: Gaps


@dataclass(frozen=True)
class Aligned:
    """How reads lie on the contig; all arrays have a row a read.

    Parameters
    ----------
    start, end : (reads,)
        First base of the contig that is aligned, and the one behind the last.
    first, last : (reads,)
        Range of the gaps that are seen.
    clipped_left, clipped_right : (reads,)
        Bases that are not aligned.
    """

    start: Numbers
    end: Numbers
    first: Numbers
    last: Numbers
    clipped_left: Numbers
    clipped_right: Numbers


def build(planted: Planted) -> Haplotype:
    """The haplotype of `planted`."""
    change = planted.alt_length - planted.ref_length
    before = np.concatenate([[0], np.cumsum(change)]).astype(np.int64)
    pieces, done = [], 0
    for index, position in enumerate(planted.position.tolist()):
        alt = planted.alt[index, : planted.alt_length[index]]
        pieces += [planted.sequence[done:position], alt]
        done = position + int(planted.ref_length[index])
    pieces.append(planted.sequence[done:])
    places = planted.position + before[:-1]
    return Haplotype(np.concatenate(pieces), places, _gaps(planted, places, change))


def _gaps(planted: Planted, places: Numbers, changes: Numbers) -> Gaps:
    chosen = np.flatnonzero(changes)
    place, change = places[chosen], changes[chosen]
    position, room = planted.position[chosen], planted.room[chosen]
    ref_length, alt_length = planted.ref_length[chosen], planted.alt_length[chosen]
    indel = planted.kind[chosen] != "complex"  # its anchor is matched, a complex variant has none
    left = place + indel
    since = place + alt_length
    return Gaps(
        left=left,
        right=since + np.where(indel, room, 0),
        until=left + np.where(indel, room, 0),
        since=since,
        reference=position + ref_length,
        split=place + np.minimum(ref_length, alt_length),
        change=change,
        before=np.concatenate([[0], np.cumsum(change)]).astype(np.int64),
        room=room,
    )


def align(gaps: Gaps, begin: Numbers, length: int) -> Aligned:
    """Align reads of `length` bases that begin at bases `begin` of the haplotype.

    A read sees a gap if it has `FLANK` bases on both sides of it and of its repeat. Otherwise it is
    matched as far as the contig's letters agree without the gap, and clipped there.
    """
    end = begin + length
    first = np.searchsorted(gaps.since, begin, "right")
    last = np.searchsorted(gaps.until, end, "left")
    nothing = np.zeros_like(begin)
    clipped_left, clipped_right = nothing.copy(), nothing.copy()
    start = begin - gaps.before[first]
    late = np.flatnonzero(first < len(gaps.left))
    late = late[gaps.left[first[late]] - FLANK < begin[late]]
    gap = first[late]
    clipped_left[late] = gaps.since[gap] - begin[late]
    start[late] = gaps.reference[gap]
    first[late] += 1
    early = np.flatnonzero(last > first)
    early = early[gaps.right[last[early] - 1] + FLANK > end[early]]
    last[early] -= 1
    gap = last[early]
    clipped_right[early] = end[early] - gaps.until[gap]
    stop = end - clipped_right - gaps.before[last]
    return Aligned(start, stop, first, last, clipped_left, clipped_right)
