"""The normalised form of a variant: trimmed, classed, and shifted to the left in its repeat."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from tiltyard.pipelines.alleles.variants.variant import NO_ALT

#: Classes whose place in a repeat is a convention.
INDELS = ("insertion", "deletion")
#: Letters that are read at once while a repeat is followed.
STEP = 64


class Letters(Protocol):
    """What gives the letters of a contig, in capitals, of positions from 0."""

    def fetch(self, contig: str, start: int, end: int) -> str:
        """Letters from `start` to before `end`; fewer at the contig's ends."""


class Normal(NamedTuple):
    """A variant in its normalised form; `position` is 0-based."""

    position: int
    ref: str
    alt: str
    kind: str


def trimmed(position: int, ref: str, alt: str) -> Normal:
    """A variant without what both alleles share, and its class.

    The shared end goes while both alleles are longer than one base, then the shared start.
    """
    if alt == NO_ALT:
        return Normal(position, ref, alt, "reference")
    end = 0
    most = min(len(ref), len(alt)) - 1
    while end < most and ref[-1 - end] == alt[-1 - end]:
        end += 1
    start = 0
    while start < most - end and ref[start] == alt[start]:
        start += 1
    ref, alt = ref[start : len(ref) - end], alt[start : len(alt) - end]
    return Normal(position + start, ref, alt, _kind(ref, alt))


def _kind(ref: str, alt: str) -> str:
    if len(ref) == len(alt):
        return "snp" if len(ref) == 1 else "mnp"
    if min(len(ref), len(alt)) == 1 and ref[0] == alt[0]:
        return "insertion" if len(ref) == 1 else "deletion"
    return "complex"


def left_aligned(variant: Normal, contig: str, letters: Letters) -> Normal:
    """An insertion or a deletion, shifted left while the last letters of both alleles are equal.

    One of both alleles is the base before the indel. Each step takes that base into the indel,
    whose last base goes: its bases turn in a circle.
    """
    if variant.kind not in INDELS:
        return variant
    bases = variant.alt[1:] or variant.ref[1:]
    anchor, position, steps = variant.ref[0], variant.position, 0
    ahead = ""  # letters before `position` that are still to be compared
    while position > 0 and anchor == bases[-1 - steps % len(bases)]:
        if not ahead:
            ahead = letters.fetch(contig, max(0, position - STEP), position)
        position, anchor, ahead, steps = position - 1, ahead[-1], ahead[:-1], steps + 1
    turn = len(bases) - steps % len(bases)
    bases = bases[turn:] + bases[:turn]
    if variant.kind == "insertion":
        return Normal(position, anchor, anchor + bases, variant.kind)
    return Normal(position, anchor + bases, anchor, variant.kind)


def room(variant: Normal, contig: str, letters: Letters) -> int:
    """By how many bases an insertion or a deletion can shift to the right; 0 for other classes."""
    if variant.kind not in INDELS:
        return 0
    bases = variant.alt[1:] or variant.ref[1:]
    start, steps, ahead = variant.position + len(variant.ref), 0, ""
    while True:
        if steps == len(ahead):
            ahead += letters.fetch(contig, start + steps, start + steps + STEP)
        if steps == len(ahead) or ahead[steps] != bases[steps % len(bases)]:
            return steps
        steps += 1
