"""Letters of a contig at an address, for compiled code."""

from __future__ import annotations

import mmap
import tempfile
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.inputs.fasta import Fasta, byte_of

#: Letters of a bgzipped file that are inflated at once.
_CHUNK = 1 << 20
#: Contigs that stay open in a process.
_OPEN = 4
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Letters:
    """Letters of a contig, in lines of `bases` letters and `width` bytes, mapped into memory.

    Only pages are in memory that reads with insertions or deletions lie on.
    """

    content: NDArray[np.uint8]
    length: int
    bases: int
    width: int

    @property
    def address(self) -> int:
        """Address of the first letter; never 0."""
        return int(self.content.ctypes.data)


def letters_of(fasta: Path, contig: str) -> Letters:
    """Letters of `contig` of an indexed FASTA file, plain or bgzipped.

    Raises
    ------
    InputError
        The file or its index cannot be used.
    """
    state = fasta.stat()
    with _LOCK:  # threads wait for one that inflates
        return _letters(fasta, contig, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=_OPEN)
def _letters(fasta: Path, contig: str, _time: int, _size: int) -> Letters:
    with Fasta(fasta) as file:
        file.fetch(contig, 0, 1)  # checks that the index fits
        entry = file.entries[contig]
        if entry.length == 0:
            return Letters(np.zeros(1, np.uint8), 0, 1, 1)
        if not file.compressed:
            last = byte_of(entry, entry.length - 1) + 1
            with fasta.open("rb") as plain:
                return Letters(
                    _mapped(plain.fileno(), entry.offset, last),
                    entry.length,
                    entry.bases,
                    entry.width,
                )
        # Inflated to a file without a name, which does not count as memory as a text would.
        with tempfile.TemporaryFile() as inflated:
            for start in range(0, entry.length, _CHUNK):
                inflated.write(file.fetch(contig, start, start + _CHUNK).encode("latin-1"))
            inflated.flush()
            content = _mapped(inflated.fileno(), 0, entry.length)
            return Letters(content, entry.length, entry.length, entry.length)


def _mapped(file: int, start: int, end: int) -> NDArray[np.uint8]:
    """Bytes of an open file, which need not stay open."""
    content = mmap.mmap(file, end, access=mmap.ACCESS_READ)
    return np.frombuffer(content, np.uint8)[start:]
