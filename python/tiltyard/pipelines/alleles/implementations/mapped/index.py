"""Where in a BAM file the reads of a position begin: virtual offsets of its index, BAI or CSI.

A virtual offset is the byte of a BGZF block, shifted by 16 bits, and the place inside the block.
Source: Sequence Alignment/Map Format Specification, section 5, and its CSI supplement.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.inputs.indexes import BAI, CSI

#: Offset of a position that no read lies at or behind.
NOTHING = -1
#: Bits of a position inside a window of a BAI's linear index.
_WINDOW = 14
#: Bins of a level are split in 8 at the next.
_LEVEL = 3
_OPEN = 16
_NUMBER = struct.Struct("<i")
_BIN = struct.Struct("<IQi")
_BAI_BIN = struct.Struct("<Ii")
_CHUNK = 16


class Index(Protocol):
    """An index in memory."""

    def offsets(self, contig: int, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """From which virtual offset on to read, for sorted positions, or `NOTHING`.

        Offsets are of the contig with that number, and do not fall.
        """


def open_index(path: Path) -> Index:
    """The index in a file, BAI or CSI.

    Raises
    ------
    InputError
        The file is damaged.
    """
    state = path.stat()
    return _open(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=_OPEN)
def _open(path: Path, _time: int, _size: int) -> Index:
    try:
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
        if content.startswith(CSI):
            return Csi(content)
        if content.startswith(BAI):
            return Bai(content)
    except (OSError, EOFError, zlib.error, struct.error) as error:
        raise _damaged(path) from error
    raise _damaged(path)


def _damaged(path: Path) -> InputError:
    return InputError(f"{path} is damaged; make it again with: samtools index")


class Bai:
    """A BAI file: bins, which are passed over, and a linear index of windows of 16,384."""

    def __init__(self, content: bytes) -> None:
        self._windows: list[NDArray[np.int64]] = []
        (contigs,) = _NUMBER.unpack_from(content, 4)
        place = 8
        for _ in range(contigs):
            (bins,) = _NUMBER.unpack_from(content, place)
            place += _NUMBER.size
            for _ in range(bins):
                _, chunks = _BAI_BIN.unpack_from(content, place)
                place += _BAI_BIN.size + _CHUNK * chunks
            (count,) = _NUMBER.unpack_from(content, place)
            place += _NUMBER.size
            if count < 0 or place + 8 * count > len(content):
                raise struct.error("the linear index ends behind the file")
            windows = np.frombuffer(content, "<i8", count, place).astype(np.int64)
            self._windows.append(_filled(windows))
            place += 8 * count

    def offsets(self, contig: int, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        windows = np.append(self._windows[contig], NOTHING)
        return windows[np.minimum(positions >> _WINDOW, len(windows) - 1)]


def _filled(windows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Offsets of windows, with the next one's for those without reads, which have 0."""
    known = np.where(windows > 0, windows, np.iinfo(np.int64).max)
    return np.minimum.accumulate(known[::-1])[::-1]


class Csi:
    """A CSI file: bins of any depth, each with the offset from which its reads can begin."""

    def __init__(self, content: bytes) -> None:
        self._shift, self._depth, auxiliary = struct.unpack_from("<iii", content, 4)
        place = 16 + auxiliary
        (contigs,) = _NUMBER.unpack_from(content, place)
        place += _NUMBER.size
        self._bins: list[dict[int, tuple[int, list[tuple[int, int]]]]] = []
        for _ in range(contigs):
            (count,) = _NUMBER.unpack_from(content, place)
            place += _NUMBER.size
            bins = {}
            for _ in range(count):
                number, first, chunks = _BIN.unpack_from(content, place)
                place += _BIN.size
                numbers = struct.unpack_from(f"<{2 * chunks}Q", content, place)
                place += _CHUNK * chunks
                bins[number] = (first, list(zip(numbers[::2], numbers[1::2], strict=True)))
            self._bins.append(bins)

    def offsets(self, contig: int, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        bins = self._bins[contig]
        windows, back = np.unique(positions >> self._shift, return_inverse=True)
        found = np.array([self._offset(bins, int(window)) for window in windows], np.int64)
        unknown = np.iinfo(np.int64).max
        known = np.where(found == NOTHING, unknown, found)
        known = np.minimum.accumulate(known[::-1])[::-1]
        return np.where(known == unknown, NOTHING, known)[back]

    def _offset(self, bins: dict[int, tuple[int, list[tuple[int, int]]]], window: int) -> int:
        """Least offset of a read in `window`, as far as the index tells it, or `NOTHING`."""
        least = self._least(bins, self._first(self._depth) + window)
        starts = [
            max(start, least)
            for level in range(self._depth + 1)
            for start, end in bins.get(self._bin(window, level), (0, []))[1]
            if end > least
        ]
        return min(starts, default=NOTHING)

    @staticmethod
    def _least(bins: dict[int, tuple[int, list[tuple[int, int]]]], number: int) -> int:
        """Offset before which no read of this bin begins: its own, or that of one before it."""
        while number > 0 and number not in bins:
            parent = (number - 1) >> _LEVEL
            first = (parent << _LEVEL) + 1
            number = number - 1 if number > first else parent
        return bins[number][0] if number in bins else 0

    def _bin(self, window: int, level: int) -> int:
        return self._first(level) + (window >> (_LEVEL * (self._depth - level)))

    @staticmethod
    def _first(level: int) -> int:
        """Number of the first bin of a level."""
        return ((1 << (_LEVEL * level)) - 1) // 7
