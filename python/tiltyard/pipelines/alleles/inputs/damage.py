"""Where a file of alignments is damaged: looked for only after a reader has given up."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from tiltyard.pipelines.alleles.inputs.bgzf import blocks

#: Of a record: its size without this field, contig, start, and the lengths of what follows.
RECORD = struct.Struct("<iiiBBHHHi")
#: Bytes of a record's fields of fixed size, without the first.
FIXED = 32


def locate(path: Path, said: str) -> str:
    """Message that names the byte of `path` at which it is damaged; `said` is the reader's word."""
    remedy = "copy or write the file again"
    if path.suffix == ".cram":
        return f"{path}: a part cannot be decoded ({said}); {remedy}"
    try:
        with path.open("rb") as file:
            _walk(blocks(file))
    except (OSError, ValueError) as error:
        return f"{path}, {error}; {remedy}"
    return f"{path}: cannot be read ({said}); make its index again with: samtools index {path}"


def _walk(parts: Iterator[tuple[int, bytes]]) -> None:
    """Raise `ValueError` at the first block or record of a BAM file that is wrong."""
    stream = _Stream(parts)
    stream.take(4, "magic bytes")
    stream.take(stream.number("the header's length"), "header")
    for _ in range(stream.number("the number of contigs")):
        stream.take(stream.number("the length of a contig's name"), "contig's name")
        stream.number("the length of a contig")
    last = (0, 0)
    while stream.more():
        place = stream.place
        start = stream.take(RECORD.size, "record")
        size, contig, position, name, _, _, operations, _, length = RECORD.unpack(start)
        needed = FIXED + name + 4 * operations + (length + 1) // 2 + length
        if length < 0 or size < needed:
            raise ValueError(
                f"byte {place:,}: a record in the block here says that it has {size:,} bytes, and "
                f"needs {needed:,}"
            )
        stream.take(size + 4 - RECORD.size, "record")
        here = (contig if contig >= 0 else 1 << 31, position)
        if here < last:
            raise ValueError(f"byte {place:,}: a record in the block here starts before the last")
        last = here


class _Stream:
    """Content of blocks one after another, and the place of the block that is being read."""

    def __init__(self, parts: Iterator[tuple[int, bytes]]) -> None:
        self.parts = parts
        self.place = 0
        self.left = b""

    def more(self) -> bool:
        """Whether there is anything left."""
        while not self.left:
            try:
                self.place, self.left = next(self.parts)
            except StopIteration:
                return False
        return True

    def take(self, size: int, what: str) -> bytes:
        if size < 0:
            raise ValueError(f"byte {self.place:,}: {what} of {size:,} bytes in the block here")
        found = b""
        while len(found) < size:
            if not self.more():
                raise ValueError(f"byte {self.place:,}: the file ends inside a {what}")
            part = self.left[: size - len(found)]
            found, self.left = found + part, self.left[len(part) :]
        return found

    def number(self, what: str) -> int:
        return int.from_bytes(self.take(4, what), "little", signed=True)
