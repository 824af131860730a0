"""Lines of a text, and what bytes may stand in them."""

from __future__ import annotations

from typing import NamedTuple

from tiltyard.pipelines.reads.faults import shown

#: Marks of Unicode that text editors put before a text.
MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
#: Bytes of a sequence.
LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz*-."


class Line(NamedTuple):
    """A line without its end.

    Parameters
    ----------
    content : bytes
    offset : int
        Byte at which it begins.
    end : int
        Byte behind it and its end.
    ended : bool
        Whether a LF ends it; only the last one may lack it.
    """

    content: bytes
    offset: int
    end: int
    ended: bool


def lines_of(text: bytes, offset: int = 0) -> list[Line]:
    """Lines of `text`, which begins at byte `offset`; one CR before the end of each is dropped."""
    parts = text.split(b"\n")
    found = []
    for number, part in enumerate(parts):
        ended = number < len(parts) - 1
        end = offset + len(part) + ended
        if ended or part:
            found.append(Line(part.removesuffix(b"\r"), offset, end, ended))
        offset = end
    return found


def bad_letter(sequence: bytes) -> int:
    """Place of the first byte that no sequence has; -1 if there is none."""
    others = sequence.translate(None, LETTERS)
    return sequence.index(others[:1]) if others else -1


def bad_quality(quality: bytes, offset: int) -> int:
    """Place of the first byte that is no quality with this offset; -1 if there is none."""
    return next((place for place, byte in enumerate(quality) if not offset <= byte <= 126), -1)


def letter_words(sequence: bytes, bad: int) -> str:
    """What is wrong with a byte of a sequence."""
    byte = shown(sequence[bad : bad + 1])
    return f"{byte} at position {bad + 1}; a sequence has letters and - . *"


def quality_words(quality: bytes, bad: int, offset: int) -> str:
    """What is wrong with a byte of a quality."""
    words = f"{shown(quality[bad : bad + 1])} at position {bad + 1}; qualities are bytes from "
    return words + ("33 to 126" if offset == 33 else f"{offset} to 126 (--quality-offset {offset})")


def size_words(largest: int) -> str:
    """What is wrong with a record of more than `largest` bytes."""
    return f"the record has more than {largest:,} bytes; is it one?"
