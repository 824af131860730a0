"""Where two outputs differ first, and what of them is the same for all: FASTQ, or named numbers.

Numbers are those of all reads, and of shares of them: a name with slashes.
"""

from __future__ import annotations

import hashlib
from itertools import zip_longest
from pathlib import Path

from tiltyard.engine.files.receipts import sha256_of
from tiltyard.pipelines.reads.faults import shown
from tiltyard.pipelines.reads.rule.fastq import LINES

_COLUMNS = ("name", "sequence", "plus", "quality")
#: What the first line of numbers begins with.
_NUMBERS = b"reads\t"
_SHARE = b"/"


def digest_of(output: Path) -> str:
    """SHA-256 of an output, without the numbers of shares."""
    if not _has_numbers(output):
        return sha256_of(output)
    lines = [line for name, line in _lines(output).items() if _SHARE not in name]
    return hashlib.sha256(b"".join(lines)).hexdigest()


def difference(expected: Path, output: Path) -> str:
    """The first line that differs, in words: its place and both values; "" if none does.

    Of FASTQ the place is record and column, of numbers their name. An output that has numbers of
    shares is compared in them, others in those of all reads.
    """
    if _has_numbers(expected) or _has_numbers(output):
        return _difference_of_numbers(_lines(expected), _lines(output))
    with expected.open("rb") as right, output.open("rb") as found:
        for number, (one, two) in enumerate(zip_longest(right, found)):
            if one != two:
                record, column = divmod(number, LINES)
                return _said(f"record {record + 1}, {_COLUMNS[column]}", one, two)
    return ""


def _has_numbers(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_NUMBERS)) == _NUMBERS


def _lines(path: Path) -> dict[bytes, bytes]:
    """Lines by the names in them."""
    with path.open("rb") as file:
        return {line.partition(b"\t")[0]: line for line in file}


def _difference_of_numbers(right: dict[bytes, bytes], found: dict[bytes, bytes]) -> str:
    shares = {name.split(_SHARE)[1] for name in found if _SHARE in name}
    # Who has numbers of shares need have none of the whole but counts.
    left = {name.partition(_SHARE)[0] for name in found if _SHARE in name} - found.keys()
    wanted = {
        name: line
        for name, line in right.items()
        if (name.split(_SHARE)[1] in shares if _SHARE in name else name not in left)
    }
    for name in wanted | found:
        if wanted.get(name) != found.get(name):
            place = name.decode("ascii", "replace")
            return _said(place, wanted.get(name), found.get(name))
    return ""


def _said(place: str, right: bytes | None, found: bytes | None) -> str:
    values = ["nothing" if line is None else shown(line) for line in (right, found)]
    return f"{place}: {values[0]} expected, {values[1]} found"
