"""Batches of a FASTA text."""

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
from tiltyard.pipelines.reads.rule.lines import lines_of
from tiltyard.pipelines.reads.rule.record import Reading
from tiltyard.pipelines.reads.rule.text import parse_fasta
from tiltyard.pipelines.reads.texts import SPARE, Texts, buffer_of


class FastaReader:
    """Iterates over batches of one file; parameters are those of `FastqReader`."""

    def __init__(self, chunks: Chunks, file: int, reading: Reading) -> None:
        self._chunks = chunks
        self._file = file
        self._name = chunks.source.name
        self._reading = reading
        self._scan = load("scan_fasta")
        self._tables = Buffers(table_of)
        self._letters = Buffers(buffer_of, SPARE)
        self._records = 0
        self._lines = 0

    def __iter__(self) -> Iterator[Batch]:
        chunks = self._chunks
        blank = chunks.blank() or 0
        self._lines = chunks.bytes(blank).count(b"\n")
        chunks.use(blank)
        while True:
            batch, size, state = self._scanned()
            if batch is not None:
                yield batch
            chunks.use(size)
            if state == FULL:
                continue
            if state != MORE or chunks.final or len(chunks) > self._reading.largest:
                yield from self._rest()
                return
            chunks.more()

    def _scanned(self) -> tuple[Batch | None, int, int]:
        """The whole records at hand, their bytes, and how looking through them ended."""
        chunks = self._chunks
        view, table, found = chunks.view, self._tables.take(CAPACITY), np.zeros(2, np.int64)
        letters = self._letters.take(len(chunks))
        state = self._scan(
            address(view),
            len(chunks),
            int(chunks.final and not chunks.cut),
            self._reading.largest,
            address(table),
            table.shape[1],
            address(letters),
            address(found),
        )
        records, size = found.tolist()
        if not records:
            return None, size, state
        lines = table[QUALITY, :records]
        batch = Batch(
            Texts(view, table[NAME, :records], table[NAME_LENGTH, :records], True),
            Texts(letters, table[SEQUENCE, :records], table[LENGTH, :records], True),
            None,
            np.full(records, self._file, np.int64),
            np.arange(self._records, self._records + records),
            self._lines + 1 + np.cumsum(lines) - lines,
            table[NAME, :records] + (chunks.base - 1),
        )
        self._records += records
        self._lines += int(lines.sum())
        return batch, size, state

    def _rest(self) -> Iterator[Batch]:
        """What is wrong, or the text's end, as the rule has it."""
        chunks = self._chunks
        lines = lines_of(chunks.bytes(), chunks.base)
        if not lines:
            if chunks.cut:
                raise chunks.cut.error(self._name, self._records + 1, self._lines + 1)
            return
        for record in parse_fasta(
            lines,
            self._name,
            self._reading,
            chunks.cut,
            before=self._records,
            lines_before=self._lines,
        ):
            yield Batch.of([record], file=self._file, first=self._records)
            self._records += 1
