"""What one read shows at one site: a reason of `counts.REASONS`, and its quality in the bits above.

Each function walks the CIGAR from an operation that begins at or before the site (`reading.skip`):
operation `k` begins at the reference's position `at` and the read's base `i`. Reads are at
``start <= position < end``.
"""

# Two comparisons are compiled better than a search in a tuple.
# ruff: noqa: SIM109

from __future__ import annotations

from tiltyard.pipelines.alleles.compiled.layout import (
    ALT,
    ALT_BASE,
    ALT_LENGTH,
    CONTIG_LENGTH,
    DELETION,
    INSERTION,
    KIND,
    MNP,
    POSITION,
    REF,
    REF_BASE,
    ROOM,
    SNP,
    SPAN,
)
from tiltyard.pipelines.alleles.compiled.reading import (
    ABSENT,
    IS_MATCH,
    ON_READ,
    ON_REFERENCE,
    D,
    I,
    N,
    S,
    base,
    operation,
    quality,
)
from tiltyard.pipelines.alleles.counts import REASONS
from tiltyard.pipelines.native.compiling import inlined, part
from tiltyard.pipelines.native.memory import get, u8

NOT_OBSERVED, SHOWS_REF, SHOWS_ALT, LOW_QUALITY, DELETED, SHORT, OTHER = (
    REASONS.index(name)
    for name in ("not_observed", "ref", "alt", "low_quality", "deleted", "short", "other")
)
#: Bits of a reason.
REASON_BITS = 8
#: Qualities with which an insertion or deletion counts in its fragment: no base tells it, and ALT
#: wins over REF.
REF_INDEL, ALT_INDEL = 100, 255


@part
def classify(
    state: int,
    site: int,
    cigar: int,
    operations: int,
    k: int,
    at: int,
    i: int,
    bases: int,
    qualities: int,
    start: int,
    end: int,
) -> int:
    """What a read shows at `site`."""
    kind = get(site + KIND)
    if kind == SNP:
        return _single(site, cigar, operations, k, at, i, bases, qualities)
    if kind == MNP:
        return _several(site, cigar, operations, k, at, i, bases, qualities, start, end)
    if kind == INSERTION or kind == DELETION:
        return _indel(site, cigar, operations, k, at, i, bases, start, end)
    length = get(state + CONTIG_LENGTH)
    return _joined(site, cigar, operations, k, at, i, bases, qualities, start, end, length)


@inlined
def _with(reason: int, found: int) -> int:
    return reason | found << REASON_BITS


@inlined
def _neither(deleted: bool, start: int, end: int, first: int, last: int) -> int:
    """Why a read shows no allele where the test looks at `first` to `last`."""
    if deleted:
        return DELETED
    return SHORT if start > first or end <= last else OTHER


@inlined
def _single(
    site: int, cigar: int, operations: int, k: int, at: int, i: int, bases: int, qualities: int
) -> int:
    position = get(site + POSITION)
    while k < operations:
        word = operation(cigar, k)
        kind, n = word & 15, word >> 4
        if (IS_MATCH >> kind) & 1:
            if position < at + n:
                i += position - at
                found = base(bases, i)
                if found == get(site + REF_BASE):
                    return _with(SHOWS_REF, quality(qualities, i))
                if found == get(site + ALT_BASE):
                    return _with(SHOWS_ALT, quality(qualities, i))
                return OTHER
            at += n
            i += n
        elif kind == D or kind == N:
            if position < at + n:
                return DELETED if kind == D else NOT_OBSERVED
            at += n
        elif kind == I or kind == S:
            i += n
        k += 1
    return NOT_OBSERVED


@part
def _several(
    site: int,
    cigar: int,
    operations: int,
    k: int,
    at: int,
    i: int,
    bases: int,
    qualities: int,
    start: int,
    end: int,
) -> int:
    """Equal lengths of both alleles: M at each position, no insertion between them."""
    position, span = get(site + POSITION), get(site + SPAN)
    behind = position + span
    ref, alt = get(site + REF), get(site + ALT)
    observed = deleted = inserted = False
    is_ref = is_alt = True
    matched, lowest = 0, ABSENT
    while k < operations and at < behind:
        word = operation(cigar, k)
        kind, n = word & 15, word >> 4
        if (IS_MATCH >> kind) & 1:
            observed = observed or at <= position < at + n
            for x in range(max(at, position), min(at + n, behind)):
                found = base(bases, i + x - at)
                lowest = min(lowest, quality(qualities, i + x - at))
                is_ref = is_ref and found == u8(ref + x - position)
                is_alt = is_alt and found == u8(alt + x - position)
                matched += 1
            at += n
            i += n
        elif kind == D or kind == N:
            deleted = deleted or (kind == D and at <= position < at + n)
            at += n
        elif kind == I:
            inserted = inserted or (n > 0 and position < at)
            i += n
        elif kind == S:
            i += n
        k += 1
    if not observed and not deleted:
        return NOT_OBSERVED
    if matched == span and not inserted:
        if is_ref:
            return _with(SHOWS_REF, lowest)
        if is_alt:
            return _with(SHOWS_ALT, lowest)
    return _neither(deleted, start, end, position, behind - 1)


@part
def _indel(
    site: int,
    cigar: int,
    operations: int,
    k: int,
    at: int,
    i: int,
    bases: int,
    start: int,
    end: int,
) -> int:
    """An insertion or a deletion; REF needs M up to the first base where both alleles differ."""
    position, span, room = get(site + POSITION), get(site + SPAN), get(site + ROOM)
    is_insertion = get(site + KIND) == INSERTION
    behind = position + span  # the first base behind REF
    last = position + 1 + room  # the last that REF has to show
    anchored = next_shown = behind_shown = deleted = False
    inserted, inserted_at = 0, 0  # bases between the anchor and the next position
    in_run = in_ref = at_end = skipped = (
        False  # insertions up to `last`, in REF, at its end; N in it
    )
    deleted_bases = matched = 0
    while k < operations and at <= max(behind, last):
        word = operation(cigar, k)
        kind, n = word & 15, word >> 4
        if (IS_MATCH >> kind) & 1:
            anchored = anchored or at <= position < at + n
            next_shown = next_shown or at <= position + 1 < at + n
            behind_shown = behind_shown or at <= behind < at + n
            matched += max(0, min(at + n, last + 1) - max(at, position))
            at += n
            i += n
        elif kind == I:
            if n > 0 and at > position:
                if at == position + 1:
                    inserted_at = i if inserted == 0 else inserted_at
                    inserted += n
                in_run = in_run or at <= last
                in_ref = in_ref or at < behind
                at_end = at_end or at == behind
            i += n
        elif kind == D:
            deleted = deleted or at <= position < at + n
            deleted_bases += max(0, min(at + n, behind) - max(at, position + 1))
            at += n
        elif kind == N:
            skipped = skipped or min(at + n, behind) > max(at, position + 1)
            at += n
        elif kind == S:
            i += n
        k += 1
    if not anchored and not deleted:
        return NOT_OBSERVED
    if not anchored:
        return DELETED
    runs_through = matched == room + 2 and not in_run
    if is_insertion:
        if inserted > 0 and next_shown and _equal(site, bases, inserted_at, inserted):
            return _with(SHOWS_ALT, ALT_INDEL)
        if runs_through:
            return _with(SHOWS_REF, REF_INDEL)
    elif not in_ref and not skipped:
        if deleted_bases == span - 1 and behind_shown and not at_end:
            return _with(SHOWS_ALT, ALT_INDEL)
        if deleted_bases == 0 and runs_through:
            return _with(SHOWS_REF, REF_INDEL)
    return _neither(False, start, end, position, last)


@inlined
def _equal(site: int, bases: int, i: int, n: int) -> bool:
    """Whether `n` inserted bases from the `i`-th one on are those of ALT behind its anchor."""
    if n != get(site + ALT_LENGTH) - 1:
        return False
    alt = get(site + ALT) + 1
    for j in range(n):  # noqa: SIM110 - compiled
        if base(bases, i + j) != u8(alt + j):
            return False
    return True


@part
def _joined(
    site: int,
    cigar: int,
    operations: int,
    k: int,
    at: int,
    i: int,
    bases: int,
    qualities: int,
    start: int,
    end: int,
    length: int,
) -> int:
    """Any other pair of alleles: the bases of M and I from just before REF to just before its end.

    The bases at both sides have to be there, unless the contig, of `length`, ends.
    """
    position, span = get(site + POSITION), get(site + SPAN)
    behind = position + span
    ref, alt, alt_length = get(site + REF), get(site + ALT), get(site + ALT_LENGTH)
    before_shown, behind_shown = position == 0, behind >= length
    observed = deleted = skipped = False
    is_ref = is_alt = True
    joined, lowest = 0, ABSENT
    while k < operations and at <= behind:
        word = operation(cigar, k)
        kind, n = word & 15, word >> 4
        first = last = 0  # the operation's bases that are joined
        if (IS_MATCH >> kind) & 1:
            observed = observed or at <= position < at + n
            before_shown = before_shown or at <= position - 1 < at + n
            behind_shown = behind_shown or at <= behind < at + n
            first, last = max(at, position) - at, min(at + n, behind) - at
        elif kind == I:
            last = n if at >= position else 0
        elif kind == D:
            deleted = deleted or at <= position < at + n
        elif kind == N:
            skipped = skipped or min(at + n, behind) > max(at, position)
        for j in range(i + first, i + last):
            found = base(bases, j)
            lowest = min(lowest, quality(qualities, j))
            is_ref = is_ref and joined < span and u8(ref + joined) == found
            is_alt = is_alt and joined < alt_length and u8(alt + joined) == found
            joined += 1
        if (ON_REFERENCE >> kind) & 1:
            at += n
        if (ON_READ >> kind) & 1:
            i += n
        k += 1
    if not observed and not deleted:
        return NOT_OBSERVED
    if before_shown and behind_shown and not skipped and joined > 0:
        if is_ref and joined == span:
            return _with(SHOWS_REF, lowest)
        if is_alt and joined == alt_length:
            return _with(SHOWS_ALT, lowest)
    return _neither(deleted, start, end, max(0, position - 1), min(behind, length - 1))
