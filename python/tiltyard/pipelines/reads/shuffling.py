"""Reads in a drawn order, through a buffer of as many as are asked for."""

from __future__ import annotations

import numpy as np

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.drawing import signed
from tiltyard.pipelines.reads.native.columns import address
from tiltyard.pipelines.reads.native.loading import load
from tiltyard.pipelines.reads.rule.drawing import hashed, key
from tiltyard.pipelines.reads.rule.ordering import LABEL
from tiltyard.pipelines.reads.store import Store


class Shuffle:
    """A buffer of reads: each that comes sends a drawn one out, as `rule.ordering.shuffled` does.

    Parameters
    ----------
    capacity : int
        Reads, or pairs, from 2 on.
    seed, epoch, rank : int
        What the draws depend on.
    """

    def __init__(self, capacity: int, seed: int, epoch: int, rank: int) -> None:
        self._key = signed(key(seed, epoch, hashed(LABEL), rank, 0))
        self._draws = 0
        self._store = Store()
        self._slots = np.empty(capacity, np.int64)
        self._filled = 0

    def push(self, batch: Batch) -> Batch | None:
        """The reads that these ones send out; None if the buffer took all."""
        numbers = self._store.add(batch)
        free = len(self._slots) - self._filled
        self._slots[self._filled : self._filled + min(free, len(numbers))] = numbers[:free]
        self._filled += min(free, len(numbers))
        numbers = numbers[free:]
        if not len(numbers):
            return None
        sent = np.empty(len(numbers), np.int64)
        load("exchange")(
            address(numbers),
            len(numbers),
            address(self._slots),
            len(self._slots),
            self._key,
            self._draws,
            address(sent),
        )
        self._draws += len(numbers)
        found = self._store.take(sent)
        if self._store.size > 2 * len(self._slots) + len(batch):
            self._compact()
        return found

    def _compact(self) -> None:
        """Let go of all reads that were sent out."""
        kept = self._store.take(self._slots[: self._filled])
        self._store = Store()
        self._slots[: self._filled] = self._store.add(kept)

    def finish(self) -> Batch | None:
        """The reads that are left, in drawn order; None if there is none."""
        if not self._filled:
            return None
        sent = np.empty(self._filled, np.int64)
        load("empty")(address(self._slots), self._filled, self._key, self._draws, address(sent))
        self._filled = 0
        return self._store.take(sent)
