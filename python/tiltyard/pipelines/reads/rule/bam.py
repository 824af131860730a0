"""Unaligned BAM: names, sequences and qualities, in the order of the file.

Source: Sequence Alignment/Map Format Specification, section 4.2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from tiltyard.pipelines.reads.faults import Cut, ReadError
from tiltyard.pipelines.reads.rule.lines import (
    bad_letter,
    letter_words,
    size_words,
)
from tiltyard.pipelines.reads.rule.record import Reading, Record

#: First bytes of an inflated BAM.
MAGIC = b"BAM\1"
#: A letter for each of four bits.
LETTERS = b"=ACMGRSVTWYHKDBN"
#: Bytes of a record before its name, without its size.
FIXED = 32
UNMAPPED = 4
#: First byte of qualities that are not stored.
NO_QUALITY = 0xFF


def parse_bam(
    data: bytes, file: str = "-", reading: Reading | None = None, cut: Cut | None = None
) -> Iterator[Record]:
    """Records of an inflated BAM; `cut` is the fault of the compressed layer that ended it.

    Raises
    ------
    ReadError
        After all records before it; its line is 0.
    """
    reading = reading or Reading()
    size = header_size(data, file)
    if size > len(data):
        raise ended_inside(file, 1, 0, cut)
    yield from parse_records(data[size:], file, reading, cut, offset=size)


def parse_records(
    data: bytes,
    file: str,
    reading: Reading,
    cut: Cut | None = None,
    *,
    before: int = 0,
    offset: int = 0,
) -> Iterator[Record]:
    """Records behind the header; before them there are so many records and bytes."""
    place, record = 0, before
    while place < len(data):
        record += 1
        if place + 4 > len(data):
            raise ended_inside(file, record, offset + place, cut)
        (size,) = struct.unpack_from("<i", data, place)
        if size > reading.largest:
            words = size_words(reading.largest)
            raise ReadError(file, record, 0, offset + place, "too_large", words)
        end = place + 4 + max(size, 0)
        if end > len(data):
            raise ended_inside(file, record, offset + place, cut)
        yield record_of(data[place + 4 : end], record, offset + place, file)
        place = end
    if cut:
        raise cut.error(file, record + 1, 0)


def header_size(data: bytes, file: str) -> int:
    """Bytes before the first record; more than there are if the text or a contig is cut off.

    Raises
    ------
    ReadError
        If it has a size below 0.
    """
    place = len(MAGIC)
    for fixed in (0, 4):  # the text, then contigs with a number behind each name
        count = 1
        if fixed:
            count, place = _size(data, place, file), place + 4
        for _ in range(count):
            if place + 4 > len(data):
                return len(data) + 1
            place += 4 + _size(data, place, file) + fixed
    return place


def _size(data: bytes, place: int, file: str) -> int:
    if place + 4 > len(data):
        return 0
    (size,) = struct.unpack_from("<i", data, place)
    if size < 0:
        raise ReadError(
            file, 1, 0, 0, "bam", f"the header has the size {size} at byte {place}; copy it again"
        )
    return int(size)


def ended_inside(file: str, record: int, place: int, cut: Cut | None) -> ReadError:
    """The error about a BAM that ends inside a record, or its header."""
    if cut:
        return cut.error(file, record, 0)
    words = "the file ends inside a record; copy or write it again"
    return ReadError(file, record, 0, place, "truncated", words)


def record_of(data: bytes, record: int, place: int, file: str) -> Record:
    """The record of all bytes behind its size.

    Raises
    ------
    ReadError
        If it is damaged, mapped, without qualities, or has what no read has.
    """

    def wrong(kind: str, detail: str) -> ReadError:
        return ReadError(file, record, 0, place, kind, detail)

    damaged = wrong("bam", "the record is damaged; copy or write the file again")
    if len(data) < FIXED:
        raise damaged
    name_size = data[8]
    operations, flag, length = struct.unpack_from("<HHi", data, 12)
    name, letters = FIXED, FIXED + name_size + 4 * operations
    quality = letters + (length + 1) // 2
    if name_size < 1 or length < 0 or quality + length > len(data) or data[name + name_size - 1]:
        raise damaged
    if not flag & UNMAPPED:
        remedy = f"samtools fastq {file} writes its reads as FASTQ"
        raise wrong("bam", f"the record is aligned (flag {flag}); {remedy}")
    if length and data[quality] == NO_QUALITY:
        remedy = f"samtools fasta {file} writes its reads as FASTA"
        raise wrong("bam", f"the record has no qualities; {remedy}")
    nibbles = (half for byte in data[letters:quality] for half in (byte >> 4, byte & 15))
    sequence = bytes(LETTERS[half] for half in nibbles)[:length]
    if (bad := bad_letter(sequence)) >= 0:
        raise wrong("sequence_byte", letter_words(sequence, bad))
    values = data[quality : quality + length]
    if (bad := next((at for at, value in enumerate(values) if value > 93), -1)) >= 0:
        words = f"quality {values[bad]} at position {bad + 1}; qualities are from 0 to 93"
        raise wrong("quality_byte", words)
    stored = bytes(value + 33 for value in values)
    return Record(data[name : name + name_size - 1], sequence, stored, 0, place)
