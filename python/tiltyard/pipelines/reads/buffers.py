"""Buffers that are used again as soon as nobody has anything in them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def _references(arrays: list[NDArray[Any]], place: int) -> int:
    """How many references there are to an array, with those that counting them takes."""
    return sys.getrefcount(arrays[place])


#: References to an array that only a list has; versions of Python differ in what counting takes.
_UNUSED = _references([np.empty(0)], 0)
#: Bytes of a line of a cache.
_LINE = 64
#: Once an array of so many bytes was freed, glibc's malloc keeps as many for later, and twice of
#: them at the end of its memory (see "dynamic mmap threshold" in mallopt(3)). Else it gives memory
#: back with each batch, and gets it again page by page, which was a fifth of reading BGZF.
_KEPT_BY_MALLOC = 1 << 24
np.empty(_KEPT_BY_MALLOC, np.uint8)


def unused(arrays: list[NDArray[Any]]) -> list[bool]:
    """For each array that only this list has, whether nobody keeps a part of it."""
    return [_references(arrays, place) == _UNUSED for place in range(len(arrays))]


def parts_of(whole: NDArray[np.uint8], count: int) -> list[NDArray[np.uint8]]:
    """Equal parts of an array; who has a part of one keeps no other from being used again."""
    size, content = len(whole) // count, whole.data
    return [
        np.frombuffer(content[first : first + size], np.uint8)
        for first in range(0, count * size, size)
    ]


def aligned(size: int) -> NDArray[np.uint8]:
    """An empty array that begins where a line of a cache does: vectors then cross none."""
    whole = np.empty(size + _LINE, np.uint8)
    first = -whole.ctypes.data % _LINE
    # Of a memoryview: a part of a part would be one of `whole`, and keep nothing else from being
    # used again.
    return np.frombuffer(whole.data[first : first + size], np.uint8)


class Buffers:
    """Arrays of one kind.

    A batch keeps its buffer from being used again for as long as it, or a part of it, is kept: so
    who reads batch after batch touches the same memory, and who keeps them loses nothing. Threads
    may take from the same buffers.

    Parameters
    ----------
    make : callable
        Makes an array for a number of entries.
    spare : int
        How many more entries it makes.
    most : int
        How many are kept for later.
    largest : int or None
        Entries above which an array is not kept.
    slab : int
        Bytes that are made at once, as parts of one array, where a part has at most half of them.
    """

    def __init__(
        self,
        make: Callable[[int], NDArray[Any]],
        spare: int = 0,
        most: int = 8,
        largest: int | None = None,
        slab: int = 0,
    ) -> None:
        self._make = make
        self._spare = spare
        self._most = most
        self._largest = largest
        self._slab = slab
        self._kept: list[NDArray[Any]] = []
        self._lock = threading.Lock()

    def take(self, size: int) -> NDArray[Any]:
        """An array for at least `size` entries, with any content."""
        if self._largest is not None and size > self._largest:
            return self._make(size)
        with self._lock:
            kept = self._kept
            for place in range(len(kept)):
                large = kept[place].shape[-1] >= size + self._spare
                if large and _references(kept, place) == _UNUSED:
                    return kept[place]
            made = self._made(size)
            self._kept = [*made, *self._kept][: self._most]
            return made[0]

    def _made(self, size: int) -> list[NDArray[Any]]:
        """New arrays for at least `size` entries."""
        first = self._make(size)
        count = min(self._slab // first.nbytes, self._most)
        return parts_of(self._make(count * first.size), count) if count > 1 else [first]
