"""Headers of BAM files that have nothing odd, read without htslib, whose loading takes longer.

Source: Sequence Alignment/Map Format Specification, sections 1.3 and 4.2.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path

from tiltyard.pipelines.alleles.inputs.bgzf import blocks

_MAGIC = b"BAM\1"
_NUMBER = struct.Struct("<i")
_COMMENT = "@CO\t"
#: htslib's readers do not agree about spaces at a field's ends.
_LINE = re.compile(r"@[A-Z]{2}(\t[A-Za-z][A-Za-z0-9]:[!-~]([ -~]*[!-~])?)+")


class _Content:
    """What blocks hold, taken from the start."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._bytes, self._at = b"", 0

    def take(self, count: int) -> bytes:
        """The next `count` bytes; ValueError if there are fewer."""
        while len(self._bytes) - self._at < count:
            more = next(self._blocks, None)
            if more is None:
                raise ValueError("the file ends inside its header")
            self._bytes, self._at = self._bytes[self._at :] + more, 0
        if count < 0:
            raise ValueError("a length is below 0")
        self._at += count
        return self._bytes[self._at - count : self._at]

    def number(self) -> int:
        """The next number."""
        (number,) = _NUMBER.unpack(self.take(_NUMBER.size))
        return int(number)


def plain_header(path: Path) -> tuple[dict[str, int], dict[str, str]] | None:
    """Contigs with their lengths, and the sample, or "", of each read group.

    None for a header that is damaged, or has anything that is not simply so: htslib knows what
    becomes of it.
    """
    try:
        return _parsed(path)
    except (OSError, ValueError, struct.error):
        return None


def _parsed(path: Path) -> tuple[dict[str, int], dict[str, str]] | None:
    with path.open("rb") as file:
        content = _Content(block for _, block in blocks(file))
        if content.take(len(_MAGIC)) != _MAGIC:
            return None
        text = content.take(content.number()).decode("ascii")
        listed = []
        for _ in range(content.number()):
            name = content.take(content.number())
            if name[-1:] != b"\0":
                return None
            listed.append((name[:-1].decode("ascii"), content.number()))
    contigs, groups = [], []
    for line in text.split("\n")[:-1]:
        if line.startswith(_COMMENT):
            continue
        if not _LINE.fullmatch(line):
            return None
        fields = dict(field.split(":", 1) for field in line.split("\t")[1:])
        if line.startswith("@SQ"):
            contigs.append((fields.get("SN", ""), int(fields.get("LN", "-1"))))
        elif line.startswith("@RG"):
            groups.append((fields.get("ID", ""), fields.get("SM", "")))
    whole = not text or text.endswith("\n")
    if not whole or contigs != listed or not _distinct(listed) or not _distinct(groups):
        return None
    return dict(contigs), dict(groups)


def _distinct(pairs: list[tuple[str, int]] | list[tuple[str, str]]) -> bool:
    """Whether the names are there, and all different."""
    names = [name for name, _ in pairs]
    return all(names) and len(set(names)) == len(names)
