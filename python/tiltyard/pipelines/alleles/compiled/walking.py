"""Walking through a mapped BAM file: blocks are inflated, and their records taken one by one.

A unit of sites begins at the offset where the first one's reads begin. It reads on until a record
starts behind its last site, so that no read, pair or fragment is split between two units.
"""

from __future__ import annotations

from tiltyard.pipelines.alleles.compiled import groups, libdeflate, tags
from tiltyard.pipelines.alleles.compiled.bgzf import (
    STRIDE,
    block_size,
    content_size,
    give_back,
    inflate,
)
from tiltyard.pipelines.alleles.compiled.hashing import hashed
from tiltyard.pipelines.alleles.compiled.layout import (
    BAD_BLOCK,
    BAD_OFFSET,
    BAD_RECORD,
    BLOCK_COUNT,
    BYTE,
    CONTIG,
    CUT_OFF,
    FILE,
    FILE_BYTES,
    FINE,
    FIRST,
    FRAGMENT_TAG,
    GIVE_BACK,
    GROUP_COUNT,
    GROUP_TAG,
    GROUPS_KNOWN,
    LAST,
    LAST_START,
    LIVE,
    OFFSET,
    RECORD_COUNT,
    SCRATCH,
    SITE,
    SITES,
    UNKNOWN_GROUP,
    UNSORTED,
)
from tiltyard.pipelines.alleles.compiled.reading import IS_MATCH, lengths
from tiltyard.pipelines.alleles.compiled.state import begin, finish
from tiltyard.pipelines.alleles.compiled.taking import UNMAPPED, advance, meets, next_position, take
from tiltyard.pipelines.native.compiling import inlined, part
from tiltyard.pipelines.native.memory import (
    free,
    get,
    i32,
    malloc,
    memmove,
    put,
    u8,
    u16,
    u32,
)

#: Bytes of a record's length, of its fixed fields, and of both.
_LENGTH, _FIXED = 4, 32
_HEAD = _LENGTH + _FIXED
#: Bits of a virtual file offset that say the place inside a block.
_INSIDE_BITS = 16
_INSIDE = (1 << _INSIDE_BITS) - 1
_ROOM = 1 << 18
#: A record was taken, and reading goes on; other numbers are the layout's.
_MORE = -1


@part
def walk(state: int) -> int:
    """Count the reads of a unit; returns how it ended. The state says at which byte."""
    begin(state)
    if get(state + LIVE) == 0:
        finish(state)
        return FINE
    file, size = get(state + FILE), get(state + FILE_BYTES)
    sites = get(state + SITES)
    inflater, got = libdeflate.alloc(), malloc(8)
    capacity, buffer = _ROOM, malloc(_ROOM)
    offset = get(sites + OFFSET)
    byte, inside = offset >> _INSIDE_BITS, offset & _INSIDE
    kept = byte
    have = at = 0  # bytes in the buffer, and those of them that were taken
    records = blocks = 0
    contig, last_start, next_site = get(state + CONTIG), -1, -1
    status = _MORE
    while status == _MORE:
        first = get(state + FIRST)
        if first > get(state + LAST):  # nothing is open: jump to where the next site's reads begin
            offset = get(sites + SITE * first + OFFSET)
            if offset >> _INSIDE_BITS > byte:
                byte, inside = offset >> _INSIDE_BITS, offset & _INSIDE
                have = at = 0
        if get(state + GIVE_BACK) and byte - kept > STRIDE:
            kept = give_back(file, kept, min(byte, size))
        put(state + BYTE, byte)
        if byte < 0 or byte > size:
            status = BAD_OFFSET
            break
        if byte == size:
            status = FINE if have == at else CUT_OFF
            break
        block = block_size(file, size, byte)
        if block == 0:
            status = BAD_BLOCK
            break
        need = have - at + content_size(file, byte, block)
        if need > capacity:
            capacity = 2 * need
            larger = malloc(capacity)
            memmove(larger, buffer + at, have - at)
            free(buffer)
            buffer = larger
        elif at > 0:
            memmove(buffer, buffer + at, have - at)
        have -= at
        ended = inflate(inflater, file, byte, block, buffer + have, got)
        if ended != FINE:
            status = ended
            break
        byte += block
        blocks += 1
        have = need
        at = inside
        inside = 0
        if at > have:
            status = BAD_OFFSET
            break
        while at + _HEAD <= have:
            record = buffer + at
            length = i32(record)
            if not _fits(record, length):
                status = BAD_RECORD
                break
            if at + _LENGTH + length > have:
                break
            at += _LENGTH + length
            records += 1
            start = _start_before(record + _LENGTH, contig, last_start, next_site)
            if start >= 0:
                last_start = start
                continue
            put(state + LAST_START, last_start)
            status = _record(state, record + _LENGTH, record + _LENGTH + length)
            if status != _MORE:
                break
            last_start = get(state + LAST_START)
            next_site = next_position(state)
    if get(state + GIVE_BACK):  # the tail too: each unit would leave one behind
        give_back(file, kept, min(byte, size))
    put(state + RECORD_COUNT, records)
    put(state + BLOCK_COUNT, blocks)
    free(buffer)
    free(got)
    libdeflate.free(inflater)
    if status == FINE:
        finish(state)
    return status


@inlined
def _fits(record: int, length: int) -> bool:
    """Whether what a record's fixed fields tell fits into its length."""
    bases = i32(record + 20)
    if length < _FIXED or bases < 0:
        return False
    return _FIXED + u8(record + 12) + 4 * u16(record + 16) + ((bases + 1) >> 1) + bases <= length


@inlined
def _start_before(record: int, contig: int, last_start: int, next_site: int) -> int:
    """Start of a plain read that ends before the next open site; -1 for all others.

    Most reads of a genome lie between two sites, and nothing else needs to be known of them. A
    plain one is on the unit's contig, in its place, and aligned in one piece, of its own length.
    """
    start = i32(record + 4)
    if i32(record) != contig or start < last_start or u16(record + 12) != 1:
        return -1
    word = u32(record + _FIXED + u8(record + 8))
    length = word >> 4
    plain = (IS_MATCH >> (word & 15)) & 1 and length == i32(record + 16)
    if not plain or u16(record + 14) & UNMAPPED or start + length > next_site:
        return -1
    return start


@part
def _record(state: int, record: int, end_of_record: int) -> int:
    """Take the record behind its length."""
    contig, start = i32(record), i32(record + 4)
    if contig != get(state + CONTIG):
        if contig < 0 or contig > get(state + CONTIG):
            return FINE
        return _MORE if get(state + RECORD_COUNT) == 0 else UNSORTED
    put(state + RECORD_COUNT, 1)
    if advance(state, start) != FINE:
        return UNSORTED
    if get(state + FIRST) >= get(state + LIVE):
        return FINE
    name_length, operations, length = u8(record + 8), u16(record + 12), i32(record + 16)
    flag = u16(record + 14)
    cigar = record + _FIXED + name_length
    bases = cigar + 4 * operations
    qualities = bases + ((length + 1) >> 1)
    fields = qualities + length
    cigar, operations = tags.long_cigar(cigar, operations, length, fields, end_of_record)
    span, on_read, indel = lengths(cigar, operations)
    if flag & UNMAPPED:
        span = 1
    elif operations > 0 and length > 0 and on_read != length:
        return BAD_RECORD
    end = start + span
    if not meets(state, end):
        return _MORE
    group = 0
    if get(state + GROUP_TAG) != 0:
        group = _group(state, fields, end_of_record)
        if group < 0:
            return BAD_RECORD if group == -BAD_RECORD else UNKNOWN_GROUP
    fragment, has_fragment = 0, 1
    if get(state + FRAGMENT_TAG) == 0:
        fragment = hashed(record + _FIXED, max(0, name_length - 1))
    else:
        found = tags.find(get(state + FRAGMENT_TAG), fields, end_of_record)
        if found == tags.DAMAGED:
            return BAD_RECORD
        has_fragment = 0 if found == tags.ABSENT else 1
        if has_fragment:
            text, size, kind = tags.text(found, get(state + SCRATCH))
            fragment = hashed(text, size) + kind
    take(
        state,
        start,
        end,
        flag,
        u8(record + 9),
        cigar,
        operations,
        indel,
        bases,
        length,
        qualities,
        group,
        fragment,
        has_fragment,
    )
    return _MORE


@part
def _group(state: int, fields: int, end: int) -> int:
    """Number of a read's group; below 0 if its fields are damaged or the group is not known."""
    found = tags.find(get(state + GROUP_TAG), fields, end)
    if found == tags.DAMAGED:
        return -BAD_RECORD
    if found == tags.ABSENT:
        return 0
    text, length, kind = tags.text(found, get(state + SCRATCH))
    group = groups.find(state, text, length, kind)
    if group == 0:
        group = get(state + GROUP_COUNT)
        groups.enter(state, text, length, kind, group)
        if get(state + GROUPS_KNOWN):
            return -UNKNOWN_GROUP
    return group
