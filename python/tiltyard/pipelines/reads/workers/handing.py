"""Values as other processes take them: arrays in shared memory, and what is said of them."""

from __future__ import annotations

import pickle
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.texts import SPARE
from tiltyard.pipelines.reads.workers.memory import Memory

#: Arrays begin at multiples of so many bytes. Behind each are `SPARE` bytes, so that compiled code
#: may look at as many at a time.
_ALIGNED = 64


class Place(NamedTuple):
    """Bytes of a memory."""

    start: int
    size: int

    @property
    def behind(self) -> int:
        """Where the next bytes may begin."""
        return -(-(self.start + self.size + SPARE) // _ALIGNED) * _ALIGNED


class Handed(NamedTuple):
    """A value in a memory: where its description is, and its arrays.

    Parameters
    ----------
    description : Place
        Of its pickle.
    arrays : tuple of Place
    size : int
        Bytes of the memory, which may have grown.
    """

    description: Place
    arrays: tuple[Place, ...]
    size: int

    @property
    def behind(self) -> int:
        """Where another value may begin."""
        return max(place.behind for place in (self.description, *self.arrays))


def hand(value: Any, memory: Memory, start: int = 0) -> Handed:
    """Put a value into a memory from `start` on; arrays that are in it already stay there."""
    buffers: list[pickle.PickleBuffer] = []
    description = pickle.dumps(value, 5, buffer_callback=buffers.append)
    places, new = [], []
    for part in [np.frombuffer(description, np.uint8), *map(_bytes_of, buffers)]:
        there = memory.place(part)
        place = Place(start if there is None else there, len(part))
        if there is None:
            new.append((place, part))
            start = place.behind
        places.append(place)
    memory.reserve(start)
    for place, part in new:
        memory.content[place.start : place.start + place.size] = part
    return Handed(places[0], tuple(places[1:]), memory.size)


def take(handed: Handed, memory: Memory, copied: bool = False) -> Any:
    """The value; its arrays are parts of the memory, unless they are to be copied."""
    memory.follow(handed.size)
    parts = [memory.content[place.start : place.start + place.size] for place in handed.arrays]
    if copied:
        parts = [_own(part) for part in parts]
    start, size = handed.description
    return pickle.loads(memory.content[start : start + size].data, buffers=parts)


def _bytes_of(buffer: pickle.PickleBuffer) -> NDArray[np.uint8]:
    return np.frombuffer(buffer.raw(), np.uint8)


def _own(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A copy, with spare bytes behind it."""
    own = np.empty(len(part) + SPARE, np.uint8)
    own[: len(part)] = part
    return own[: len(part)]
