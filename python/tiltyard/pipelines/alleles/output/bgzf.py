"""Blocked gzip, which htslib's programs index: every block a gzip member that knows its size."""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

from tiltyard.pipelines.alleles.inputs.bgzf import END

#: Bytes of text in a block, as bgzip has it: the block fits into 64 kB in any case.
BLOCK = 65280
#: Of gzip, with one extra field of two bytes, called BC: the size of the block less one.
_HEAD = struct.Struct("<4BIBBH2sHH")
_TAIL = struct.Struct("<2I")


class BgzfWriter:
    """Writes text to a binary file in blocks; the same text gives the same bytes.

    Parameters
    ----------
    file : binary file
        Stays open when this is closed.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._rest = b""

    def write(self, text: bytes) -> None:
        """Write `text`, but for what does not fill a block yet."""
        self._rest += text
        whole = len(self._rest) - len(self._rest) % BLOCK
        for start in range(0, whole, BLOCK):
            self._file.write(block(self._rest[start : start + BLOCK]))
        self._rest = self._rest[whole:]

    def close(self) -> None:
        """Write the rest, and the mark of the end."""
        if self._rest:
            self._file.write(block(self._rest))
            self._rest = b""
        self._file.write(END)


def block(text: bytes) -> bytes:
    """One block of at most `BLOCK` bytes of text (SAM specification, section 4.1)."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    body = deflate.compress(text) + deflate.flush()
    size = _HEAD.size + len(body) + _TAIL.size
    if size > 1 << 16:  # what cannot be compressed is stored
        deflate = zlib.compressobj(0, zlib.DEFLATED, -15)
        body = deflate.compress(text) + deflate.flush()
        size = _HEAD.size + len(body) + _TAIL.size
    head = _HEAD.pack(31, 139, 8, 4, 0, 0, 255, 6, b"BC", 2, size - 1)
    return head + body + _TAIL.pack(zlib.crc32(text), len(text))
