"""The kernel's cache of files: warm before a launch, or cold where the kernel can empty it."""

from __future__ import annotations

import ctypes
import mmap
import os
from collections.abc import Iterable
from pathlib import Path

PIECE = 2**20


def warm_up(paths: Iterable[Path]) -> int:
    """Read all of `paths`, folders with all below them, so that launches find them in memory.

    Returns
    -------
    int
        Number of bytes read.
    """
    total = 0
    for path in _files(paths):
        with path.open("rb", buffering=0) as file:
            while part := file.read(PIECE):
                total += len(part)
    return total


def cool_down(paths: Iterable[Path]) -> list[str]:
    """Ask the kernel to drop `paths` from memory, and say of which it kept some, and how much.

    It keeps pages that another process has mapped, and files of a file system that lives in
    memory. A launch is cold only if nothing is returned.
    """
    kept = []
    for path in _files(paths):
        with path.open("rb") as file:
            os.fdatasync(file.fileno())  # only pages that are on disk can be dropped
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        if (share := cached_share(path)) > 0.0:
            kept.append(f"{path}: {share:.0%} of it is still in memory")
    return kept


def cached_share(path: Path) -> float:
    """Share of a file's pages that are in memory; 0 for an empty file.

    Raises
    ------
    OSError
        If the file can be read but is another user's and cannot be written: the kernel keeps
        that to itself.
    """
    size = path.stat().st_size
    if size == 0:
        return 0.0
    with path.open("rb") as file, mmap.mmap(file.fileno(), size, access=mmap.ACCESS_COPY) as view:
        pages = (ctypes.c_ubyte * -(-size // mmap.PAGESIZE))()
        start = ctypes.c_char.from_buffer(view)
        try:
            library = ctypes.CDLL(None, use_errno=True)
            place = ctypes.c_void_p(ctypes.addressof(start))
            if library.mincore(place, ctypes.c_size_t(size), pages):
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), str(path))
        finally:
            del start  # else the map could not be closed
    return sum(page & 1 for page in pages) / len(pages)


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from (one for one in sorted(path.rglob("*")) if one.is_file())
        else:
            yield path
