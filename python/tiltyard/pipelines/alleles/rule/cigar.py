"""CIGARs: their plain form, and insertions and deletions shifted to the left."""

from __future__ import annotations

from collections.abc import Iterable

#: Operations, as BAM numbers them. = and X (7, 8) become M; H and P (5, 6) vanish.
M, I, D, N, S = range(5)
MATCH_OR_MISMATCH = (7, 8)
#: Operations that use up letters of the reference, and bases of the read.
ON_REFERENCE = (M, D, N)
ON_READ = (M, I, S)
LETTERS = frozenset("ACGT")


def plain(cigar: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Pairs of operation and length in plain form.

    = and X are M; operations that use up neither reference nor read, and those of length 0,
    vanish; then equal neighbours merge.
    """
    found: list[list[int]] = []
    for operation, length in cigar:
        if operation in MATCH_OR_MISMATCH:
            operation = M
        if length == 0 or operation not in (M, I, D, N, S):
            continue
        if found and found[-1][0] == operation:
            found[-1][1] += length
        else:
            found.append([operation, length])
    return found


def span(operations: Iterable[list[int]]) -> int:
    """Letters of the reference from a read's start to its end."""
    return sum(length for operation, length in operations if operation in ON_REFERENCE)


def shift_left(operations: list[list[int]], bases: str, letters: str) -> None:
    """Move each I or D between two M to the left in its repeat, in place.

    They move in the read's order, base by base, while the M before keeps a base. The letter of
    the reference under that M's last base, one of ACGT, has to equal the last deleted letter (of
    a D, whatever base the read has there), or both the last inserted base and the read's (of an
    I). The M behind grows.

    Parameters
    ----------
    operations : list
        In plain form; changed.
    bases : str
        The read's.
    letters : str
        Of the reference, in capitals, from the read's start on; fewer where the contig ends.
    """
    on_reference = on_read = 0
    letters = letters.ljust(span(operations), "N")
    for k, (operation, length) in enumerate(operations):
        inside = 0 < k < len(operations) - 1
        if inside and operation in (I, D) and operations[k - 1][0] == operations[k + 1][0] == M:
            before, behind = operations[k - 1], operations[k + 1]
            while before[1] > 1:
                letter = letters[on_reference - 1]
                if operation == D:
                    same = letter == letters[on_reference + length - 1]
                else:
                    same = letter == bases[on_read + length - 1] == bases[on_read - 1]
                if letter not in LETTERS or not same:
                    break
                before[1] -= 1
                behind[1] += 1
                on_reference -= 1
                on_read -= 1
        length = operations[k][1]
        on_reference += length if operation in ON_REFERENCE else 0
        on_read += length if operation in ON_READ else 0
