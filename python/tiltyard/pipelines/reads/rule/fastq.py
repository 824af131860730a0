"""One record of FASTQ: four lines, looked at in their order."""

from __future__ import annotations

from collections.abc import Sequence

from tiltyard.pipelines.reads.faults import Cut, ReadError, shown
from tiltyard.pipelines.reads.rule.lines import (
    Line,
    bad_letter,
    bad_quality,
    letter_words,
    quality_words,
    size_words,
)
from tiltyard.pipelines.reads.rule.record import Reading, Record

#: Lines of a record.
LINES = 4
_NAME, _SEQUENCE, _PLUS, _QUALITY = range(LINES)


def record_of(
    lines: Sequence[Line], record: int, file: str, reading: Reading, cut: Cut | None
) -> Record:
    """The record that `lines` begins with.

    Parameters
    ----------
    lines : sequence of Line
        Four; fewer at the end of the text.
    record : int
        Its number, from 1.
    file : str
    reading : Reading
    cut : Cut or None
        What cut off the text behind the last line.

    Raises
    ------
    ReadError
        The first fault in reading order.
    """
    own = _Lines(lines, record, file, reading, cut)
    checks = (_check_name, _check_sequence, _check_plus, _check_quality)
    for number, (line, check) in enumerate(zip(lines, checks, strict=False)):
        if line.end - lines[0].offset > reading.largest:
            raise own.wrong(number, "too_large", size_words(reading.largest))
        check(own, line.content)
    if len(lines) < LINES:
        # Of a record without letters the fourth line, empty, may lack its end, and be no byte.
        empty = len(lines) == _QUALITY and not lines[_SEQUENCE].content and lines[_PLUS].ended
        if cut or not empty:
            raise own.unfinished(len(lines) - 1)
    quality = lines[_QUALITY].content if len(lines) == LINES else b""
    shift = reading.quality_offset - 33
    return Record(
        lines[_NAME].content[1:],
        lines[_SEQUENCE].content,
        bytes(byte - shift for byte in quality) if shift else quality,
        LINES * (record - 1) + 1,
        lines[_NAME].offset,
    )


class _Lines:
    """Lines of one record, and the errors about them."""

    def __init__(
        self, lines: Sequence[Line], record: int, file: str, reading: Reading, cut: Cut | None
    ) -> None:
        self.lines = lines
        self.reading = reading
        self.cut = cut
        self._file = file
        self._record = record

    def wrong(self, number: int, kind: str, detail: str) -> ReadError:
        """The error about the line `number`, from 0."""
        line = LINES * (self._record - 1) + number + 1
        return ReadError(self._file, self._record, line, self.lines[number].offset, kind, detail)

    def unfinished(self, number: int) -> ReadError:
        """The error about a text that ends in the line `number`, or behind it."""
        if self.cut:
            line = LINES * (self._record - 1) + number + 1
            return self.cut.error(self._file, self._record, line)
        words = "the file ends inside a record; copy or write it again"
        return self.wrong(number, "truncated", words)


def _check_name(own: _Lines, content: bytes) -> None:
    if not content:
        raise own.wrong(_NAME, "blank_line", "only behind the last record lines may be blank")
    if not content.startswith(b"@"):
        words = f"a record begins with @, and not with {shown(content)}"
        raise own.wrong(_NAME, "header", words)


def _check_sequence(own: _Lines, content: bytes) -> None:
    bad = bad_letter(content)
    if bad >= 0:
        raise own.wrong(_SEQUENCE, "sequence_byte", letter_words(content, bad))


def _check_plus(own: _Lines, content: bytes) -> None:
    if not content.startswith(b"+"):
        words = (
            f"the third line of a record begins with +, and not with {shown(content)}; "
            "if sequences are wrapped: seqkit seq -w 0"
        )
        raise own.wrong(_PLUS, "plus", words)
    name = own.lines[_NAME].content[1:]
    if own.reading.lenient_plus or len(content) == 1 or content[1:] == name:
        return
    if own.cut and not own.lines[_PLUS].ended:
        raise own.unfinished(_PLUS)
    words = (
        f"{shown(content[1:])} behind + is not the name {shown(name)}; "
        "--lenient-plus reads it all the same"
    )
    raise own.wrong(_PLUS, "plus_name", words)


def _check_quality(own: _Lines, content: bytes) -> None:
    ended, length = own.lines[_QUALITY].ended, len(own.lines[_SEQUENCE].content)
    if len(content) != length:
        if not ended and len(content) < length:
            raise own.unfinished(_QUALITY)
        raise own.wrong(_QUALITY, "length", f"sequence {length}, quality {len(content)}")
    bad = bad_quality(content, own.reading.quality_offset)
    if bad >= 0:
        words = quality_words(content, bad, own.reading.quality_offset)
        raise own.wrong(_QUALITY, "quality_byte", words)
    if own.cut and not ended:
        raise own.unfinished(_QUALITY)
