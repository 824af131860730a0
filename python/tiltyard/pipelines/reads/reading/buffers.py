"""Buffers that are used again as soon as nobody has anything in them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

#: References to a buffer that only the pool has: its list's, the loop's, and the call's.
_UNUSED = 3


class Buffers:
    """Arrays of one kind.

    A batch keeps its buffer from being used again for as long as it, or a part of it, is kept: so
    who reads batch after batch touches the same memory, and who keeps them loses nothing.

    Parameters
    ----------
    make : callable
        Makes an array for a number of entries.
    spare : int
        How many more entries it makes.
    most : int
        How many are kept for later.
    """

    def __init__(self, make: Callable[[int], NDArray[Any]], spare: int = 0, most: int = 8) -> None:
        self._make = make
        self._spare = spare
        self._most = most
        self._kept: list[NDArray[Any]] = []

    def take(self, size: int) -> NDArray[Any]:
        """An array for at least `size` entries, with any content."""
        for each in self._kept:
            if each.shape[-1] >= size + self._spare and sys.getrefcount(each) == _UNUSED:
                return each
        made = self._make(size)
        self._kept = [made, *self._kept[: self._most - 1]]
        return made
