"""Inflating one member straight into buffers, for as long as nothing is wrong with it.

ISA-L's reader of files writes where it is told, which takes a fifth less time than text that grows
while it is inflated. But it goes on with what is behind a member by itself, and takes there what
the rule refuses. So it reads a file that seems to end wherever another member may begin.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import BinaryIO, cast

import numpy as np
from isal import isal_zlib

from tiltyard.pipelines.reads.inputs.blocks import FAULT
from tiltyard.pipelines.reads.inputs.compressed import PIECE, Compressed
from tiltyard.pipelines.reads.inputs.texts import Room, Text
from tiltyard.pipelines.reads.native.columns import address
from tiltyard.pipelines.reads.native.loading import load
from tiltyard.pipelines.reads.rule.members import DEFLATE, MAGIC

#: How a member that may be inflated begins.
_START = MAGIC + bytes([DEFLATE])
#: Bytes of the size in a trailer; text that is longer has what is left of it, divided by `_SIZES`.
_SIZE, _SIZES = 4, 1 << 32
#: Bytes in which a size is found that has less than four zeros behind it.
_LAST = 2 * _SIZE - 1


class Doubt(ValueError):
    """Whether the member is whole cannot be told, or it is not; what was given is right."""


class _UpToNext(io.RawIOBase):
    """The bytes of a file from where a member begins up to where the next one does.

    The next one begins with `_START`, and before it stands the size of the text, which is then
    known up to what the reader has room for.

    Attributes
    ----------
    given, room : int
        Bytes of text that were given, and how many more the reader may write.
    size : int or None
        The size that was found before where the next member begins.
    """

    def __init__(self, data: Compressed) -> None:
        super().__init__()
        self._data = data
        self._last = b""  # what was read last
        self.given = 0
        self.room = 0
        self.size: int | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read on, up to where another member may begin; 0 where one does, and at the end.

        Raises
        ------
        Doubt
            If there are zeros before it, which the reader takes for the space between members.
        """
        size = 0
        while size < len(_START) and (more := self._data.fill(buffer[size:])):
            size += more
        read = buffer[:size]
        end = 0 if read[: len(_START)] == _START and self._ended() else _end(read)
        if end < size:
            self._data.put_back(bytes(read[end:]))
        self._last = (self._last + bytes(read[max(end - _LAST, 0) : end]))[-_LAST:]
        return end

    def _ended(self) -> bool:
        """Whether what was read last is the size of the member's text, with no zeros behind it."""
        last = self._last
        if len(last) < _SIZE:
            return False
        zeros = len(last) - len(last.rstrip(b"\0"))
        if zeros >= _SIZE:
            raise Doubt
        for padding in range(zeros + 1):
            (size,) = struct.unpack_from("<I", last, max(len(last) - _SIZE - padding, 0))
            if (size - self.given) % _SIZES <= self.room:
                if padding:
                    raise Doubt
                self.size = size
                return True
        return False


def _end(read: memoryview) -> int:
    """Where in what was read another member may begin, behind its first byte."""
    if len(read) < len(_START):
        return len(read)  # the file ends with it
    end = load("find_member")(address(np.frombuffer(read, np.uint8)), 1, len(read))
    if end == len(read):
        end -= next((size for size in (2, 1) if read[-size:] == _START[:size]), 0)
    return end


def texts_of(data: Compressed, room: Room) -> Iterator[Text]:
    """Text of the member that begins where `data` is, which then is behind it.

    Parameters
    ----------
    data : Compressed
    room : callable
        Gives the memory that a text is written to, whenever one is asked for.

    Raises
    ------
    Doubt
        Behind the last text there is.
    """
    file = _UpToNext(data)
    reader = isal_zlib._GzipReader(cast(BinaryIO, file), PIECE)
    while True:
        view, buffer = room()
        file.room = len(view)
        try:
            size = reader.readinto(view)
        except (EOFError, OSError, FAULT) as error:
            raise Doubt from error
        if not size:
            break
        file.given += size
        yield Text([view[:size]], buffer=buffer, placed=buffer is None)
    if file.size not in (None, file.given % _SIZES):
        raise Doubt
