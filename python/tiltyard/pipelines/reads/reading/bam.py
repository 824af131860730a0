"""Batches of an unaligned BAM."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.compiled.states import FULL, MORE
from tiltyard.pipelines.reads.native.columns import address
from tiltyard.pipelines.reads.reading.chunks import Chunks
from tiltyard.pipelines.reads.reading.lettered import Found, LetteredReader
from tiltyard.pipelines.reads.reading.scanning import LENGTH, NAME, QUALITY, SEQUENCE
from tiltyard.pipelines.reads.rule.bam import LETTERS, ended_inside, header_size, parse_records
from tiltyard.pipelines.reads.rule.record import Reading
from tiltyard.pipelines.reads.texts import Texts

#: Bytes of a record before its name, with its size.
_BEFORE_NAME = 36
#: The two letters of each byte.
_PAIRS = np.frombuffer(
    b"".join(bytes((first, second)) for first in LETTERS for second in LETTERS), np.uint16
)


class BamReader(LetteredReader):
    """Iterates over batches of one file; parameters are those of `FastqReader`."""

    def __init__(self, chunks: Chunks, file: int, reading: Reading) -> None:
        super().__init__(chunks, file, reading, "scan_bam")

    def __iter__(self) -> Iterator[Batch]:
        chunks = self._chunks
        while (size := header_size(chunks.bytes(), self._name)) > len(chunks):
            if chunks.final:
                raise ended_inside(self._name, 1, 0, chunks.cut)
            chunks.more()
        chunks.use(size)
        while True:
            found = self._look(2 * len(chunks), self._reading.largest, address(_PAIRS))
            if len(found.names):
                yield self._batch(found)
            chunks.use(found.size)
            if found.state == FULL:
                continue
            if found.state != MORE or chunks.final:
                yield from self._rest()
                return
            chunks.more()

    def _batch(self, found: Found) -> Batch:
        table, count = found.table, len(found.names)
        return Batch(
            found.names,
            Texts(found.letters, table[SEQUENCE], table[LENGTH], True),
            Texts(found.letters, table[QUALITY], table[LENGTH], True),
            np.full(count, self._file, np.int64),
            self._numbers(count),
            np.zeros(count, np.int64),
            table[NAME] + (self._chunks.base - _BEFORE_NAME),
        )

    def _rest(self) -> Iterator[Batch]:
        """What is wrong, or the file's end, as the rule has it."""
        chunks = self._chunks
        for record in parse_records(
            chunks.bytes(),
            self._name,
            self._reading,
            chunks.cut,
            before=self._records,
            offset=chunks.base,
        ):
            yield Batch.of([record], file=self._file, first=self._records)
            self._records += 1
