"""Where two outputs differ first: FASTQ, or lines of numbers."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

from tiltyard.pipelines.reads.faults import shown
from tiltyard.pipelines.reads.rule.fastq import LINES

_COLUMNS = ("name", "sequence", "plus", "quality")


def difference(expected: Path, output: Path) -> str:
    """The first line that differs, in words: its place and both values; "" if none does.

    Of FASTQ the place is record and column, of numbers, one a line with its name, the name.
    """
    with expected.open("rb") as right, output.open("rb") as found:
        of_reads = True
        for number, (one, two) in enumerate(zip_longest(right, found)):
            if number == 0:
                of_reads = (one or two or b"").startswith(b"@")
            if one == two:
                continue
            record, column = divmod(number, LINES)
            values = ["nothing" if line is None else shown(line) for line in (one, two)]
            place = f"record {record + 1}, {_COLUMNS[column]}" if of_reads else _named(one or two)
            return f"{place}: {values[0]} expected, {values[1]} found"
    return ""


def _named(line: bytes | None) -> str:
    """Name of the number in a line."""
    return (line or b"").partition(b"\t")[0].decode("ascii", "replace")
