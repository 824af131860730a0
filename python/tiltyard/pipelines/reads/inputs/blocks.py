"""Blocks of BGZF, inflated in groups: each whole, with its checksum compared."""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from isal import isal_zlib

from tiltyard.pipelines.reads.faults import GZIP_CHECKSUM, GZIP_DATA, Cut
from tiltyard.pipelines.reads.inputs.texts import Text
from tiltyard.pipelines.reads.rule.members import TRAILER

#: What the library raises; its stub says that this is an error, not a class of them.
FAULT: type[Exception] = isal_zlib.error  # type: ignore[assignment]
#: Compressed bytes of a group.
GROUP = 1 << 19


class Group(NamedTuple):
    """Blocks that follow each other.

    Parameters
    ----------
    data : bytes
        All of them.
    offset : int
        Byte of the file at which the first begins.
    blocks : list of (int, int, int)
        Where each begins in `data`, the size of its header, and where it ends.
    """

    data: bytes
    offset: int
    blocks: list[tuple[int, int, int]]


def inflate_group(group: Group) -> Text:
    """Text of all blocks before the first damaged one."""
    view, unended = memoryview(group.data), False
    pieces: list[bytes] = []
    for start, header, end in group.blocks:
        text = _inflated(view[start + header : end - TRAILER])
        if text is None:
            return Text(pieces, Cut(GZIP_DATA, group.offset + start))
        if (isal_zlib.crc32(text), len(text)) != struct.unpack_from("<II", view, end - TRAILER):
            return Text(pieces, Cut(GZIP_CHECKSUM, group.offset + start))
        pieces.append(text)
        unended = bool(text)
    return Text(pieces, None, unended)


def _inflated(data: memoryview) -> bytes | None:
    """Text of a block; None if its data is damaged, or something follows it."""
    inflater = isal_zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        text: bytes = inflater.decompress(data)
    except FAULT:
        return None
    return text if inflater.eof and not inflater.unused_data else None
