"""Columns of strings as compiled code takes them."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.native.loading import load
from tiltyard.pipelines.reads.texts import SPARE, Texts, buffer_of, starts_of

#: Address of the text, of starts, of lengths, and how many there are.
Given = tuple[int, int, int, int]
_BYTE = ctypes.c_char


def address(array: NDArray[Any]) -> int:
    """Where an array's content begins; keep the array as long as it is used."""
    try:
        return ctypes.addressof(_BYTE.from_buffer(array.data))
    except (TypeError, ValueError):  # it is read-only, or empty
        return array.ctypes.data


class Column:
    """Strings whose buffer may be looked at 64 bytes at a time.

    Keep it as long as compiled code has its addresses.

    Attributes
    ----------
    starts, lengths : (n,) int64
        Behind each other in memory.
    given : tuple of int
        What a compiled function is given first.
    """

    __slots__ = ("_texts", "given", "lengths", "starts")

    def __init__(self, texts: Texts) -> None:
        self.given: Given
        if texts.places is not None:
            self._texts, self.starts, self.lengths = texts, texts.starts, texts.lengths
            self.given = (*texts.places, len(texts))
            return
        self._texts = texts if _roomy(texts) else _copied(texts)
        self.starts = np.ascontiguousarray(self._texts.starts, np.int64)
        self.lengths = np.ascontiguousarray(self._texts.lengths, np.int64)
        places = (address(self._texts.buffer), address(self.starts), address(self.lengths))
        self.given = (*places, len(self.starts))
        if self._texts is texts and self.starts is texts.starts and self.lengths is texts.lengths:
            texts.places = places

    def __len__(self) -> int:
        return len(self.starts)

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


def each(name: str, texts: Texts, *values: int) -> NDArray[np.int64]:
    """A number for each string, by the compiled function `name`."""
    column, found = Column(texts), np.empty(len(texts), np.int64)
    load(name)(*column.given, *values, address(found))
    return found


def new_texts(lengths: NDArray[np.int64]) -> Texts:
    """Strings behind each other, with any content."""
    return Texts(buffer_of(int(lengths.sum())), starts_of(lengths), lengths, True)


def gathered(texts: Sequence[Texts]) -> Texts:
    """The strings of several columns, copied behind each other."""
    columns = [Column(each) for each in texts]  # they own what the addresses are of
    places = [each.starts + each.given[0] for each in columns]
    if len(columns) == 1:
        (addresses,), lengths = places, columns[0].lengths
    else:
        addresses = np.concatenate(places)
        lengths = np.concatenate([each.lengths for each in columns])
    return copied(addresses, lengths)


def copied(addresses: NDArray[np.int64], lengths: NDArray[np.int64]) -> Texts:
    """Strings at addresses with spare bytes, copied behind each other."""
    found = new_texts(lengths)
    load("gather")(0, address(addresses), address(lengths), len(lengths), address(found.buffer))
    return found
