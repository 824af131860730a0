"""Taking reads that Python has decoded, a table of them at a time."""

from __future__ import annotations

from tiltyard.pipelines.alleles.compiled.groups import make_room
from tiltyard.pipelines.alleles.compiled.hashing import hashed
from tiltyard.pipelines.alleles.compiled.layout import (
    FINE,
    HEADS,
    IS_LAST,
    R_BASES,
    R_CIGAR,
    R_END,
    R_FLAG,
    R_GROUP,
    R_LENGTH,
    R_MAPQ,
    R_NAME,
    R_NAME_LENGTH,
    R_OPERATIONS,
    R_QUALITIES,
    R_START,
    READ,
    READ_COUNT,
    READS,
    RECORD_COUNT,
    UNSORTED,
)
from tiltyard.pipelines.alleles.compiled.reading import lengths
from tiltyard.pipelines.alleles.compiled.state import begin, finish
from tiltyard.pipelines.alleles.compiled.taking import advance, meets, take
from tiltyard.pipelines.native.compiling import part
from tiltyard.pipelines.native.memory import get, put


@part
def feed(state: int) -> int:
    """Take the state's table of reads, the first or the next one; returns how it ended.

    A name of negative length is that of a read in no fragment.
    """
    if get(state + HEADS) == 0:
        begin(state)
    for k in range(get(state + READ_COUNT)):
        read = get(state + READS) + READ * k
        put(state + RECORD_COUNT, get(state + RECORD_COUNT) + 1)
        start, end, group = get(read + R_START), get(read + R_END), get(read + R_GROUP)
        if advance(state, start) != FINE:
            return UNSORTED
        if not meets(state, end):
            continue
        make_room(state, group + 1)
        cigar, operations = get(read + R_CIGAR), get(read + R_OPERATIONS)
        length = get(read + R_NAME_LENGTH)
        has_fragment = 1 if length >= 0 else 0
        take(
            state,
            start,
            end,
            get(read + R_FLAG),
            get(read + R_MAPQ),
            cigar,
            operations,
            lengths(cigar, operations)[2],
            get(read + R_BASES),
            get(read + R_LENGTH),
            get(read + R_QUALITIES),
            group,
            hashed(get(read + R_NAME), length) if has_fragment else 0,
            has_fragment,
        )
    if get(state + IS_LAST):
        finish(state)
    return FINE
