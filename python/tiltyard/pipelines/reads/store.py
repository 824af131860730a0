"""Reads of many batches at hand, from which any can be taken in any order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.native.columns import Column, copied
from tiltyard.pipelines.reads.texts import Texts

#: Names of a batch's columns of strings.
_COLUMNS = ("names", "sequences", "qualities")


class _Numbers:
    """Numbers that come in parts, in an array that grows."""

    def __init__(self) -> None:
        self._content = np.empty(1024, np.int64)
        self._size = 0

    def add(self, part: NDArray[np.int64]) -> None:
        end = self._size + len(part)
        if end > len(self._content):
            grown = np.empty(2 * end, np.int64)
            grown[: self._size] = self._content[: self._size]
            self._content = grown
        self._content[self._size : end] = part
        self._size = end

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return self._content[rows]


class _Strings:
    """Strings by their addresses."""

    def __init__(self) -> None:
        self._addresses, self._lengths = _Numbers(), _Numbers()
        self._kept: list[Column] = []

    def add(self, texts: Texts) -> None:
        column = Column(texts if 2 * texts.size > len(texts.buffer) else texts.contiguous())
        self._kept.append(column)
        self._addresses.add(column.starts + column.given[0])
        self._lengths.add(column.lengths)

    def take(self, rows: NDArray[np.int64]) -> Texts:
        return copied(self._addresses[rows], self._lengths[rows])


class Store:
    """Reads, numbered as they come, from 0."""

    def __init__(self) -> None:
        self._strings: dict[str, _Strings] = {}
        self._files, self._records = _Numbers(), _Numbers()
        self._mates: Store | None = None
        self._second_mate = False
        self.size = 0

    def add(self, batch: Batch) -> NDArray[np.int64]:
        """Add reads; returns their numbers."""
        for name in _COLUMNS:
            texts = getattr(batch, name)
            if texts is not None:
                self._strings.setdefault(name, _Strings()).add(texts)
        self._files.add(batch.files)
        self._records.add(batch.records)
        self._second_mate = batch.second_mate
        if batch.mate is not None:
            self._mates = self._mates or Store()
            self._mates.add(batch.mate)
        numbers = np.arange(self.size, self.size + len(batch))
        self.size += len(batch)
        return numbers

    def take(self, rows: NDArray[np.int64]) -> Batch:
        """A copy of the reads of these numbers, in this order."""
        strings = {name: column.take(rows) for name, column in self._strings.items()}
        return Batch(
            names=strings["names"],
            sequences=strings["sequences"],
            qualities=strings.get("qualities"),
            files=self._files[rows],
            records=self._records[rows],
            mate=None if self._mates is None else self._mates.take(rows),
            second_mate=self._second_mate,
        )
