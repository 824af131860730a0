"""Where two FASTQ outputs differ first."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

from tiltyard.pipelines.reads.faults import shown
from tiltyard.pipelines.reads.rule.fastq import LINES

_COLUMNS = ("name", "sequence", "plus", "quality")


def difference(expected: Path, output: Path) -> str:
    """The first line that differs, in words: record, column and both values; "" if none does."""
    with expected.open("rb") as right, output.open("rb") as found:
        for number, (one, two) in enumerate(zip_longest(right, found)):
            if one == two:
                continue
            record, column = divmod(number, LINES)
            values = ["nothing" if line is None else shown(line) for line in (one, two)]
            place = f"record {record + 1}, {_COLUMNS[column]}"
            return f"{place}: {values[0]} expected, {values[1]} found"
    return ""
