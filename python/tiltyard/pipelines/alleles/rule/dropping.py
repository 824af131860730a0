"""Which reads are not counted at all, and for which reason first."""

from __future__ import annotations

from collections.abc import Sequence

from tiltyard.pipelines.alleles.options import DROPPED, Options
from tiltyard.pipelines.alleles.rule.cigar import D, I

PAIRED, PROPER = 0x1, 0x2


def dropped(
    flag: int, mapq: int, bases: str, operations: Sequence[Sequence[int]], options: Options
) -> str:
    """First reason in `counts.NOT_COUNTED` for which a read is dropped; "" if it is not.

    Parameters
    ----------
    flag, mapq : int
    bases : str
        "" for a read without them.
    operations : sequence
        CIGAR in plain form.
    options : Options
    """
    for bit, reason in DROPPED.items():
        if flag & bit & options.dropped_flags:
            return reason
    if mapq < options.min_mapq:
        return "mapq"
    if not bases:
        return "no_bases"
    if options.drop_improper_pairs and flag & PAIRED and not flag & PROPER:
        return "improper_pair"
    if options.drop_indel_reads and any(operation in (I, D) for operation, _ in operations):
        return "indel"
    return ""
