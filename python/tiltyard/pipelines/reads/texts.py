"""A column of byte strings in one buffer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

#: Bytes that every buffer has behind its content: compiled code looks at as many at a time.
SPARE = 64


def buffer_of(size: int) -> NDArray[np.uint8]:
    """An empty buffer for `size` bytes."""
    return np.empty(size + SPARE, np.uint8)


class Texts:
    """Byte strings, each a part of a buffer.

    Parameters
    ----------
    buffer : (bytes,) uint8
    starts, lengths : (n,) int64
        Where each begins, and how long it is.
    roomy : bool
        Whether the buffer is known to have `SPARE` bytes behind the last string.
    """

    __slots__ = ("buffer", "lengths", "roomy", "starts")

    def __init__(
        self,
        buffer: NDArray[np.uint8],
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
        roomy: bool = False,
    ) -> None:
        self.buffer = buffer
        self.starts = starts
        self.lengths = lengths
        self.roomy = roomy

    @classmethod
    def of(cls, content: Sequence[bytes]) -> Texts:
        """The column of `content`."""
        lengths = np.fromiter(map(len, content), np.int64, len(content))
        buffer = np.frombuffer(b"".join(content) + bytes(SPARE), np.uint8)
        return cls(buffer, starts_of(lengths), lengths, True)

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, row: int) -> bytes:
        start = int(self.starts[row])
        return self.buffer[start : start + int(self.lengths[row])].tobytes()

    def __iter__(self) -> Iterator[bytes]:
        content = self.buffer.data
        for start, length in zip(self.starts.tolist(), self.lengths.tolist(), strict=True):
            yield bytes(content[start : start + length])

    def tolist(self) -> list[bytes]:
        """The strings."""
        return list(self)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Texts:
        """Some of the strings, in the same buffer."""
        return Texts(self.buffer, self.starts[rows], self.lengths[rows], self.roomy)

    def part(self, rows: slice) -> Texts:
        """Strings that follow each other, in the same buffer."""
        return Texts(self.buffer, self.starts[rows], self.lengths[rows], self.roomy)

    @property
    def size(self) -> int:
        """Bytes of all strings."""
        return int(self.lengths.sum())

    def flat(self) -> NDArray[np.uint8]:
        """All strings behind each other, a copy."""
        if len(self) == 0:
            return np.empty(0, np.uint8)
        places = np.arange(self.size) + np.repeat(
            self.starts - starts_of(self.lengths), self.lengths
        )
        return self.buffer[places]

    def contiguous(self) -> Texts:
        """A copy whose buffer has the strings behind each other, and nothing else."""
        return joined([self])


def starts_of(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each string begins if they stand behind each other."""
    starts = np.zeros(len(lengths), np.int64)
    np.cumsum(lengths[:-1], out=starts[1:])
    return starts


def joined(columns: Sequence[Texts]) -> Texts:
    """The strings of several columns, copied into one buffer."""
    from tiltyard.pipelines.reads.native.columns import gathered

    return gathered(columns)
