"""Scores of all spots by three stages: rows of ranks are read, scored, and written."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.files.rows import RowFile
from tiltyard.pipelines.spatial.flow.buffers import Buffers, shaped
from tiltyard.pipelines.spatial.flow.running import Plan, Spent, run
from tiltyard.pipelines.spatial.implementations.contract import Batch, Scorer
from tiltyard.pipelines.spatial.neighbouring.choosing import Neighbours, morton

#: Seconds between two notes of which rows are on the disk.
NOTED = 5.0
_HALF = np.dtype("<u2")


@dataclass(frozen=True)
class Work:
    """A batch on its way: its spots, and what the stages add.

    Parameters
    ----------
    spots : (b,) array
        Rows that are scored.
    rows : (u,) array
        Rows that are read.
    local, weights : (b, slices, k) array
    """

    spots: NDArray[np.int64]
    rows: NDArray[np.int64]
    local: NDArray[np.int32]
    weights: NDArray[np.float32]


class Scoring:
    """Scores annotations one after the other.

    Parameters
    ----------
    ranks, scores : RowFile
    lowest : (n,) array
        Rank above which a gene is expressed, by row.
    scorer : callable
    plan : Plan
    batch : int
        Most spots of a batch.
    memory : int
        Bytes of batches in flight.
    done : (n,) array of bool
        Rows whose scores are there; kept up to date.
    note : callable
        Called from time to time when all rows of `done` are on the disk.
    advance : callable
        Told how many spots more are done.
    """

    def __init__(
        self,
        ranks: RowFile,
        scores: RowFile,
        lowest: NDArray[Any],
        scorer: Scorer,
        *,
        plan: Plan,
        batch: int,
        memory: int,
        done: NDArray[np.bool_],
        note: Callable[[], None],
        advance: Callable[[int], None],
    ) -> None:
        self.ranks, self.scores, self.lowest, self.scorer = ranks, scores, lowest, scorer
        self.plan, self.batch, self.done = plan, batch, done
        self.note, self.advance = note, advance
        self.buffers = Buffers(memory)
        self.cut = 0
        self._lock = threading.Lock()
        self._noted = time.monotonic()
        self._written: list[NDArray[np.int64]] = []

    def score(self, near: Neighbours, places: NDArray[np.float64]) -> list[Spent]:
        """Score the spots of an annotation that are not done; returns what each stage took."""
        stages = (self._read, self._compute, self._write)
        return run(self._works(near, places), stages, self.plan, self.buffers.stop)

    def finish(self) -> None:
        """Note what was written since the last time."""
        with self._lock:
            self._note()

    def _works(self, near: Neighbours, places: NDArray[np.float64]) -> Iterator[Work]:
        order = morton(places[near.spots])
        order = order[~self.done[near.spots[order]]]
        for first in range(0, len(order), self.batch):
            yield from self._fitting(near, order[first : first + self.batch])

    def _fitting(self, near: Neighbours, own: NDArray[np.int64]) -> Iterator[Work]:
        """A batch, cut in halves until it fits what may be in flight."""
        rows, weights = near.rows[own], near.weights[own]
        unique, local = np.unique(np.where(weights > 0, rows, -1), return_inverse=True)
        local = local.reshape(rows.shape)
        if len(unique) and unique[0] < 0:
            unique, local = unique[1:], np.maximum(local - 1, 0)
        work = Work(near.spots[own], unique.astype(np.int64), local.astype(np.int32), weights)
        if len(own) > 1 and self._bytes(work) > self.buffers.budget:
            middle = len(own) // 2
            yield from self._fitting(near, own[:middle])
            yield from self._fitting(near, own[middle:])
        else:
            yield work

    def _bytes(self, work: Work) -> int:
        return len(work.rows) * self.ranks.row_bytes + len(work.spots) * self.scores.row_bytes

    def _read(self, work: Work) -> tuple[Work, NDArray[np.uint8]]:
        buffer = self.buffers.take(self._bytes(work))
        self.ranks.read(work.rows, self._ranks(work, buffer))
        return work, buffer

    def _ranks(self, work: Work, buffer: NDArray[np.uint8]) -> NDArray[Any]:
        return shaped(buffer, len(work.rows), self.ranks.width, self.ranks.kind)

    def _scores(self, work: Work, buffer: NDArray[np.uint8]) -> NDArray[np.uint16]:
        behind = buffer[len(work.rows) * self.ranks.row_bytes :]
        return shaped(behind, len(work.spots), self.scores.width, _HALF)

    def _compute(self, item: tuple[Work, NDArray[np.uint8]]) -> tuple[Work, NDArray[np.uint8]]:
        work, buffer = item
        lowest = self.lowest[work.rows]
        batch = Batch(self._ranks(work, buffer), lowest, work.local, work.weights)
        cut = self.scorer(batch, self._scores(work, buffer))
        with self._lock:
            self.cut += cut
        return item

    def _write(self, item: tuple[Work, NDArray[np.uint8]]) -> None:
        work, buffer = item
        self.scores.write(work.spots, self._scores(work, buffer))
        self.buffers.give(buffer)
        with self._lock:
            self._written.append(work.spots)
            if time.monotonic() - self._noted > NOTED:
                self._note()
        self.advance(len(work.spots))

    def _note(self) -> None:
        """What is called done must be on the disk first."""
        self.scores.sync()
        for spots in self._written:
            self.done[spots] = True
        self._written.clear()
        self.note()
        self._noted = time.monotonic()
