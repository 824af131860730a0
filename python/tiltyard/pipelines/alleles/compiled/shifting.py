"""A read's insertions and deletions, each moved to the left end of its repeat."""

# Two comparisons are compiled better than a search in a tuple.
# ruff: noqa: SIM109

from __future__ import annotations

from tiltyard.pipelines.alleles.compiled.layout import (
    LETTER_COUNT,
    LETTERS,
    LINE_BASES,
    LINE_WIDTH,
    MOVED,
    MOVED_CAPACITY,
)
from tiltyard.pipelines.alleles.compiled.reading import (
    IS_MATCH,
    ON_READ,
    ON_REFERENCE,
    D,
    H,
    I,
    M,
    P,
    base,
    operation,
)
from tiltyard.pipelines.native.compiling import inlined, part
from tiltyard.pipelines.native.memory import get, put, put_u32, realloc, u8

_A, _C, _G, _T = (ord(letter) for letter in "ACGT")


@inlined
def letter(state: int, position: int) -> int:
    """Code in BAM of the FASTA's letter; 0 if it is none of ACGT, and outside of the contig."""
    if position < 0 or position >= get(state + LETTER_COUNT):
        return 0
    line = position // get(state + LINE_BASES)
    column = position - line * get(state + LINE_BASES)
    found = u8(get(state + LETTERS) + line * get(state + LINE_WIDTH) + column) & 0xDF
    if found == _A:
        return 1
    if found == _C:
        return 2
    if found == _G:
        return 4
    return 8 if found == _T else 0


@part
def merged(cigar: int, operations: int, out: int) -> int:
    """Write the CIGAR to `out` with M for = and X, without H, P and empty operations.

    Equal neighbours are one then. Returns the number of operations.
    """
    count = 0
    for k in range(operations):
        word = operation(cigar, k)
        kind, n = word & 15, word >> 4
        if n == 0 or kind == H or kind == P:
            continue
        if (IS_MATCH >> kind) & 1:
            kind = M
        if count > 0 and operation(out, count - 1) & 15 == kind:
            count -= 1
            n += operation(out, count) >> 4
        put_u32(out + 4 * count, n << 4 | kind)
        count += 1
    return count


@part
def room_to_the_left(state: int, kind: int, n: int, at: int, bases: int, i: int, most: int) -> int:
    """By how many bases an insertion or deletion of `n` can move to the left, at most `most`.

    It stands before the reference's position `at`, and before the read's `i`-th base. The letter
    under the last base of the M before it has to equal the last deleted letter; of an insertion,
    the last inserted base and the read's base there.
    """
    moved = 0
    while moved < most:
        found = letter(state, at - 1)
        if found == 0:
            break
        if kind == D:
            if found != letter(state, at + n - 1):
                break
        elif found != base(bases, i - 1) or found != base(bases, i + n - 1):
            break
        moved += 1
        at -= 1
        i -= 1
    return moved


@part
def shifted(state: int, cigar: int, operations: int, bases: int, start: int) -> int:
    """Write the shifted CIGAR to the state's room for it; returns its number of operations.

    Each I and D between two M moves, in the read's order, while the M before it keeps one base.
    """
    if operations > get(state + MOVED_CAPACITY):
        put(state + MOVED_CAPACITY, 2 * operations)
        put(state + MOVED, realloc(get(state + MOVED), 8 * operations))
    out = get(state + MOVED)
    count = merged(cigar, operations, out)
    at, i = start, 0
    for k in range(count):
        word = operation(out, k)
        kind, n = word & 15, word >> 4
        if (kind == I or kind == D) and 0 < k < count - 1:
            before, behind = operation(out, k - 1), operation(out, k + 1)
            if before & 15 == M and behind & 15 == M:
                moved = room_to_the_left(state, kind, n, at, bases, i, (before >> 4) - 1)
                put_u32(out + 4 * k - 4, before - (moved << 4))
                put_u32(out + 4 * k + 4, behind + (moved << 4))
                at -= moved
                i -= moved
        if (ON_REFERENCE >> kind) & 1:
            at += n
        if (ON_READ >> kind) & 1:
            i += n
    return count
