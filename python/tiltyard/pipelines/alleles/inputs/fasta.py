"""Letters of an indexed FASTA file: mapped into memory if it is plain, through htslib if bgzipped.

Source of the index's columns: the manual page faidx(5) of samtools.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Protocol

from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.inputs.bgzf import is_bgzf, is_gzip

#: Letters that are kept ready around those that were asked for, before and behind: in a plain
#: file, and in a bgzipped one, whose blocks have to be inflated.
PLAIN_WINDOW = (128, 4096)
BLOCK_WINDOW = (1_000, 31_000)


class Entry(NamedTuple):
    """A contig in the index: its length, the byte of its first letter, and its lines' lengths.

    `bases` letters are in a line, `width` bytes with its end.
    """

    length: int
    offset: int
    bases: int
    width: int


class _Source(Protocol):
    def fetch(self, contig: str, start: int, end: int) -> str: ...

    def close(self) -> None: ...


def read_index(fasta: Path) -> dict[str, Entry]:
    """Contigs of a FASTA file in its order, from its index, the file with ``.fai`` added.

    Raises
    ------
    InputError
        There is no index, or it is none.
    """
    path = fasta.with_name(fasta.name + ".fai")
    remedy = f"make it with: samtools faidx {fasta}"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise InputError(f"{fasta} has no index {path.name}; {remedy}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    entries = {}
    for number, line in enumerate(lines, start=1):
        name, *numbers = line.split("\t")
        try:
            entry = Entry(*map(int, numbers[:4]))
            if entry.length and not 0 < entry.bases <= entry.width:
                raise ValueError
        except (TypeError, ValueError):
            raise InputError(
                f"{path}, line {number}: {line[:60]!r} is no line of a FASTA index; {remedy}"
            ) from None
        entries[name] = entry
    return entries


class Fasta:
    """An open FASTA file, for one thread; a context manager.

    Parameters
    ----------
    path : path
        Plain, or compressed by bgzip; indexed.

    Attributes
    ----------
    lengths : dict
        Contig -> number of letters, in the file's order.
    compressed : bool
        Whether the file is compressed by bgzip.

    Raises
    ------
    InputError
        The file or its index is missing, or cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                start = file.read(18)
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}") from error
        if is_gzip(start) and not is_bgzf(start):
            raise InputError(
                f"{path} is compressed by gzip, in which no contig can be found; "
                f"compress it by bgzip: gzip -d {path}, then bgzip and samtools faidx"
            )
        if not is_gzip(start) and not start.startswith(b">"):
            raise InputError(f"{path} is no FASTA file: it begins with {start[:10]!r}, not with >")
        self.entries = read_index(path)
        self.lengths = {name: entry.length for name, entry in self.entries.items()}
        self.compressed = is_gzip(start)
        self._before, self._behind = BLOCK_WINDOW if self.compressed else PLAIN_WINDOW
        self._source: _Source = _Bgzipped(path) if self.compressed else _Mapped(path, self.entries)
        self._contig, self._start, self._text = "", 0, ""

    def fetch(self, contig: str, start: int, end: int) -> str:
        """Letters from `start` (0-based) to before `end`, in capitals; fewer at the ends."""
        first = start - self._start
        last = end - self._start
        if contig == self._contig and first >= 0 and last <= len(self._text):
            return self._text[first:last]
        length = self.lengths[contig]
        start, end = max(0, start), min(length, end)
        if start >= end:
            return ""
        self._contig, self._start = contig, max(0, start - self._before)
        stop = min(length, max(end, start + self._behind))
        self._text = self._source.fetch(contig, self._start, stop)
        return self._text[start - self._start : end - self._start]

    def close(self) -> None:
        """Let go of the file."""
        self._source.close()

    def __enter__(self) -> Fasta:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Mapped:
    """A plain file in memory."""

    def __init__(self, path: Path, entries: dict[str, Entry]) -> None:
        self.path = path
        self.entries = entries
        self.checked: set[str] = set()
        with path.open("rb") as file:
            self.bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def fetch(self, contig: str, start: int, end: int) -> str:
        entry = self.entries[contig]
        if contig not in self.checked:
            self._check(contig, entry)
            self.checked.add(contig)
        first = byte_of(entry, start)
        last = byte_of(entry, end - 1) + 1
        letters = self.bytes[first:last].replace(b"\n", b"").replace(b"\r", b"")
        return letters.upper().decode("latin-1")

    def _check(self, contig: str, entry: Entry) -> None:
        """Raise `InputError` unless `contig` begins and ends where the index says."""
        line = self.bytes.rfind(b"\n", 0, max(0, entry.offset - 1)) + 1
        title = self.bytes[line : entry.offset]
        named = title.split(maxsplit=1)[:1] == [b">" + contig.encode()] and title.endswith(b"\n")
        end = byte_of(entry, entry.length - 1) + 1 if entry.length else entry.offset
        if (
            not named
            or end > len(self.bytes)
            or self.bytes[end : end + 1] not in (b"", b"\n", b"\r")
        ):
            raise InputError(
                f"{self.path}.fai does not fit {self.path}: contig {contig} is not at byte "
                f"{entry.offset:,}; make the index again with: samtools faidx {self.path}"
            )

    def close(self) -> None:
        self.bytes.close()


def byte_of(entry: Entry, position: int) -> int:
    """Place in a plain file [bytes] of the letter at a 0-based position."""
    line, column = divmod(position, entry.bases)
    return entry.offset + line * entry.width + column


class _Bgzipped:
    """A file compressed by bgzip, with its index of blocks."""

    def __init__(self, path: Path) -> None:
        import pysam

        blocks = path.with_name(path.name + ".gzi")
        if not blocks.is_file():
            raise InputError(
                f"{path} has no index {blocks.name}; make it with: samtools faidx {path}"
            )
        self.path = path
        try:
            self.file: Any = pysam.FastaFile(str(path))
        except (OSError, ValueError) as error:
            raise InputError(f"{path} cannot be opened: {error}") from error

    def fetch(self, contig: str, start: int, end: int) -> str:
        try:
            letters: str = self.file.fetch(contig, start, end)
        except (OSError, ValueError) as error:
            raise InputError(
                f"{self.path}: letters {start + 1:,} to {end:,} of {contig} cannot be read "
                f"({error}); make the index again with: samtools faidx {self.path}"
            ) from error
        return letters.upper()

    def close(self) -> None:
        self.file.close()
