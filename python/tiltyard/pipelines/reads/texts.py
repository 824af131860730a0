"""A column of byte strings in one buffer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Bytes that every buffer has behind its content: compiled code looks at as many at a time.
SPARE = 64
#: Bytes of a number of an array of starts or lengths.
WORD = 8


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

    Attributes
    ----------
    places : (int, int, int) or None
        Addresses of the three arrays, once they are known and compiled code may have them.
    known_extent : (int, int) or None
        `extent`, once it is known.
    """

    __slots__ = ("buffer", "known_extent", "lengths", "places", "roomy", "starts")

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
        self.places: tuple[int, int, int] | None = None
        self.known_extent: tuple[int, int] | None = None

    def __reduce__(self) -> tuple[type[Texts], tuple[Any, ...]]:
        return Texts, (self.buffer, self.starts, self.lengths, self.roomy)

    @classmethod
    def of(cls, content: Sequence[bytes]) -> Texts:
        """The column of `content`."""
        lengths = np.fromiter(map(len, content), np.int64, len(content))
        buffer = np.frombuffer(b"".join(content) + bytes(SPARE), np.uint8)
        return cls(buffer, starts_of(lengths), lengths, True)

    def __len__(self) -> int:
        return len(self.lengths)

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
        if rows.dtype == np.bool_:
            rows = np.flatnonzero(rows)
        found = Texts(self.buffer, self.starts.take(rows), self.lengths.take(rows), self.roomy)
        return self._with_extent_of(found)

    def part(self, rows: slice) -> Texts:
        """Strings that follow each other, in the same buffer."""
        found = Texts(self.buffer, self.starts[rows], self.lengths[rows], self.roomy)
        if self.places is not None and rows.step in (None, 1):
            buffer, starts, lengths = self.places
            before = WORD * rows.indices(len(self.starts))[0]
            found.places = (buffer, starts + before, lengths + before)
        return self._with_extent_of(found)

    def moved(self, buffer: NDArray[np.uint8], starts: NDArray[np.int64]) -> Texts:
        """Strings of the same lengths in another buffer, which has spare bytes."""
        found = Texts(buffer, starts, self.lengths, True)
        found.known_extent = self.known_extent
        return found

    def _with_extent_of(self, part: Texts) -> Texts:
        """A part of these, whose lengths are equal if all these are."""
        extent = self.known_extent
        if extent is not None and extent[0] == extent[1] and len(part.starts):
            part.known_extent = extent
        return part

    @property
    def parts(self) -> Sequence[Texts]:
        """Columns that have the strings one behind the other, each in a buffer."""
        return (self,)

    @property
    def extent(self) -> tuple[int, int]:
        """Least and most bytes of a string; 0 if there is none."""
        if self.known_extent is None:
            least, most = (self.lengths.min(), self.lengths.max()) if len(self) else (0, 0)
            self.known_extent = (int(least), int(most))
        return self.known_extent

    @property
    def size(self) -> int:
        """Bytes of all strings."""
        extent = self.known_extent
        if extent is not None and extent[0] == extent[1]:
            return len(self) * extent[0]
        return int(self.lengths.sum())

    @property
    def held(self) -> int:
        """Bytes of the buffers that these strings keep in memory."""
        return sum(part.buffer.nbytes for part in self.parts)

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


class Linked(Texts):
    """Strings of several columns behind each other, copied into one buffer when it is asked for.

    Most batches that reach over the border of two chunks are only encoded, part by part.

    Parameters
    ----------
    columns : sequence of Texts
        At least one.
    """

    __slots__ = ("_columns",)

    def __init__(self, columns: Sequence[Texts]) -> None:
        self._columns = tuple(part for column in columns for part in column.parts)
        self.known_extent = _common([part.known_extent for part in self._columns if len(part)])

    def __len__(self) -> int:
        return sum(map(len, self._columns)) if self._columns else len(self.starts)

    def __getattr__(self, name: str) -> Any:
        """What is put together when it is asked for first; all but lengths of copied strings."""
        if name == "lengths":
            self.lengths = np.concatenate([part.lengths for part in self._columns])
            return self.lengths
        if name not in ("buffer", "starts", "roomy", "places"):
            raise AttributeError(name)
        whole = joined(self._columns)
        self.places, self.roomy = None, True
        self.buffer, self.starts, self.lengths = whole.buffer, whole.starts, whole.lengths
        self._columns = ()
        return getattr(self, name)

    @property
    def parts(self) -> Sequence[Texts]:
        return self._columns or (self,)


def _common(extents: Sequence[tuple[int, int] | None]) -> tuple[int, int] | None:
    """Extent of strings together, if that of each part is known."""
    known = [extent for extent in extents if extent is not None]
    if len(known) < len(extents) or not known:
        return None
    return min(least for least, _ in known), max(most for _, most in known)


def starts_of(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each string begins if they stand behind each other."""
    starts = np.zeros(len(lengths), np.int64)
    np.cumsum(lengths[:-1], out=starts[1:])
    return starts


def joined(columns: Sequence[Texts]) -> Texts:
    """The strings of several columns, copied into one buffer."""
    from tiltyard.pipelines.reads.native.columns import gathered

    return gathered(columns)
