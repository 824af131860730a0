"""Compressed bytes of a file, some of them at a time."""

from __future__ import annotations

import io
import os

#: Compressed bytes that are read at once: pieces of half a megabyte inflate half as fast.
PIECE = 1 << 17


class Compressed:
    """Bytes of a file that were read and not yet used.

    Parameters
    ----------
    stream : raw binary stream
    start : bytes
        Its first bytes, which were read before.
    """

    def __init__(self, stream: io.RawIOBase, start: bytes) -> None:
        self._stream = stream
        self._data = start
        self._place = 0
        self._base = 0
        self.seekable = stream.seekable()

    @property
    def rest(self) -> bytes:
        """What was read and not used."""
        if self._place:
            self._base += self._place
            self._data = self._data[self._place :]
            self._place = 0
        return self._data

    @property
    def offset(self) -> int:
        """Byte of the file at which `rest` begins."""
        return self._base + self._place

    def skip(self, size: int) -> None:
        """Use the first bytes of `rest`."""
        self._place += size

    def back(self, offset: int) -> None:
        """Go back to a byte of a seekable file that was read before."""
        self._stream.seek(offset)
        self._data, self._place, self._base = b"", 0, offset

    def fill(self, view: memoryview) -> int:
        """Use bytes that follow, written to `view`: how many; 0 at the end of the file."""
        rest = self.rest
        if not rest:
            size = self._stream.readinto(view) or 0
            self._base += size
            return size
        size = min(len(rest), len(view))
        view[:size] = rest[:size]
        self.skip(size)
        return size

    def put_back(self, content: bytes) -> None:
        """Bytes that were used last are there once more."""
        self._data = content + self.rest
        self._base -= len(content)

    def more(self) -> bool:
        """Read on; False at the end of the file."""
        piece = self._stream.read(PIECE)
        if not piece:
            return False
        self._data = self.rest + piece
        return True

    def has(self, size: int) -> bool:
        """Read on until `rest` has `size` bytes; False if the file ends before."""
        while len(self.rest) < size:
            if not self.more():
                return False
        return True

    def again(self, offset: int, size: int) -> bytes:
        """Bytes of a seekable file that were read before."""
        return os.pread(self._stream.fileno(), size, offset)
