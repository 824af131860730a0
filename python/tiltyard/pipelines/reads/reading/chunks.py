"""Text of a source in a buffer that moves on through the file."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.buffers import Buffers
from tiltyard.pipelines.reads.faults import Cut
from tiltyard.pipelines.reads.inputs.sources import Source
from tiltyard.pipelines.reads.native.columns import address
from tiltyard.pipelines.reads.texts import SPARE, buffer_of

#: Bytes of text that are looked through at once. What Python does for each chunk costs more than
#: chunks that fit no core's own cache: with a quarter as many bytes all takes a fifth more time.
CHUNK = 1 << 22
#: The same where each is a task of a worker: a file of some megabytes then has work for several.
SHARED = 1 << 20
#: Text is read to where a page of memory begins: a kernel's copy to some bytes behind that may take
#: several times as long.
PAGE = 4096
#: Most buffers that are kept for later: a batch of long reads is in as many. Bytes of which they
#: are made: numpy asks for large pages where an array has 4 MB, and a batch of long reads is of
#: tens of thousands of small ones, each of which takes microseconds.
_BUFFERS, _SLAB = 128, 1 << 25
#: Bytes of a line that a message may show, and some more.
SHOWN = 64
_BLANK_LINES = re.compile(rb"(?:\r?\n)*")


class Chunks:
    """The text at hand: what was read and not used.

    Parameters
    ----------
    source : Source
    size : int
        Bytes of text that are read at once, at least 1; buffers grow to the largest record.

    Attributes
    ----------
    final : bool
        Whether the text ends behind what is at hand.
    base : int
        Bytes of text before what is at hand.
    """

    def __init__(self, source: Source, size: int = CHUNK) -> None:
        self.source = source
        self.final = False
        self.base = 0
        self._size = size
        self._buffers = Buffers(buffer_of, SPARE, _BUFFERS, slab=_SLAB)
        self._buffer = self._buffers.take(size)
        self._place = 0
        self._filled = 0

    @property
    def cut(self) -> Cut | None:
        """The fault that ended the text, once that is known."""
        return self.source.cut if self.final else None

    def __len__(self) -> int:
        return self._filled - self._place

    @property
    def view(self) -> NDArray[np.uint8]:
        """What is at hand, with `SPARE` more bytes at least."""
        return self._buffer[self._place :]

    def bytes(self, most: int | None = None) -> bytes:
        """A copy of what is at hand, or of its beginning."""
        end = self._filled if most is None else min(self._filled, self._place + most)
        return self._buffer[self._place : end].tobytes()

    def use(self, size: int) -> None:
        """Go on behind the first bytes at hand."""
        self._place += size
        self.base += size

    def more(self) -> None:
        """Read on, or learn that there is no more."""
        left = len(self)
        if (taken := self.source.take(left)) is not None:
            buffer, begin, end = taken
            buffer[begin - left : begin] = self._buffer[self._place : self._filled]
            self._buffer, self._place, self._filled = buffer, begin - left, end
            return
        capacity = self._size if 2 * left <= self._size else 2 * left + self._size
        buffer = self._buffers.take(capacity + PAGE)
        begin = left + -(address(buffer) + left) % PAGE
        buffer[begin - left : begin] = self._buffer[self._place : self._filled]
        self._buffer, self._place, self._filled = buffer, begin - left, begin
        view = buffer.data
        enough, end = begin + max((capacity - left) // 2, 1), begin + capacity - left
        while self._filled < enough:
            got = self.source.fill(view[self._filled : end])
            if not got:
                self.final = True
                return
            self._filled += got

    @property
    def shows_line(self) -> bool:
        """Whether as much of the first line is at hand as a message may show."""
        return len(self) >= SHOWN or b"\n" in self.bytes(SHOWN)

    def blank(self) -> int | None:
        """Bytes of the blank lines at the beginning; None if all that is at hand is blank."""
        text = self.bytes()
        found = _BLANK_LINES.match(text)
        assert found is not None  # it matches nothing, too
        return None if text[found.end() :] in (b"", b"\r") else found.end()
