"""Inflated text on its way to who reads it, and the memory that it is in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.buffers import Buffers
from tiltyard.pipelines.reads.faults import Cut
from tiltyard.pipelines.reads.texts import buffer_of

#: Bytes before a text in a buffer of its own, for the beginning of its first record, which the text
#: before it has. Longer ones are copied, with the text.
FRONT = 1 << 16
#: Bytes of text that one thread inflates for another at a time: so many that few of what it writes
#: to are still in the other's cache, where writing takes longer.
TEXT = 1 << 22
#: Buffers that are kept for later, more than wait for who reads them.
_KEPT = 16


class Text(NamedTuple):
    """Text of a group of blocks, or of a piece of a member.

    Parameters
    ----------
    pieces : sequence of bytes or memoryview
    cut : Cut or None
        The fault behind them.
    unended : bool
        Whether the last block has text: it does not end a file.
    buffer : (bytes,) uint8 or None
        The memory that the only piece is in, from `FRONT` on.
    placed : bool
        Whether the only piece is where whoever reads has room for text.
    """

    pieces: Sequence[bytes | memoryview]
    cut: Cut | None = None
    unended: bool = False
    buffer: NDArray[np.uint8] | None = None
    placed: bool = False


#: Function that gives memory for a text, and the buffer that it is in if that is the text's own.
Room = Callable[[], tuple[memoryview, NDArray[np.uint8] | None]]


class Rooms:
    """Buffers for texts, each of which is used again when nobody keeps a part of it.

    Threads may take from the same ones.
    """

    def __init__(self) -> None:
        self._buffers = Buffers(buffer_of, most=_KEPT)

    def take(self, size: int) -> NDArray[np.uint8]:
        """A buffer with room for so many bytes of text behind `FRONT`."""
        return self._buffers.take(FRONT + size)

    def together(self, text: Text) -> Text:
        """The text with its pieces behind each other in a buffer."""
        size = sum(map(len, text.pieces))
        buffer = self.take(size)
        view, place = buffer.data, FRONT
        for piece in text.pieces:
            view[place : place + len(piece)] = piece
            place += len(piece)
        return text._replace(pieces=[view[FRONT:place]], buffer=buffer)


def own_room(most: int = TEXT) -> Room:
    """Room for so many bytes at a time, in buffers that are used again if they are not kept."""
    rooms = Rooms()

    def room() -> tuple[memoryview, NDArray[np.uint8] | None]:
        buffer = rooms.take(most)
        return buffer.data[FRONT : FRONT + most], buffer

    return room
