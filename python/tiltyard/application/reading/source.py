"""A file, compressed or not, or the standard input: its bytes, and of which kind they are."""

from __future__ import annotations

import io
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from tiltyard.engine.files.atomic import UnreadableFile

#: What stands for the standard input.
STANDARD_INPUT = "-"
#: First bytes of compressed files.
GZIP, BZIP2, XZ, ZIP = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"PK\x03\x04"
PARQUET, OLD_WORKBOOK = b"PAR1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Compressed files in compressed files are opened so often.
NESTED = 3


@dataclass(frozen=True)
class Source:
    """The bytes of a file.

    Attributes
    ----------
    name : str
        For messages.
    raw : bytes
        Without compression.
    kind : str
        ``text``, ``json``, ``workbook`` or ``parquet``.
    """

    name: str
    raw: bytes
    kind: str


def read_source(path: Path) -> Source:
    """What is in the file, or comes through the standard input if the path is ``-``.

    The kind is that of the content; the name's ending does not matter.

    Raises
    ------
    UnreadableFile
        If the file is missing, empty, damaged, or of a kind that is not read.
    """
    if str(path) == STANDARD_INPUT:
        name, raw = "standard input", sys.stdin.buffer.read()
    elif path.is_dir():
        raise UnreadableFile(f"{path}: it is a folder; name a file in it")
    elif not path.exists():
        raise UnreadableFile(f"{path}: no such file")
    else:
        name, raw = str(path), path.read_bytes()
    for _ in range(NESTED):
        raw, packed = _unpacked(name, raw)
        if not packed:
            break
    if not raw.strip(b"\0\t\r\n \xef\xbb\xbf"):
        raise UnreadableFile(f"{name}: it is empty; rows of times and samples are needed")
    return Source(name, raw, _kind(name, raw))


def _unpacked(name: str, raw: bytes) -> tuple[bytes, bool]:
    """The bytes, one compression less, and whether there was one."""
    import bz2
    import gzip
    import lzma

    openers = {GZIP: gzip.decompress, BZIP2: bz2.decompress, XZ: lzma.decompress}
    try:
        for first, opened in openers.items():
            if raw.startswith(first):
                return opened(raw), True
        if raw.startswith(ZIP):
            return _member(name, raw)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise UnreadableFile(f"{name}: its compression is damaged: {error}") from error
    return raw, False


def _member(name: str, raw: bytes) -> tuple[bytes, bool]:
    """The only file of an archive; a workbook stays as it is."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = [one for one in archive.namelist() if not one.endswith("/")]
        if "mimetype" in members or any(one.startswith("xl/") for one in members):
            return raw, False
        members = [one for one in members if not one.startswith("__MACOSX/")]
        if len(members) != 1:
            raise UnreadableFile(
                f"{name}: an archive of {len(members)} files; unpack it and name one of them"
            )
        return archive.read(members[0]), True


def _kind(name: str, raw: bytes) -> str:
    if raw.startswith(PARQUET):
        return "parquet"
    if raw.startswith((ZIP, OLD_WORKBOOK)):
        return "workbook"
    start = raw.removeprefix(b"\xef\xbb\xbf").lstrip()
    # [Section] of an instrument's file begins alike, and has no quote, bracket or number next.
    opened = start[:1] == b"{" or (
        start[:1] == b"[" and start[1:].lstrip()[:1] in (b"{", b"[", b'"', b"]")
    )
    return "json" if opened and Path(name).suffix.lower() not in (".csv", ".tsv") else "text"
