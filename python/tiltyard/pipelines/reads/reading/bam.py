"""Batches of an unaligned BAM."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.compiled.states import FULL, MORE
from tiltyard.pipelines.reads.native.columns import address
from tiltyard.pipelines.reads.native.loading import load
from tiltyard.pipelines.reads.reading.buffers import Buffers
from tiltyard.pipelines.reads.reading.chunks import Chunks
from tiltyard.pipelines.reads.reading.scanning import (
    CAPACITY,
    LENGTH,
    NAME,
    NAME_LENGTH,
    QUALITY,
    SEQUENCE,
    table_of,
)
from tiltyard.pipelines.reads.rule.bam import LETTERS, ended_inside, header_size, parse_records
from tiltyard.pipelines.reads.rule.record import Reading
from tiltyard.pipelines.reads.texts import SPARE, Texts, buffer_of

#: Bytes of a record before its name, with its size.
_BEFORE_NAME = 36
#: The two letters of each byte.
_PAIRS = np.frombuffer(
    b"".join(bytes((first, second)) for first in LETTERS for second in LETTERS), np.uint16
)


class BamReader:
    """Iterates over batches of one file; parameters are those of `FastqReader`."""

    def __init__(self, chunks: Chunks, file: int, reading: Reading) -> None:
        self._chunks = chunks
        self._file = file
        self._name = chunks.source.name
        self._reading = reading
        self._scan = load("scan_bam")
        self._tables = Buffers(table_of)
        self._letters = Buffers(buffer_of, SPARE)
        self._records = 0

    def __iter__(self) -> Iterator[Batch]:
        chunks = self._chunks
        while (size := header_size(chunks.bytes(), self._name)) > len(chunks):
            if chunks.final:
                raise ended_inside(self._name, 1, 0, chunks.cut)
            chunks.more()
        chunks.use(size)
        while True:
            batch, size, state = self._scanned()
            if batch is not None:
                yield batch
            chunks.use(size)
            if state == FULL:
                continue
            if state != MORE or chunks.final:
                yield from self._rest()
                return
            chunks.more()

    def _scanned(self) -> tuple[Batch | None, int, int]:
        """The whole records at hand, their bytes, and how looking through them ended."""
        chunks = self._chunks
        view, table, found = chunks.view, self._tables.take(CAPACITY), np.zeros(2, np.int64)
        letters = self._letters.take(2 * len(chunks))
        state = self._scan(
            address(view),
            len(chunks),
            self._reading.largest,
            address(_PAIRS),
            address(table),
            table.shape[1],
            address(letters),
            address(found),
        )
        records, size = found.tolist()
        if not records:
            return None, size, state
        lengths = table[LENGTH, :records]
        batch = Batch(
            Texts(view, table[NAME, :records], table[NAME_LENGTH, :records], True),
            Texts(letters, table[SEQUENCE, :records], lengths, True),
            Texts(letters, table[QUALITY, :records], lengths, True),
            np.full(records, self._file, np.int64),
            np.arange(self._records, self._records + records),
            np.zeros(records, np.int64),
            table[NAME, :records] + (chunks.base - _BEFORE_NAME),
        )
        self._records += records
        return batch, size, state

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
