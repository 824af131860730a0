"""Memory that processes share. It has no name, so that nothing of it can be left behind."""

from __future__ import annotations

import mmap
import os
import sys
import tempfile

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.buffers import unused

#: Memory grows by whole steps of so many bytes.
_STEP = 1 << 20


def new_file() -> int:
    """Descriptor of an empty file in memory that no folder has; where there are none, on a disk."""
    create = getattr(os, "memfd_create", None)  # Linux has it
    if create is not None:
        return int(create("tiltyard-reads"))
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _mapped(descriptor: int, size: int) -> mmap.mmap:
    if sys.version_info >= (3, 13):  # before, each mapping has a descriptor of its own
        return mmap.mmap(descriptor, size, trackfd=False)
    return mmap.mmap(descriptor, size)


class Memory:
    """One file without a name, as an array that all who have its descriptor share.

    Parameters
    ----------
    descriptor : int
        Is owned by this object.

    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        #: What is there now, behind what was before it grew, of which parts may still be kept.
        self._contents = [np.empty(0, np.uint8)]

    @property
    def content(self) -> NDArray[np.uint8]:
        """All bytes."""
        return self._contents[-1]

    @property
    def size(self) -> int:
        """Bytes that there are."""
        return len(self._contents[-1])

    def reserve(self, size: int) -> None:
        """Make it at least `size` bytes, for all who share it; what is there stays."""
        if size > self.size:
            size = -(-size // _STEP) * _STEP
            os.ftruncate(self.descriptor, size)
            self.follow(size)

    def follow(self, size: int) -> None:
        """See all of what another process has made `size` bytes."""
        if size > self.size:
            self._contents.append(np.frombuffer(_mapped(self.descriptor, size), np.uint8))

    def place(self, part: NDArray[np.uint8]) -> int | None:
        """Where bytes that are in this memory begin in it; None if they are elsewhere."""
        start = part.ctypes.data
        for each in self._contents:
            first = each.ctypes.data
            if len(part) and first <= start and start + len(part) <= first + len(each):
                return start - first
        return None

    def let_go(self) -> bool:
        """Whether nobody keeps a part of it; what it was before it grew is then given up."""
        free = unused(self._contents)
        last = len(self._contents) - 1
        self._contents = [
            each for place, each in enumerate(self._contents) if place == last or not free[place]
        ]
        return all(free)

    def close(self) -> None:
        """Give it up; parts that are kept stay."""
        os.close(self.descriptor)
        self._contents = [np.empty(0, np.uint8)]
