"""A read laid over the reference: which of its bases stands where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tiltyard.pipelines.alleles.rule.cigar import ON_READ, ON_REFERENCE, D, I, M, N


@dataclass(frozen=True)
class Gap:
    """A D or N of a read: its first position, and the first one behind it."""

    start: int
    end: int
    deleted: bool


@dataclass
class Laid:
    """What a read has at the positions of a window.

    Parameters
    ----------
    start, end : int
        First position of the whole read, and the first one behind it.
    base : dict
        Position -> index of the read's base there (M).
    inserted : dict
        Position before which an I stands -> range of indices of the inserted bases.
    gaps : list of Gap
        Those that touch the window, whole.
    """

    start: int
    end: int
    base: dict[int, int] = field(default_factory=dict)
    inserted: dict[int, range] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)

    def deleted(self, position: int) -> bool:
        """Whether `position` lies in a D."""
        return any(gap.deleted and gap.start <= position < gap.end for gap in self.gaps)

    def gap_at(self, position: int) -> Gap | None:
        """The gap that begins at `position`."""
        return next((gap for gap in self.gaps if gap.start == position), None)

    def gap_between(self, start: int, end: int) -> bool:
        """Whether a gap has a position from `start` to before `end`."""
        return any(gap.start < end and gap.end > start for gap in self.gaps)

    def skipped_between(self, start: int, end: int) -> bool:
        """The same of an N."""
        return any(not gap.deleted and gap.start < end and gap.end > start for gap in self.gaps)

    def has_bases(self, positions: range) -> bool:
        """Whether there is a base at all `positions`."""
        return all(position in self.base for position in positions)

    def inserted_between(self, start: int, end: int) -> bool:
        """Whether an I stands before a position from `start` to before `end`."""
        return any(start <= position < end for position in self.inserted)


def lay(start: int, operations: Sequence[Sequence[int]], first: int, last: int) -> Laid:
    """Lay a read that begins at `start` over the window from `first` to `last`, both inside it."""
    laid = Laid(start, start)
    position, index = start, 0
    for operation, length in operations:
        if operation == M:
            for at in range(max(first, position), min(last + 1, position + length)):
                laid.base[at] = index + at - position
        elif operation == I and first <= position <= last:
            laid.inserted[position] = range(index, index + length)
        elif operation in (D, N) and position <= last and position + length > first:
            laid.gaps.append(Gap(position, position + length, operation == D))
        position += length if operation in ON_REFERENCE else 0
        index += length if operation in ON_READ else 0
    laid.end = position
    return laid
