"""From text to the places of whole FASTQ records.

A sequence is looked at once. If a line ends where it would if it were as long as the one before,
only its bytes are checked; else its first byte that is no letter must be its line's end. The end of
the quality is then known, and only its bytes are checked. Whatever is not as usual is looked at
line by line; whatever is wrong is left to the rule, which says what.
"""

from __future__ import annotations

from tiltyard.pipelines.native.compiling import inlined, part
from tiltyard.pipelines.native.memory import get, put, u8, u32
from tiltyard.pipelines.native.vectors import STEP, lowest
from tiltyard.pipelines.reads.compiled.bytes import (
    are_letters,
    are_qualities,
    newlines,
    no_letters,
    no_qualities,
)
from tiltyard.pipelines.reads.compiled.states import FULL, MORE, ODD

_LF, _CR, _AT, _PLUS = 10, 13, 64, 43
#: What follows a sequence, and a mask for so many bytes.
_PLUS_LINE, _THREE_BYTES = 0x0A2B0A, 0xFFFFFF
#: Columns of the table of records: places and lengths; and of whole files: number of the record,
#: its first line, and its first byte.
NAME, NAME_LENGTH, SEQUENCE, LENGTH, QUALITY, RECORD, LINE, OFFSET = range(8)
COLUMNS = 8
#: Lines of a record.
_LINES = 4


@part
def line_end(text: int, place: int, size: int) -> int:
    """Place of the next LF; `size` if there is none."""
    while place < size:
        mask = newlines(text + place)
        if mask:
            return min(place + lowest(mask), size)
        place += STEP
    return size


@inlined
def content_end(text: int, start: int, end: int) -> int:
    """Where a line's content ends: one CR before its end is none of it."""
    return end - 1 if end > start and u8(text + end - 1) == _CR else end


@part
def letters_end(text: int, place: int, end: int) -> int:
    """Place of the first byte before `end` that no sequence has; `end` if there is none."""
    while place < end:
        mask = no_letters(text + place)
        while mask:
            found = place + lowest(mask)
            if found >= end:
                return end
            byte = u8(text + found)
            if byte not in (42, 45, 46):
                return found
            mask &= mask - 1
        place += STEP
    return end


@inlined
def letters_fit(place: int, length: int) -> bool:
    """Whether all bytes are ASCII letters."""
    if length >= STEP:
        return are_letters(place, length) != 0
    return length == 0 or no_letters(place) << (STEP - length) == 0


@inlined
def qualities_fit(place: int, length: int) -> bool:
    """Whether all bytes are qualities."""
    if length >= STEP:
        return are_qualities(place, length) != 0
    return length == 0 or no_qualities(place) << (STEP - length) == 0


@inlined
def plus_follows(text: int, end: int) -> bool:
    """Whether a line ends there, and the next one is a bare plus."""
    return u32(text + end) & _THREE_BYTES == _PLUS_LINE


@inlined
def run_of_letters(text: int, place: int, size: int) -> int:
    """How many letters there are from a place on; any number if they reach over the end."""
    end = place
    while end < size:
        mask = no_letters(text + end)
        if mask:
            return end + lowest(mask) - place
        end += STEP
    return size


@inlined
def enter(table: int, capacity: int, row: int, column: int, value: int) -> None:
    """Set a number of the table, whose columns are behind each other."""
    put(table + 8 * (column * capacity + row), value)


@part
def by_lines(
    text: int, place: int, size: int, lenient: int, table: int, capacity: int, row: int
) -> int:
    """Enter the record at `place`, line by line; returns its end, or `MORE` or `ODD` below 0."""
    name_end = line_end(text, place, size)
    if u8(text + place) != _AT:
        return ODD
    if name_end >= size:
        return MORE
    name_stop = content_end(text, place, name_end)
    sequence = name_end + 1
    sequence_end = line_end(text, sequence, size)
    if sequence_end >= size:
        return MORE
    sequence_stop = content_end(text, sequence, sequence_end)
    if letters_end(text, sequence, sequence_stop) != sequence_stop:
        return ODD
    plus = sequence_end + 1
    plus_end = line_end(text, plus, size)
    if plus_end >= size:
        return MORE
    plus_stop = content_end(text, plus, plus_end)
    if plus_stop == plus or u8(text + plus) != _PLUS:
        return ODD
    if not lenient and plus_stop - plus > 1:
        if plus_stop - plus != name_stop - place:
            return ODD
        for byte in range(1, plus_stop - plus):
            if u8(text + plus + byte) != u8(text + place + byte):
                return ODD
    quality = plus_end + 1
    quality_end = line_end(text, quality, size)
    if quality_end >= size:
        return MORE
    length = sequence_stop - sequence
    if content_end(text, quality, quality_end) - quality != length:
        return ODD
    if not qualities_fit(text + quality, length):
        return ODD
    enter(table, capacity, row, NAME, place + 1)
    enter(table, capacity, row, NAME_LENGTH, name_stop - place - 1)
    enter(table, capacity, row, SEQUENCE, sequence)
    enter(table, capacity, row, LENGTH, length)
    enter(table, capacity, row, QUALITY, quality)
    return quality_end + 1


@part
def scan_fastq(
    text: int,
    size: int,
    lenient: int,
    largest: int,
    table: int,
    capacity: int,
    first: int,
    base: int,
    found: int,
) -> int:
    """Enter the whole records at the beginning of `size` bytes of text.

    Parameters
    ----------
    text, size : int
    lenient : int
        Whether names behind ``+`` may be others.
    largest : int
        Most bytes of a record.
    table, capacity : int
        Address of `COLUMNS` columns of so many numbers.
    first, base : int
        Records and bytes of the file before the text.
    found : int
        Address to which the numbers of records, and of their bytes, are written, and the least
        and most letters of a record.

    Returns
    -------
    int
        `MORE`: the text ends inside a record, or behind one. `ODD`: what follows is wrong, or
        blank. `FULL`: the table is.
    """
    place, row, state = 0, 0, FULL
    length, least, most = 0, largest, 0
    while row < capacity:
        if place >= size:
            state = MORE
            break
        start = place
        usual = u8(text + place) == _AT
        if usual:
            mask = newlines(text + place)
            name_end = place + lowest(mask) if mask else line_end(text, place + STEP, size)
            sequence = name_end + 1
            usual = sequence < size and u8(text + name_end - 1) != _CR
            if usual:
                quality = sequence + length + 3
                if not (
                    quality + length < size
                    and plus_follows(text, sequence + length)
                    and letters_fit(text + sequence, length)
                ):
                    length = run_of_letters(text, sequence, size)
                    quality = sequence + length + 3
                if (
                    quality + length < size
                    and plus_follows(text, sequence + length)
                    and u8(text + quality + length) == _LF
                    and qualities_fit(text + quality, length)
                ):
                    enter(table, capacity, row, NAME, place + 1)
                    enter(table, capacity, row, NAME_LENGTH, name_end - place - 1)
                    enter(table, capacity, row, SEQUENCE, sequence)
                    enter(table, capacity, row, LENGTH, length)
                    enter(table, capacity, row, QUALITY, quality)
                    place = quality + length + 1
                else:
                    usual = False
        if not usual:
            place = by_lines(text, place, size, lenient, table, capacity, row)
            length = get(table + 8 * (LENGTH * capacity + row)) if place >= 0 else 0
        if place < 0 or place - start > largest:
            state = ODD if place >= 0 else place
            place = start
            break
        enter(table, capacity, row, RECORD, first + row)
        enter(table, capacity, row, LINE, _LINES * (first + row) + 1)
        enter(table, capacity, row, OFFSET, base + start)
        least, most = min(least, length), max(most, length)
        row += 1
    put(found, row)
    put(found + 8, place)
    put(found + 16, least)
    put(found + 24, most)
    return state
