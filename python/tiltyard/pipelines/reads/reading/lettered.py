"""What readers share whose scan writes letters to a buffer beside the text."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.buffers import Buffers
from tiltyard.pipelines.reads.native.columns import address
from tiltyard.pipelines.reads.native.loading import load
from tiltyard.pipelines.reads.reading.chunks import Chunks
from tiltyard.pipelines.reads.reading.scanning import CAPACITY, NAME, NAME_LENGTH, table_of
from tiltyard.pipelines.reads.rule.record import Reading
from tiltyard.pipelines.reads.texts import SPARE, Texts, buffer_of


class Found(NamedTuple):
    """What a look through the text at hand found.

    Parameters
    ----------
    names : Texts
        Of the whole records.
    table : (columns, n) int64
        Their rows.
    letters : (bytes,) uint8
        Where the rows' sequences and qualities are.
    size : int
        The records' bytes.
    state : int
        How it ended.
    """

    names: Texts
    table: NDArray[np.int64]
    letters: NDArray[np.uint8]
    size: int
    state: int


class LetteredReader:
    """A reader of one file; parameters are those of `FastqReader`, and the scan's name."""

    def __init__(self, chunks: Chunks, file: int, reading: Reading, scan: str) -> None:
        self._chunks = chunks
        self._file = file
        self._name = chunks.source.name
        self._reading = reading
        self._scan = load(scan)
        self._tables = Buffers(table_of)
        self._letters = Buffers(buffer_of, SPARE)
        self._records = 0

    def _look(self, room: int, *settings: int) -> Found:
        """Look through the text at hand, with room for so many letters and qualities."""
        view, size = self._chunks.view, len(self._chunks)
        table, letters = self._tables.take(CAPACITY), self._letters.take(room)
        found = np.zeros(2, np.int64)
        state = self._scan(
            address(view),
            size,
            *settings,
            address(table),
            table.shape[1],
            address(letters),
            address(found),
        )
        rows = table[:, : int(found[0])]
        names = Texts(view, rows[NAME], rows[NAME_LENGTH], True)
        return Found(names, rows, letters, int(found[1]), state)

    def _numbers(self, count: int) -> NDArray[np.int64]:
        """Numbers of the next records."""
        self._records += count
        return np.arange(self._records - count, self._records)
