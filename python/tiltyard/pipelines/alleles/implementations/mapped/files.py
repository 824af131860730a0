"""BAM files mapped into memory."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.inputs.bgzf import check_end

#: Files that stay mapped in a process.
_OPEN = 16


@dataclass(frozen=True)
class MappedFile:
    """A file's bytes, of which pages come into memory as they are read."""

    content: NDArray[np.uint8]

    @property
    def address(self) -> int:
        return int(self.content.ctypes.data)

    @property
    def size(self) -> int:
        return len(self.content)


def open_mapped(path: Path) -> MappedFile:
    """Map a complete BGZF file.

    Raises
    ------
    InputError
        The file cannot be read, or has no end block: it was cut off.
    """
    try:
        state = path.stat()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    return _map(path, state.st_ino, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=_OPEN)
def _map(path: Path, _number: int, _time: int, _size: int) -> MappedFile:
    check_end(path)
    try:
        with path.open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    return MappedFile(np.frombuffer(content, np.uint8))
