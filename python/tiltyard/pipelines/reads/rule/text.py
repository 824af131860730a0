"""FASTQ and FASTA: from text to records, and the first fault in reading order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tiltyard.pipelines.reads.faults import Cut, ReadError, shown
from tiltyard.pipelines.reads.rule.fastq import LINES, record_of
from tiltyard.pipelines.reads.rule.lines import (
    MARKS,
    Line,
    bad_letter,
    letter_words,
    lines_of,
    size_words,
)
from tiltyard.pipelines.reads.rule.record import Reading, Record


def parse(
    text: bytes, file: str = "-", reading: Reading | None = None, cut: Cut | None = None
) -> Iterator[Record]:
    """Records of a text.

    Parameters
    ----------
    text : bytes
        All that could be inflated.
    file : str
        Its name in messages.
    reading : Reading or None
    cut : Cut or None
        The fault of the compressed layer that ended the text. A record whose last line did not end
        is then unfinished, and the fault is its error.

    Yields
    ------
    Record
        Each whole one, in order.

    Raises
    ------
    ReadError
        After them.
    """
    reading = reading or Reading()
    if text.startswith(MARKS):
        raise marked(file)
    lines = lines_of(text)
    number = next((place for place, line in enumerate(lines) if line.content), None)
    if number is None:
        if cut:
            raise cut.error(file, 1, text.count(b"\n") + 1)
        return
    first = lines[number]
    if first.content.startswith(b">"):
        yield from parse_fasta(lines, file, reading, cut)
    elif first.content.startswith(b"@"):
        yield from parse_fastq(lines, file, reading, cut)
    else:
        raise no_reads(file, number + 1, first)


def marked(file: str) -> ReadError:
    """The error about a text that begins with a mark of Unicode."""
    return ReadError(
        file, 1, 1, 0, "bom", "the file begins with a byte order mark; save it as plain ASCII"
    )


def no_reads(file: str, number: int, line: Line) -> ReadError:
    """The error about a text whose first line that is not blank begins no record."""
    return ReadError(
        file,
        1,
        number,
        line.offset,
        "not_reads",
        f"the first line is {shown(line.content)}, and begins with neither @ (FASTQ) nor > (FASTA)",
    )


def parse_fastq(
    lines: Sequence[Line],
    file: str,
    reading: Reading,
    cut: Cut | None = None,
    *,
    before: int = 0,
) -> Iterator[Record]:
    """Records of four lines each; `before` is the number of records before the first line."""
    last = len(lines)
    while last and not lines[last - 1].content:
        last -= 1  # behind it all is blank
    place, record = 0, before
    while place < last:
        record += 1
        yield record_of(lines[place : place + LINES], record, file, reading, cut)
        place += LINES
    if cut:
        ended = sum(line.ended for line in lines)
        raise cut.error(file, record + 1, LINES * before + ended + 1)


def parse_fasta(
    lines: Sequence[Line],
    file: str,
    reading: Reading,
    cut: Cut | None = None,
    *,
    before: int = 0,
    lines_before: int = 0,
) -> Iterator[Record]:
    """Records of a header and any number of lines with letters; blank lines are ignored.

    `before` and `lines_before` are the numbers of records and lines before the first line.
    """
    name: bytes | None = None
    parts: list[bytes] = []
    first, header, record = lines[0], 0, before
    for number, line in enumerate(lines, start=lines_before + 1):
        if line.content.startswith(b">"):
            if name is not None:
                yield Record(name, b"".join(parts), None, header, first.offset)
            name, parts, first, header, record = line.content[1:], [], line, number, record + 1
        if name is not None and line.end - first.offset > reading.largest:
            words = size_words(reading.largest)
            raise ReadError(file, record, number, line.offset, "too_large", words)
        if line.content and line is not first:
            bad = bad_letter(line.content)
            if bad >= 0:
                words = letter_words(line.content, bad)
                raise ReadError(file, record, number, line.offset, "sequence_byte", words)
            parts.append(line.content)
    if cut and not lines[-1].ended:
        raise cut.error(file, record, lines_before + len(lines))
    assert name is not None  # the caller saw a header
    yield Record(name, b"".join(parts), None, header, first.offset)
    if cut:
        raise cut.error(file, record + 1, lines_before + len(lines) + 1)
