"""Alignments with everything that the format allows, and variants of all classes, by hypothesis."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from hypothesis import HealthCheck
from hypothesis import strategies as st
from made_alignments import ON_READ, ON_REFERENCE, Read

#: Settings of hypothesis: every run makes the same alignments.
PROFILE = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}
#: Single ends, pairs in both directions and orders, improper ones, and one bit for each drop.
FLAGS = (*(0, 16) * 9, 99, 147, 83, 163, 65, 129, 1, 17, 4, 256, 512, 1024, 2048, 1040)
MAPQS = (*(60,) * 12, 0, 19, 20, 255)
QUALITIES = (2, 12, 19, 20, 25, 30, 31, 41, 93)
ENDS = ((), (("S", 3),), (("H", 2),), (("H", 2), ("S", 1)))
OPERATIONS = "MMMMMMIDDIN=XP"


@dataclass(frozen=True)
class Odd:
    """Letters of one contig, ``c``, reads on it, and variants (contig, position, ref, alt)."""

    letters: str
    reads: tuple[Read, ...]
    variants: tuple[tuple[str, int, str, str], ...]


@st.composite
def odd(draw, reads=40, variants=30, repeats=None):
    """An `Odd`; `repeats` says whether the letters are full of short repeats.

    Hypothesis chooses the seed and how much there is, so that what it reports is small: letters
    that it chose by itself would be nearly all the same.
    """
    rng = random.Random(draw(st.integers(0, 2**32 - 1)))
    letters = letters_of(rng, draw(st.booleans()) if repeats is None else repeats)
    made: list[Read] = []
    for number in range(draw(st.sampled_from((0, 1, 4, reads // 2, reads)))):
        if known := [read for read in made if read.bases and rng.random() < 0.6]:
            made.append(like(rng, rng.choice(known), number))
        elif read := read_of(rng, letters, number):
            made.append(read)
    found = [variant for read in made for variant in carried(rng, letters, read)]
    rng.shuffle(found)
    found = found[: variants // 2] + [variant_of(rng, letters) for _ in range(variants // 2)]
    rng.shuffle(found)
    size = draw(st.sampled_from((0, 1, variants // 2, variants)))
    return Odd(letters, tuple(made), tuple(("c", *each) for each in found[:size]))


def letters_of(rng, repeats):
    size = rng.choice((40, 60, 150))
    if not repeats:
        return "".join(rng.choices("ACGT", k=size))
    found = ""
    while len(found) < size:
        unit = "".join(rng.choices("ACGT", k=rng.randint(1, 3)))
        found += unit * rng.randint(1, 6)
    found = list(found[:size])
    if rng.random() < 0.3:  # what a FASTA has besides the four letters
        found[rng.randrange(size)] = rng.choice("NR")
    return "".join(found)


def read_of(rng, letters, number):
    """A read with its operations in any order; None if it would not fit."""
    inner = [(rng.choice(OPERATIONS), rng.randint(0, 8)) for _ in range(rng.randint(1, 7))]
    cigar = (*rng.choice(ENDS), *inner, *rng.choice(ENDS)[::-1])
    span = sum(n for o, n in cigar if o in ON_REFERENCE)
    used = sum(n for o, n in cigar if o in ON_READ)
    if not 0 < span < len(letters) or not used:
        return None
    start = rng.randint(1, len(letters) - span + 1)
    bases = ""
    position = start - 1
    for operation, length in cigar:
        if operation in "M=X":
            bases += letters[position : position + length]
        elif operation == "I" and len(bases) >= length and rng.random() < 0.6:
            bases += bases[len(bases) - length :]  # repeats what lies before it
        elif operation in "IS":
            bases += "".join(rng.choices("ACGT", k=length))
        position += length if operation in ON_REFERENCE else 0
    bases = "".join(rng.choice("ACGTN") if rng.random() < 0.05 else base for base in bases)
    bases = bases.replace("R", "N")
    return judged(rng, Read(f"alone{number}", start, cigar, bases))


def like(rng, read, number):
    """Another read with the same operations and nearly the same bases: a mate, or a second one."""
    bases = "".join(rng.choice("ACGTN") if rng.random() < 0.02 else base for base in read.bases)
    name = read.name if rng.random() < 0.5 else f"alone{number}"
    return judged(rng, replace(read, name=name, bases=bases))


def judged(rng, read):
    """`read` with flag, qualities and tags that may or may not let it count."""
    tags = []
    for name, values in (("CB", "XYZ"), ("UB", "uvw"), ("RG", "ab")):
        if rng.random() < 0.8:
            tags.append((name, rng.choice(values)))
    bases = read.bases if rng.random() > 0.03 else ""
    return replace(
        read,
        name=f"n{rng.randint(0, 9)}" if rng.random() < 0.3 else read.name,
        bases=bases,
        qualities=tuple(rng.choices(QUALITIES, k=len(bases))) if rng.random() > 0.05 else None,
        flag=rng.choice(FLAGS),
        mapq=rng.choice(MAPQS),
        tags=tuple(tags),
    )


def carried(rng, letters, read):
    """Variants that a read shows: each of its insertions and deletions, and a mismatch or two."""
    position, used = read.start, 0
    for operation, length in read.cigar:
        bases = read.bases[used : used + length]
        before = letters[position - 2 : position - 1] if position > 1 else ""
        if length and before and before in "ACGT":
            if operation == "I" and bases and not bases.strip("ACGT"):
                yield position - 1, before, before + bases
            deleted = letters[position - 1 : position - 1 + length]
            if operation == "D" and not deleted.strip("ACGT"):
                yield position - 1, before + deleted, before
        if operation in "M=X" and length and rng.random() < 0.5:
            at = rng.randrange(length)
            ref, alt = letters[position - 1 + at], bases[at : at + 1]
            if alt and alt in "ACGT" and ref in "ACGT" and alt != ref:
                yield position + at, ref, alt
        position += length if operation in ON_REFERENCE else 0
        used += length if operation in ON_READ else 0


def variant_of(rng, letters):
    """A variant of any class anywhere."""
    while True:
        position = rng.randint(1, len(letters) - 6)
        ref = letters[position - 1 : position - 1 + rng.choice((1, 1, 1, 2, 3, 5))]
        kind = rng.random()
        if kind < 0.1:
            alt = "."
        elif kind < 0.6:
            alt = "".join(rng.choices("ACGT", k=rng.choice((1, 1, 2, 3, len(ref)))))
        elif kind < 0.8:
            alt = ref[0] + "".join(rng.choices("ACGT", k=rng.randint(1, 2)))
        else:
            alt = ref[0]
        if alt != ref and not ref.strip("ACGT") and not alt.strip("ACGT."):
            return position, ref, alt
