"""A file's bytes as records: what every other way to read has to give."""

from __future__ import annotations

from collections.abc import Iterator

from tiltyard.pipelines.reads.rule.bam import MAGIC, parse_bam
from tiltyard.pipelines.reads.rule.inflating import inflate
from tiltyard.pipelines.reads.rule.record import Reading, Record
from tiltyard.pipelines.reads.rule.text import parse


def read(raw: bytes, file: str = "-", reading: Reading | None = None) -> Iterator[Record]:
    """Records of a file's bytes, plain or compressed.

    Raises
    ------
    ReadError
        After all records before it.
    """
    inflated = inflate(raw, file)
    if inflated.text.startswith(MAGIC):
        yield from parse_bam(inflated.text, file, reading, inflated.cut)
    else:
        yield from parse(inflated.text, file, reading, inflated.cut)
