"""BGZF: gzip in blocks that can be inflated in threads, and found by an index.

Source: Sequence Alignment/Map Format Specification, section 4.1.
"""

from __future__ import annotations

import struct
import zlib
from collections import deque
from typing import IO, TYPE_CHECKING

from isal import isal_zlib

if TYPE_CHECKING:
    from tiltyard.pipelines.reads.parallel import Awaited, Pool

#: Bytes of text in a block; compressed or not, it fits.
BLOCK = 0xFF00
#: The block that ends a file.
END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_HEADER = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0"
_LEVEL = 2
#: Blocks that may wait for threads that compress them: those of two chunks of reads.
_AHEAD = 32
#: Bytes of a block that are not data.
_AROUND = len(_HEADER) + 2 + 8


def block_of(text: bytes | memoryview) -> bytes:
    """A block of at most `BLOCK` bytes of text."""
    packer = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, -zlib.MAX_WBITS)
    data = packer.compress(text) + packer.flush()
    if len(data) + _AROUND > 1 << 16:  # text that cannot be compressed is stored
        data = struct.pack("<BHH", 1, len(text), len(text) ^ 0xFFFF) + bytes(text)
    size = struct.pack("<H", len(data) + _AROUND - 1)
    return _HEADER + size + data + struct.pack("<II", isal_zlib.crc32(text), len(text))


class Writer:
    """Writes text as BGZF.

    Parameters
    ----------
    file : binary file
    pool : Pool or None
        Threads that compress blocks; they are written in their order.
    """

    def __init__(self, file: IO[bytes], pool: Pool | None = None) -> None:
        self._file = file
        self._pool = pool
        self._waiting: deque[Awaited] = deque()
        self._rest = b""

    def write(self, text: memoryview) -> None:
        """Write text; what fills no block waits."""
        content = memoryview(self._rest + bytes(text)) if self._rest else text
        whole = len(content) - len(content) % BLOCK
        for place in range(0, whole, BLOCK):
            self._put(content[place : place + BLOCK])
        self._rest = bytes(content[whole:])

    def close(self) -> None:
        """Write what waits, and the last block."""
        if self._rest:
            self._put(self._rest)
        self._settle(0)
        self._file.write(END)

    def _put(self, text: bytes | memoryview) -> None:
        if self._pool is None:
            self._file.write(block_of(text))
        else:
            self._waiting.append(self._pool.submit(block_of, bytes(text)))
            self._settle(_AHEAD)

    def _settle(self, most: int) -> None:
        """Write blocks until at most so many wait."""
        while len(self._waiting) > most:
            self._file.write(self._waiting.popleft().result())
