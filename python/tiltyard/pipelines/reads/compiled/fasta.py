"""From FASTA text to the places of whole records, whose letters are copied together."""

from __future__ import annotations

from tiltyard.pipelines.native.compiling import part
from tiltyard.pipelines.native.memory import put, u8
from tiltyard.pipelines.native.vectors import STEP, copy_64
from tiltyard.pipelines.reads.compiled.scanning import (
    LENGTH,
    NAME,
    NAME_LENGTH,
    QUALITY,
    SEQUENCE,
    content_end,
    enter,
    letters_end,
    line_end,
)
from tiltyard.pipelines.reads.compiled.states import FULL, MORE, ODD

_HEADER = 62


@part
def scan_fasta(
    text: int,
    size: int,
    final: int,
    largest: int,
    table: int,
    capacity: int,
    letters: int,
    found: int,
) -> int:
    """Enter the whole records at the beginning of `size` bytes of text, as `scan_fastq` does.

    A record is whole if another follows it, or the text ends behind it (`final`). The column of
    qualities has the number of its lines.

    Parameters
    ----------
    letters : int
        Address to which the letters are copied, room for as many as there are bytes; places in the
        table are relative to it.
    """
    place, row, used, state = 0, 0, 0, FULL
    while row < capacity:
        if place >= size:
            state = MORE
            break
        if u8(text + place) != _HEADER:
            state = ODD
            break
        start, length, lines = place, 0, 1
        end = line_end(text, place, size)
        name_end = content_end(text, place, end)
        whole, right = final == 1, True
        place = min(end + 1, size)
        while right and place < size:
            if u8(text + place) == _HEADER:
                whole = True
                break
            end = line_end(text, place, size)
            if end >= size and not final:
                place = size
                break
            stop = content_end(text, place, end)
            right = letters_end(text, place, stop) == stop
            for done in range(0, stop - place, STEP):
                copy_64(letters + used + length + done, text + place + done)
            length += stop - place
            lines += 1
            place = min(end + 1, size)
        if not whole or not right or place - start > largest:
            state = MORE if right and not whole and place - start <= largest else ODD
            place = start
            break
        enter(table, capacity, row, NAME, start + 1)
        enter(table, capacity, row, NAME_LENGTH, name_end - start - 1)
        enter(table, capacity, row, SEQUENCE, used)
        enter(table, capacity, row, LENGTH, length)
        enter(table, capacity, row, QUALITY, lines)
        used += length
        row += 1
    put(found, row)
    put(found + 8, place)
    return state
