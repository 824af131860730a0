"""Inflating one member's data, so that a fault in it loses nothing that can be inflated.

ISA-L inflates two to three times as fast as zlib, but drops what it has of a piece in which it
meets a fault; the member is then read once more, by zlib. Of a pipe nothing can be read once more:
there zlib inflates, from whose last state the piece is taken up byte by byte.

ISA-L takes some tables of codes that zlib refuses. A file with one is damaged in any case, which
its checksum tells at the latest.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

from isal import isal_zlib

from tiltyard.pipelines.reads.inputs.blocks import FAULT
from tiltyard.pipelines.reads.inputs.compressed import PIECE, Compressed


class Faulty(ValueError):
    """The data cannot be inflated further; all text that can be was given."""


class Inflater(Protocol):
    """Inflates the data of one member."""

    @property
    def unused(self) -> bytes:
        """What came behind the data's end."""

    @property
    def ended(self) -> bool:
        """Whether the data's end was met."""

    def inflate(self, piece: bytes) -> Iterator[bytes]:
        """Text of a piece.

        Raises
        ------
        Faulty
            Behind the last text there is.
        """


class OfFile:
    """Inflates data that can be read once more."""

    def __init__(self, data: Compressed) -> None:
        self._data = data
        self._start = data.offset
        self._given = 0
        self._inflater = isal_zlib.decompressobj(-zlib.MAX_WBITS)

    @property
    def unused(self) -> bytes:
        return self._inflater.unused_data

    @property
    def ended(self) -> bool:
        return bool(self._inflater.eof)

    def inflate(self, piece: bytes) -> Iterator[bytes]:
        try:
            text = self._inflater.decompress(piece)
        except FAULT:
            yield from self._again()
            raise Faulty from None
        self._given += len(text)
        yield text

    def _again(self) -> Iterator[bytes]:
        """Text behind that which was given, by zlib from the beginning on."""
        inflater, place, seen = zlib.decompressobj(-zlib.MAX_WBITS), self._start, 0
        while piece := self._data.again(place, PIECE):
            place += len(piece)
            for text in _byte_by_byte(inflater, piece):
                seen += len(text)
                if seen > self._given:
                    yield text[self._given - seen :]
                    self._given = seen
            if inflater.eof:
                return


class OfPipe:
    """Inflates data that comes once."""

    def __init__(self, data: Compressed) -> None:
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)

    @property
    def unused(self) -> bytes:
        return self._inflater.unused_data

    @property
    def ended(self) -> bool:
        return self._inflater.eof

    def inflate(self, piece: bytes) -> Iterator[bytes]:
        before = self._inflater.copy()
        try:
            text = self._inflater.decompress(piece)
        except zlib.error:
            yield from _byte_by_byte(before, piece)
            raise Faulty from None
        yield text


def _byte_by_byte(inflater: zlib._Decompress, piece: bytes) -> Iterator[bytes]:
    """Text up to a fault, if there is one."""
    for place in range(len(piece)):
        try:
            yield inflater.decompress(piece[place : place + 1])
        except zlib.error:
            return


def inflater_of(data: Compressed) -> Inflater:
    """The inflater of data that begins where `data` is."""
    return OfFile(data) if data.seekable else OfPipe(data)
