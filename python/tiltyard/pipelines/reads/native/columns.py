"""Columns of strings as compiled code takes them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.native.loading import load
from tiltyard.pipelines.reads.texts import SPARE, Texts, buffer_of, starts_of

#: Address of the text, of starts, of lengths, and how many there are.
Given = tuple[int, int, int, int]


def address(array: NDArray[Any]) -> int:
    """Where an array's content begins; keep the array as long as it is used."""
    found: int = array.__array_interface__["data"][0]
    return found


class Column:
    """Strings whose buffer may be looked at 64 bytes at a time.

    Keep it as long as compiled code has its addresses.
    """

    def __init__(self, texts: Texts) -> None:
        self._texts = texts if _roomy(texts) else _copied(texts)
        self.starts = np.ascontiguousarray(self._texts.starts, np.int64)
        self.lengths = np.ascontiguousarray(self._texts.lengths, np.int64)

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def given(self) -> Given:
        """What a compiled function is given first."""
        return (
            address(self._texts.buffer),
            address(self.starts),
            address(self.lengths),
            len(self.starts),
        )

    @property
    def size(self) -> int:
        """Bytes of all strings."""
        return int(self.lengths.sum())


def _roomy(texts: Texts) -> bool:
    """Whether there are spare bytes behind the last string."""
    if texts.roomy:
        return True
    if not texts.buffer.flags.c_contiguous:
        return False
    end = int((texts.starts + texts.lengths).max(initial=0))
    return end + SPARE <= len(texts.buffer)


def _copied(texts: Texts) -> Texts:
    """The strings in a buffer with spare bytes behind them."""
    buffer = np.zeros(len(texts.buffer) + SPARE, np.uint8)
    buffer[: len(texts.buffer)] = texts.buffer
    return Texts(buffer, texts.starts, texts.lengths, True)


def new_texts(lengths: NDArray[np.int64]) -> Texts:
    """Strings behind each other, with any content."""
    return Texts(buffer_of(int(lengths.sum())), starts_of(lengths), lengths, True)


def gather(texts: Texts, buffer: NDArray[np.uint8], place: int) -> int:
    """Copy strings behind each other into a buffer with spare bytes; returns how many bytes."""
    column = Column(texts)
    load("gather")(*column.given, address(buffer) + place)
    return column.size
