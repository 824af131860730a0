"""A raw little-endian matrix, a row per spot, read and written by its rows.

``pread`` and ``pwrite`` stand where a map would be easier: pages of a map count as memory of the
process, and a map of a file on a full disk ends it by a signal.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.faults import SpaceError


class RowFile:
    """An open file of `count` rows of `width` numbers.

    Parameters
    ----------
    path : path
    kind : dtype
    count, width : int
    writable : bool
        Whether it may be written, and is made if it is not there.
    """

    def __init__(
        self, path: Path, kind: np.dtype[Any], count: int, width: int, *, writable: bool = False
    ) -> None:
        self.path, self.kind, self.count, self.width = path, kind, count, width
        flags = os.O_RDWR | os.O_CREAT if writable else os.O_RDONLY
        self._file = os.open(path, flags, 0o644)

    @property
    def row_bytes(self) -> int:
        """Bytes of a row."""
        return self.width * self.kind.itemsize

    @property
    def size(self) -> int:
        """Bytes of the whole."""
        return self.count * self.row_bytes

    def reserve(self) -> None:
        """Take the room on the disk that the whole needs.

        Raises
        ------
        SpaceError
            If the disk has too little.
        """
        try:
            os.posix_fallocate(self._file, 0, max(self.size, 1))
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise SpaceError(
                f"{self.path}: {self.size:,} bytes are needed: {error.strerror}; name a folder of "
                "another disk, or make room"
            ) from None
        os.ftruncate(self._file, self.size)

    def read(self, rows: NDArray[np.int64], out: NDArray[Any]) -> None:
        """Fill `out`, (len(rows), width), with rows, which are ascending and different."""
        for first, last in runs(rows):
            self._read(int(rows[first]), out[first:last])

    def _read(self, row: int, out: NDArray[Any]) -> None:
        view, place = _bytes(out), row * self.row_bytes
        while len(view):
            done = os.preadv(self._file, [view], place)
            if done == 0:
                raise OSError(f"{self.path} ends before row {row:,}; write it anew")
            view, place = view[done:], place + done

    def write(self, rows: NDArray[np.int64], values: NDArray[Any]) -> None:
        """Write rows, in any order."""
        order = np.argsort(rows, kind="stable")
        ascending = rows[order]
        for first, last in runs(ascending):
            run = order[first:last]
            block = values[run[0] : run[-1] + 1] if _adjacent(run) else values[run]
            self._write(int(ascending[first]), block)

    def _write(self, row: int, block: NDArray[Any]) -> None:
        view, place = (
            _bytes(np.ascontiguousarray(block)),
            row * self.row_bytes,
        )
        while len(view):
            done = os.pwrite(self._file, view, place)
            view, place = view[done:], place + done

    def sync(self) -> None:
        """Wait until the disk has all that was written."""
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def __enter__(self) -> RowFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def runs(rows: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Places where runs of consecutive ascending rows begin and end."""
    if not len(rows):
        return
    bounds = np.flatnonzero(np.diff(rows) != 1) + 1
    starts = [0, *bounds.tolist()]
    yield from zip(starts, [*starts[1:], len(rows)], strict=True)


def _adjacent(places: NDArray[np.int64]) -> bool:
    return bool((np.diff(places) == 1).all())


def _bytes(values: Any) -> memoryview:
    return memoryview(values).cast("B")
