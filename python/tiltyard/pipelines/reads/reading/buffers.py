"""Buffers that are used again as soon as nobody has anything in them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def _references(arrays: list[NDArray[Any]]) -> list[int]:
    """How many references there are to each array, with those that counting them takes."""
    return [sys.getrefcount(each) for each in arrays]


#: References to an array that only a list has; versions of Python differ in what counting takes.
_UNUSED = _references([np.empty(0)])[0]


def unused(arrays: list[NDArray[Any]]) -> list[bool]:
    """For each array that only this list has, whether nobody keeps a part of it."""
    return [references == _UNUSED for references in _references(arrays)]


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
    """

    def __init__(
        self,
        make: Callable[[int], NDArray[Any]],
        spare: int = 0,
        most: int = 8,
        largest: int | None = None,
    ) -> None:
        self._make = make
        self._spare = spare
        self._most = most
        self._largest = largest
        self._kept: list[NDArray[Any]] = []
        self._lock = threading.Lock()

    def take(self, size: int) -> NDArray[Any]:
        """An array for at least `size` entries, with any content."""
        if self._largest is not None and size > self._largest:
            return self._make(size)
        with self._lock:
            for number, free in enumerate(unused(self._kept)):
                if free and self._kept[number].shape[-1] >= size + self._spare:
                    return self._kept[number]
            made = self._make(size)
            self._kept = [made, *self._kept[: self._most - 1]]
        return made
