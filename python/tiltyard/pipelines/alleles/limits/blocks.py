"""Reading ranges of bytes, and inflating the blocks in them."""

from __future__ import annotations

import ctypes
import mmap
import os
import struct
from collections.abc import Sequence
from pathlib import Path

from tiltyard.pipelines.alleles.limits.needed import Range

#: Bytes that are read at a time.
PIECE = 1 << 20
#: Most bytes of data in a block.
LARGEST = 1 << 16
#: Bytes of a block before and behind its data, as every program writes BAM.
HEAD, TAIL = 18, 8


def read(path: Path, ranges: Sequence[Range]) -> int:
    """Read `ranges` of a file into one buffer; returns how many bytes that was."""
    buffer, total = bytearray(PIECE), 0
    view = memoryview(buffer)
    with path.open("rb", buffering=0) as file:
        for begin, end in ranges:
            while begin < end:
                count = os.preadv(file.fileno(), [view[: min(PIECE, end - begin)]], begin)
                if not count:
                    raise ValueError(f"{path}: it ends before byte {end:,}, where its index points")
                begin, total = begin + count, total + count
    return total


class Inflater:
    """Inflates the blocks of ranges of BAM files, and computes their checksums, with libdeflate."""

    def __init__(self) -> None:
        from tiltyard.pipelines.alleles.limits.library import find

        self._library = find()
        self._state = self._library.libdeflate_alloc_decompressor()
        self._data = ctypes.create_string_buffer(LARGEST)
        self._length = ctypes.c_size_t()

    def __call__(self, path: Path, ranges: Sequence[Range]) -> int:
        """Inflate every block that begins in `ranges`; returns the bytes of their data.

        Raises
        ------
        ValueError
            If a block is damaged, with its place.
        """
        total = 0
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as all_:
            first = ctypes.addressof(ctypes.c_char.from_buffer(all_))
            for place, end in ranges:
                while place < end:
                    size = all_[place + 16] + 256 * all_[place + 17] + 1
                    if all_[place + 12 : place + 16] != b"BC\2\0" or size < HEAD + TAIL:
                        raise ValueError(f"{path}: no block of BGZF begins at byte {place:,}")
                    total += self._inflate(path, first, place, size, all_)
                    place += size
        return total

    def _inflate(self, path: Path, first: int, place: int, size: int, of: mmap.mmap) -> int:
        fault = self._library.libdeflate_deflate_decompress(
            self._state,
            first + place + HEAD,
            size - HEAD - TAIL,
            self._data,
            LARGEST,
            ctypes.byref(self._length),
        )
        length = self._length.value
        checksum = self._library.libdeflate_crc32(0, self._data, length)
        if fault or (checksum, length) != struct.unpack_from("<2I", of, place + size - TAIL):
            raise ValueError(f"{path}: the block at byte {place:,} is damaged")
        return length
