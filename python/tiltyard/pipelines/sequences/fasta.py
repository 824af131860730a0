"""FASTA files: read record by record in little memory, and written two lines a record."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sys
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, cast

from tiltyard.pipelines.sequences.faults import InputError, shown
from tiltyard.pipelines.sequences.rule.codons import LETTERS

#: Bytes that are read at once.
BLOCK = 1 << 20
_GAPS, _BLANKS = b"-.", b"\n\r\t "
_UPPER = bytes(range(256)).upper()
_BASES = bytes.maketrans(bytes(range(256)), _UPPER.replace(b"U", b"T"))
_NUCLEOTIDES = LETTERS.encode()
_RESIDUES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OPENERS: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}


@dataclass(frozen=True)
class Record:
    """A record of a FASTA file.

    Parameters
    ----------
    name : str
        First word of its header.
    header : bytes
        The whole header, without ``>``.
    sequence : bytes
        Upper case, without gaps and blanks; of nucleotides with T for U.
    gaps : int
        How many were taken out.
    """

    name: str
    header: bytes
    sequence: bytes
    gaps: int = 0


def read_fasta(
    path: Path | str, *, protein: bool = False, rename_duplicates: bool = False
) -> Iterator[Record]:
    """Records of a file, plain or compressed, which its first bytes tell; ``-`` is standard input.

    Raises
    ------
    InputError
        If it is no FASTA file, is cut off, or has a letter or a name that it may not have.
    """
    seen: dict[str, int] = {}
    with _opened(path) as file:
        for number, (header, body) in enumerate(_split(file, str(path)), start=1):
            name = _name(header, number, str(path))
            if name in seen:
                if not rename_duplicates:
                    raise InputError(
                        f"{path}: the id {name!r} is that of records {seen[name]} and {number}; "
                        "give each its own, or --rename-duplicates"
                    )
                name = next(
                    new for copy in range(2, number + 1) if (new := f"{name}__{copy}") not in seen
                )
            seen[name] = number
            sequence, gaps = _letters(body, name, str(path), protein)
            yield Record(name, header, sequence, gaps)


@contextmanager
def _opened(path: Path | str) -> Iterator[IO[bytes]]:
    """The file inflated; what is wrong with its compression is an `InputError`."""
    if str(path) == "-":
        plain = cast(BufferedReader, sys.stdin.buffer)
    else:
        try:
            plain = Path(path).open("rb")  # noqa: SIM115 - closed below
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}") from error
    with plain:
        begin = plain.peek(6)[:6]
        opener = next((one for magic, one in _OPENERS.items() if begin.startswith(magic)), None)
        if opener is None:
            yield plain
            return
        try:
            with opener(plain) as file:
                yield file
        except (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error, OSError) as error:
            raise InputError(
                f"{path}: its compressed data are cut off or damaged ({error}); copy it again"
            ) from error


def _split(file: IO[bytes], path: str) -> Iterator[tuple[bytes, deque[bytes]]]:
    """Header of each record, and its lines in blocks, which who takes them takes away."""
    header: bytes | None = None
    body: deque[bytes] = deque()
    inside = False  # whether the last header has ended
    previous = b"\n"
    while block := file.read(BLOCK):
        text = b"\n" + block if previous.endswith(b"\n") else block
        previous = block
        first, *others = text.split(b"\n>")
        for place, piece in enumerate((first, *others)):
            if place:
                if header is not None:
                    yield header.rstrip(b"\r"), body
                header, body, inside = b"", deque(), False
            if header is None:
                if piece.strip():
                    raise InputError(
                        f"{path}: text before the first '>': {shown(_text(piece.strip()[:60]))}; "
                        "give a FASTA file"
                    )
                continue
            if not inside:
                begin, ended, piece = piece.partition(b"\n")
                header += begin
                if not ended:
                    continue
                inside = True
            if piece:
                body.append(piece)
    if header is not None:
        yield header.rstrip(b"\r"), body


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _name(header: bytes, number: int, path: str) -> str:
    words = header.split(None, 1)
    if not words:
        raise InputError(f"{path}: record {number} has no id behind '>'; give it one")
    try:
        name = words[0].decode("utf-8")
    except UnicodeDecodeError:
        name = ""
    if not name.isprintable() or not name:
        raise InputError(f"{path}: the id of record {number} cannot be printed: {words[0]!r}")
    return name


def _letters(body: deque[bytes], name: str, path: str, protein: bool) -> tuple[bytes, int]:
    """Letters of a record's lines, and how many gaps there were between them."""
    allowed, table = (_RESIDUES, _UPPER) if protein else (_NUCLEOTIDES, _BASES)
    found, gaps, before = [], 0, 0
    while body:
        piece = body.popleft()  # so that a long contig is in memory once
        letters = piece.translate(table, _BLANKS + _GAPS)
        wrong = letters.translate(None, allowed)
        if wrong or b"-" in piece or b"." in piece:
            whole = piece.translate(table, _BLANKS)
            if wrong:
                place = before + whole.index(wrong[:1]) + 1
                sort = "a protein's sequence" if protein else "nucleotides"
                hint = "" if protein else "; is this a protein file?"
                raise InputError(
                    f"{path}: {name}: {shown(_text(wrong[:1]))} at position {place} is no letter "
                    f"of {sort}{hint}"
                )
            gaps += len(whole) - len(letters)
            before += len(whole)
        else:
            before += len(letters)
        found.append(letters)
    return b"".join(found), gaps


def fasta_of(records: Iterable[tuple[str, bytes]]) -> bytes:
    """Names and sequences as FASTA, two lines a record."""
    return b"".join(b">%s\n%s\n" % (name.encode(), sequence) for name, sequence in records)
