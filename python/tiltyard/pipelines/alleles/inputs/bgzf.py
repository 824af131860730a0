"""BGZF, the blocked gzip of BAM and of bgzipped text: its end, its blocks, and where it is damaged.

Source: Sequence Alignment/Map Format Specification, section 4.1.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO

from tiltyard.pipelines.alleles.faults import InputError

GZIP = b"\x1f\x8b"
#: Empty block with which a complete file ends.
END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
HEADER = struct.Struct("<4BI2BH")
FOOTER = struct.Struct("<II")
#: Largest block, before and after inflating.
LARGEST = 1 << 16


def is_gzip(start: bytes) -> bool:
    """Whether a file that begins with `start` is gzipped in any way."""
    return start[:2] == GZIP


def inflated(path: Path) -> IO[bytes]:
    """The file `path` for reading, inflated as it is read if it is gzipped in any way."""
    import gzip  # a command that counts plain files does without it

    with path.open("rb") as file:
        packed = is_gzip(file.read(2))
    return gzip.open(path) if packed else path.open("rb")  # type: ignore[return-value]


def is_bgzf(start: bytes) -> bool:
    """Whether a file that begins with `start` (18 bytes are enough) is made of BGZF blocks."""
    return len(start) >= 18 and start[:4] == GZIP + b"\x08\x04" and start[12:16] == b"BC\x02\x00"


def check_end(path: Path) -> None:
    """Raise `InputError` if a BGZF file lacks the block that says it is complete."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - len(END)))
        if file.read() != END:
            raise InputError(
                f"{path}: the file ends at byte {size:,} without BGZF's end block: it was cut off, "
                "or its writer did not finish; copy or write it again"
            )


def blocks(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield each block's place in the file [bytes] and what it holds.

    Raises
    ------
    ValueError
        A block is damaged; the message has its byte and what is wrong.
    """
    while True:
        place = file.tell()
        start = file.read(HEADER.size)
        if not start:
            return
        size = _size(start, file, place)
        rest = file.read(size)
        if len(rest) < size:
            raise ValueError(f"byte {place:,}: the block ends behind the file's end")
        inflater = zlib.decompressobj(-15)
        try:
            content = inflater.decompress(rest[: -FOOTER.size], LARGEST + 1)
        except zlib.error as error:
            raise ValueError(f"byte {place:,}: the block cannot be inflated ({error})") from error
        checksum, length = FOOTER.unpack(rest[-FOOTER.size :])
        if len(content) != length:
            raise ValueError(
                f"byte {place:,}: the block holds {len(content):,} bytes, and says {length:,}"
            )
        if zlib.crc32(content) != checksum:
            raise ValueError(f"byte {place:,}: the block's checksum (CRC32) is not its content's")
        yield place, content


def _size(start: bytes, file: BinaryIO, place: int) -> int:
    """Bytes of a block behind its header, of which the extra fields have been read."""
    if len(start) < HEADER.size or start[:4] != GZIP + b"\x08\x04":
        raise ValueError(f"byte {place:,}: no BGZF block begins here")
    extra = file.read(HEADER.unpack(start)[-1])
    at = 0
    while at + 6 <= len(extra):
        name, length = extra[at : at + 2], int.from_bytes(extra[at + 2 : at + 4], "little")
        if name == b"BC" and length == 2:
            whole = int.from_bytes(extra[at + 4 : at + 6], "little") + 1
            size = whole - HEADER.size - len(extra)
            if size >= FOOTER.size:
                return size
            break
        at += 4 + length
    raise ValueError(f"byte {place:,}: the block's header does not say its size")
