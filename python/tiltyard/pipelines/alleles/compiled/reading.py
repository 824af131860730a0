"""A read in memory: its bases, qualities and CIGAR, in BAM's encoding.

Source: Sequence Alignment/Map Format Specification, section 4.2.
"""

from __future__ import annotations

from tiltyard.pipelines.native.compiling import inlined, part
from tiltyard.pipelines.native.memory import u8, u32

(M, I, D, N, S, H, P, EQUAL, X) = range(9)
#: Bit by operation: those that take bases of the reference, bases of the read, those that are M,
#: and insertions and deletions.
ON_REFERENCE = 1 << M | 1 << D | 1 << N | 1 << EQUAL | 1 << X
ON_READ = 1 << M | 1 << I | 1 << S | 1 << EQUAL | 1 << X
IS_MATCH = 1 << M | 1 << EQUAL | 1 << X
IS_INDEL = 1 << I | 1 << D
#: Quality of a base of a read without qualities, which BAM marks by this byte.
ABSENT = 255


@inlined
def operation(cigar: int, k: int) -> int:
    """The `k`-th operation and its length, as BAM has them in one number."""
    return u32(cigar + 4 * k)


@inlined
def base(bases: int, i: int) -> int:
    """Code of the `i`-th base."""
    return (u8(bases + (i >> 1)) >> (4 * (1 - (i & 1)))) & 15


@inlined
def quality(qualities: int, i: int) -> int:
    """Quality of the `i`-th base; a read whose first one is `ABSENT` has none at all."""
    if u8(qualities) == ABSENT:
        return ABSENT
    return u8(qualities + i)


@part
def lengths(cigar: int, operations: int) -> tuple[int, int, int]:
    """Bases of the reference, bases of the read, and whether there is an insertion or deletion."""
    on_reference = on_read = indel = 0
    for k in range(operations):
        word = operation(cigar, k)
        kind, n = word & 15, word >> 4
        if (ON_REFERENCE >> kind) & 1:
            on_reference += n
        if (ON_READ >> kind) & 1:
            on_read += n
        if (IS_INDEL >> kind) & 1 and n > 0:
            indel = 1
    return on_reference, on_read, indel


@inlined
def skip(
    cigar: int, operations: int, k: int, at: int, i: int, position: int
) -> tuple[int, int, int]:
    """Go on from operation `k` to the first one that reaches `position` - 1, or begins behind it.

    `at` is the place in the reference where operation `k` begins, `i` its place in the read. Sites
    come in order, so that a long CIGAR is walked once for all of them.
    """
    while k < operations:
        word = operation(cigar, k)
        kind, n = word & 15, word >> 4
        on_reference = n if (ON_REFERENCE >> kind) & 1 else 0
        if at + on_reference >= position:
            break
        at += on_reference
        if (ON_READ >> kind) & 1:
            i += n
        k += 1
    return k, at, i
