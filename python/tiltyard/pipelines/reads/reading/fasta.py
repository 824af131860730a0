"""Batches of a FASTA text."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.compiled.states import FULL, MORE
from tiltyard.pipelines.reads.reading.chunks import Chunks
from tiltyard.pipelines.reads.reading.lettered import Found, LetteredReader
from tiltyard.pipelines.reads.reading.scanning import LENGTH, NAME, QUALITY, SEQUENCE
from tiltyard.pipelines.reads.rule.lines import lines_of
from tiltyard.pipelines.reads.rule.record import Reading
from tiltyard.pipelines.reads.rule.text import parse_fasta
from tiltyard.pipelines.reads.texts import Texts


class FastaReader(LetteredReader):
    """Iterates over batches of one file; parameters are those of `FastqReader`."""

    def __init__(self, chunks: Chunks, file: int, reading: Reading) -> None:
        super().__init__(chunks, file, reading, "scan_fasta")
        self._lines = 0

    def __iter__(self) -> Iterator[Batch]:
        chunks = self._chunks
        blank = chunks.blank() or 0
        self._lines = chunks.bytes(blank).count(b"\n")
        chunks.use(blank)
        while True:
            final = int(chunks.final and not chunks.cut)
            found = self._look(len(chunks), final, self._reading.largest)
            if len(found.names):
                yield self._batch(found)
            chunks.use(found.size)
            if found.state == FULL:
                continue
            if found.state != MORE or chunks.final or len(chunks) > self._reading.largest:
                yield from self._rest()
                return
            chunks.more()

    def _batch(self, found: Found) -> Batch:
        table, lines = found.table, found.table[QUALITY]
        first = self._lines + 1 + np.cumsum(lines) - lines
        self._lines += int(lines.sum())
        return Batch(
            found.names,
            Texts(found.letters, table[SEQUENCE], table[LENGTH], True),
            None,
            np.full(len(first), self._file, np.int64),
            self._numbers(len(first)),
            first,
            table[NAME] + (self._chunks.base - 1),
        )

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
