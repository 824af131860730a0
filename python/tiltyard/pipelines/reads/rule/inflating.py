"""The compressed layer: gzip of any members, BGZF among them, and the fault that ends its text.

Sources: RFC 1952; Sequence Alignment/Map Format Specification, section 4.1.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from tiltyard.pipelines.reads.faults import (
    GZIP_CHECKSUM,
    GZIP_DATA,
    GZIP_TRAILING,
    GZIP_TRUNCATED,
    Cut,
    ReadError,
)
from tiltyard.pipelines.reads.rule.members import MAGIC, TRAILER, Damaged, header_of

#: First bytes of what is compressed in another way -> its name, and the program that undoes it.
OTHERS = {
    b"BZh": ("bzip2", "bzip2 -dc"),
    b"\xfd7zXZ\0": ("xz", "xz -dc"),
    b"\x28\xb5\x2f\xfd": ("zstd", "zstd -dc"),
}


class Inflated(NamedTuple):
    """The text of a file.

    Parameters
    ----------
    text : bytes
        All that can be inflated.
    cut : Cut or None
        The fault that ended it.
    unended : bool
        Whether the last member is a BGZF block with text, and not the empty one that ends a file:
        it may have been cut off between blocks.
    """

    text: bytes
    cut: Cut | None = None
    unended: bool = False


def refuse_others(start: bytes, file: str) -> None:
    """Raise `ReadError` if a file begins like one that is compressed in another way."""
    for magic, (name, program) in OTHERS.items():
        if start.startswith(magic):
            words = f"the file is compressed with {name}; pipe it in: {program} {file} | … -"
            raise ReadError(file, 1, 1, 0, "compression", words)


def inflate(raw: bytes, file: str = "-") -> Inflated:
    """The text of a file's bytes; they tell by themselves whether they are compressed.

    Raises
    ------
    ReadError
        If they are compressed in a way that is not read.
    """
    refuse_others(raw, file)
    if not raw.startswith(MAGIC):
        return Inflated(raw)
    texts: list[bytes] = []
    place, unended = 0, False

    def cut(kind: str) -> Inflated:
        return Inflated(b"".join(texts), Cut(kind, place))

    while place < len(raw):
        rest = raw[place : place + len(MAGIC)]
        if rest != MAGIC:
            if not raw[place:].strip(b"\0"):
                break
            return cut(GZIP_TRUNCATED if rest == MAGIC[:1] else GZIP_TRAILING)
        try:
            header = header_of(raw, place)
        except Damaged:
            return cut(GZIP_DATA)
        if header is None:
            return cut(GZIP_TRUNCATED)
        if header.block:
            end = place + header.block
            if end > len(raw):
                return cut(GZIP_TRUNCATED)
            text, used, whole = _deflated(raw[place + header.size : end - TRAILER])
            if not whole or place + header.size + used != end - TRAILER:
                return cut(GZIP_DATA)
            if not _fits(text, raw, end - TRAILER):
                return cut(GZIP_CHECKSUM)
            texts.append(text)
            place, unended = end, bool(text)
            continue
        text, used, whole = _deflated(raw[place + header.size :])
        texts.append(text)
        end = place + header.size + used
        if not whole:
            return cut(GZIP_TRUNCATED if end == len(raw) else GZIP_DATA)
        if end + TRAILER > len(raw):
            return cut(GZIP_TRUNCATED)
        if not _fits(text, raw, end):
            return cut(GZIP_CHECKSUM)
        place, unended = end + TRAILER, False
    return Inflated(b"".join(texts), None, unended)


def _deflated(data: bytes) -> tuple[bytes, int, bool]:
    """The text that can be inflated, the bytes that it took, and whether it is whole."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        text = inflater.decompress(data)
        return text, len(data) - len(inflater.unused_data), inflater.eof
    except zlib.error:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    parts = []
    for place in range(len(data)):
        try:
            parts.append(inflater.decompress(data[place : place + 1]))
        except zlib.error:
            return b"".join(parts), place, False
    raise AssertionError("a fault that is not found again")


def _fits(text: bytes, raw: bytes, place: int) -> bool:
    """Whether checksum and size at `place` are those of `text`."""
    return struct.unpack_from("<II", raw, place) == (zlib.crc32(text), len(text) & 0xFFFFFFFF)
