"""From an inflated BAM to names, letters and qualities of whole records."""

from __future__ import annotations

from tiltyard.pipelines.native.compiling import part
from tiltyard.pipelines.native.memory import put, put_u8, put_u16, u8, u16, u32
from tiltyard.pipelines.reads.compiled.scanning import (
    LENGTH,
    NAME,
    NAME_LENGTH,
    QUALITY,
    SEQUENCE,
    enter,
)
from tiltyard.pipelines.reads.compiled.states import FULL, MORE, ODD

#: Bytes of a record before its name, without its size; the flag of a read that is not aligned.
_FIXED, _UNMAPPED = 32, 4
_HIGHEST = 93
_EQUAL = 61


@part
def scan_bam(
    data: int, size: int, largest: int, pairs: int, table: int, capacity: int, out: int, found: int
) -> int:
    """Enter the whole records at the beginning of `size` bytes, as `scan_fastq` does.

    Parameters
    ----------
    pairs : int
        Address of the two letters of each byte.
    out : int
        Address to which letters and qualities are written; places in the table, but those of
        names, are relative to it. A record takes at most twice as many bytes as it has.
    """
    place, row, used, state = 0, 0, 0, FULL
    while row < capacity:
        if size - place < 4:
            state = MORE
            break
        block = u32(data + place)
        if block > largest:
            state = ODD
            break
        if place + 4 + block > size:
            state = MORE
            break
        if block < _FIXED:
            state = ODD
            break
        record = data + place + 4
        name_size, operations, flag = u8(record + 8), u16(record + 12), u16(record + 14)
        length = u32(record + 16)
        letters = _FIXED + name_size + 4 * operations
        qualities = letters + ((length + 1) >> 1)
        if name_size < 1 or qualities + length > block or not flag & _UNMAPPED:
            state = ODD
            break
        if u8(record + _FIXED + name_size - 1) != 0:
            state = ODD
            break
        bad = 0
        for byte in range(qualities - letters):
            two = u16(pairs + 2 * u8(record + letters + byte))
            put_u16(out + used + 2 * byte, two)
        for letter in range(length):
            bad |= u8(out + used + letter) == _EQUAL
        quality = used + length
        for letter in range(length):
            value = u8(record + qualities + letter)
            bad |= value > _HIGHEST
            put_u8(out + quality + letter, value + 33)
        if bad:
            state = ODD
            break
        enter(table, capacity, row, NAME, place + 4 + _FIXED)
        enter(table, capacity, row, NAME_LENGTH, name_size - 1)
        enter(table, capacity, row, SEQUENCE, used)
        enter(table, capacity, row, LENGTH, length)
        enter(table, capacity, row, QUALITY, quality)
        used = quality + length
        place += 4 + block
        row += 1
    put(found, row)
    put(found + 8, place)
    return state
