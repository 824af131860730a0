"""Writing BGZF: blocks of gzip that can be inflated one by one (specification, section 4.1)."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Self

from deflate import deflate_compress

from tiltyard.pipelines.alleles.inputs.bgzf import END

#: Bytes of data in a block, as htslib has it.
BLOCK = 0xFF00


class BlockWriter:
    """A BGZF file that grows by `write`; what is written is cut into blocks without regard to it.

    Parameters
    ----------
    path : path
    block : int
        Bytes of data in a block, 1 to 65,280.
    level : int
        Level of compression, 1 to 12.
    """

    def __init__(self, path: Path, block: int = BLOCK, level: int = 6) -> None:
        self._path, self._block, self._level = path, block, level
        self._rest = b""

    def __enter__(self) -> Self:
        self._file = self._path.open("wb")
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._put(self._rest)
            self._file.write(END)
        self._file.close()

    def write(self, data: bytes) -> None:
        """Append `data`."""
        data = self._rest + data
        whole = len(data) - len(data) % self._block
        for start in range(0, whole, self._block):
            self._put(data[start : start + self._block])
        self._rest = data[whole:]

    def _put(self, data: bytes) -> None:
        if not data:
            return
        packed = bytes(deflate_compress(data, self._level))
        head = struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(packed) + 25)
        self._file.write(head + packed + struct.pack("<II", zlib.crc32(data), len(data)))
