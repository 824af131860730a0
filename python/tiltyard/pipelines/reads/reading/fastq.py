"""Batches of a FASTQ text: what is as it should be by a scan, all else by the rule."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.buffers import Buffers
from tiltyard.pipelines.reads.compiled.states import FULL, MORE
from tiltyard.pipelines.reads.native.columns import address
from tiltyard.pipelines.reads.reading.chunks import Chunks
from tiltyard.pipelines.reads.reading.scanning import (
    CAPACITY,
    LENGTH,
    LINE,
    NAME,
    NAME_LENGTH,
    OFFSET,
    QUALITY,
    RECORD,
    SEQUENCE,
    Before,
    Scan,
    Scanned,
    table_of,
)
from tiltyard.pipelines.reads.rule.fastq import LINES, record_of
from tiltyard.pipelines.reads.rule.lines import lines_of
from tiltyard.pipelines.reads.rule.record import Reading
from tiltyard.pipelines.reads.rule.text import parse_fastq
from tiltyard.pipelines.reads.texts import WORD, Texts


class FastqReader:
    """Iterates over batches of one file.

    Parameters
    ----------
    chunks : Chunks
        Where the text begins.
    file : int
        Number of the file.
    reading : Reading
    scan : callable
        See `scanning.Scan`.
    """

    def __init__(self, chunks: Chunks, file: int, reading: Reading, scan: Scan) -> None:
        self._chunks = chunks
        self._file = file
        self._name = chunks.source.name
        self._reading = reading
        self._scan = scan
        self._tables = Buffers(table_of)
        self._records = 0
        self._files = np.full(CAPACITY, file, np.int64)
        self._files.flags.writeable = False

    def __iter__(self) -> Iterator[Batch]:
        chunks = self._chunks
        while True:
            table = self._tables.take(CAPACITY)
            before = Before(self._records, chunks.base)
            found = self._scan(chunks.view, len(chunks), self._reading, table, before)
            if found.records:
                batch = self._batch(table, found)
                if len(batch):
                    yield batch
                if len(batch) < found.records:
                    chunks.use(int(table[NAME, len(batch)]) - 1)
                    yield from self._by_rule()  # which says what is wrong
                chunks.use(found.size)
            if found.state == FULL:
                continue
            if chunks.final:
                yield from self._rest()
                return
            too_large = len(chunks) > self._reading.largest
            whole = found.state != MORE or too_large
            if whole and chunks.blank() is not None and chunks.shows_line:
                yield from self._by_rule()
            else:
                chunks.more()

    def _batch(self, table: NDArray[np.int64], found: Scanned) -> Batch:
        """The records of a table, those before the first quality that is none."""
        view, records, extent = self._chunks.view, found.records, found.extent
        text, numbers, column = address(view), address(table), WORD * table.shape[1]

        def texts(starts: int, lengths: int) -> Texts:
            one = Texts(view, table[starts, :records], table[lengths, :records], True)
            one.places = (text, numbers + column * starts, numbers + column * lengths)
            return one

        sequences, qualities = texts(SEQUENCE, LENGTH), texts(QUALITY, LENGTH)
        if self._reading.quality_offset != 33:
            qualities = shifted(qualities, self._reading.quality_offset)
            records, extent = len(qualities), None
            sequences = texts(SEQUENCE, LENGTH)
        else:
            qualities.known_extent = extent
        sequences.known_extent = extent
        self._records += records
        return Batch(
            texts(NAME, NAME_LENGTH),
            sequences,
            qualities,
            self._files[:records],
            table[RECORD, :records],
            table[LINE, :records],
            table[OFFSET, :records],
        )

    def _by_rule(self) -> Iterator[Batch]:
        """The next record as the rule has it, or its error."""
        chunks = self._chunks
        lines = lines_of(chunks.bytes(), chunks.base)[:LINES]
        record = record_of(lines, self._records + 1, self._name, self._reading, chunks.cut)
        yield Batch.of([record], file=self._file, first=self._records)
        self._records += 1
        chunks.use(lines[-1].end - chunks.base)

    def _rest(self) -> Iterator[Batch]:
        """What the text ends with: blank lines, a record whose last line nothing ends, an error."""
        chunks = self._chunks
        lines = lines_of(chunks.bytes(), chunks.base)
        for record in parse_fastq(
            lines, self._name, self._reading, chunks.cut, before=self._records
        ):
            yield Batch.of([record], file=self._file, first=self._records)
            self._records += 1


def shifted(qualities: Texts, offset: int) -> Texts:
    """Qualities with the offset 33, of the reads before the first whose bytes do not fit."""
    content = qualities.flat()
    if len(content) and content.min() < offset:
        bad = int(np.argmax(content < offset))
        rows = int(np.searchsorted(np.cumsum(qualities.lengths), bad, side="right"))
        qualities = qualities.part(slice(0, rows))
    found = qualities.contiguous()
    found.buffer[: found.size] -= offset - 33
    return found
