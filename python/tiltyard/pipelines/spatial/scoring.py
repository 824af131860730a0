"""Scores of all spots by three stages: rows of ranks are read, scored, and written."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.batches import HALF, Work
from tiltyard.pipelines.spatial.files.rows import RowFile
from tiltyard.pipelines.spatial.flow.buffers import Buffers, shaped
from tiltyard.pipelines.spatial.flow.running import Plan, Spent, run
from tiltyard.pipelines.spatial.implementations.contract import Batch, Scorer
from tiltyard.pipelines.spatial.neighbouring.choosing import Neighbours, morton
from tiltyard.pipelines.team import Team

#: Seconds between two notes of which rows are on the disk.
NOTED = 5.0
#: Ranks have this many times the memory of scores: a batch reads more rows than it writes.
RANKS_SHARE = 3
#: Batches that the memory has room for. Smaller ones would read more rows twice; larger ones
#: would make the memory of a run depend on how many spots there are.
BATCHES = 16

#: A batch with its ranks, and later with its scores.
Ranked = tuple[Work, NDArray[np.uint8]]


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
    team : Team or None
        Processes that read, score and write batches in the place of this one's threads.
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
        team: Team | None = None,
    ) -> None:
        self.ranks, self.scores, self.lowest, self.scorer = ranks, scores, lowest, scorer
        self.plan, self.batch, self.done, self.team = plan, batch, done, team
        self.note, self.advance = note, advance
        # Two of them: who waits for room for scores holds none that scores are given back from.
        parts = RANKS_SHARE + 1
        self.for_ranks = Buffers(memory * RANKS_SHARE // parts)
        self.for_scores = Buffers(memory // parts)
        self.most = max(memory // BATCHES, 1)
        self.cut = 0
        self._lock = threading.Lock()
        self._noted = time.monotonic()
        self._written: list[NDArray[np.int64]] = []

    def score(self, near: Neighbours, places: NDArray[np.float64]) -> list[Spent]:
        """Score the spots of an annotation that are not done; returns what each stage took."""
        works = self._works(near, places)
        if self.team is not None:
            return run(works, (_as_it_is, self._ask, self._written_by), self.plan)
        return run(works, (self._read, self._compute, self._write), self.plan, self._stop)

    def finish(self) -> None:
        """Note what was written since the last time."""
        with self._lock:
            self._note()

    def _stop(self) -> None:
        self.for_ranks.stop()
        self.for_scores.stop()

    def _works(self, near: Neighbours, places: NDArray[np.float64]) -> Iterator[Work]:
        order = morton(places[near.spots])
        order = order[~self.done[near.spots[order]]]
        for first in range(0, len(order), self.batch):
            yield from self._fitting(near, order[first : first + self.batch])

    def _fitting(self, near: Neighbours, own: NDArray[np.int64]) -> Iterator[Work]:
        """A batch, cut in halves until it takes no more than its part of the memory."""
        rows, weights = near.rows[own], near.weights[own]
        unique, local = np.unique(np.where(weights > 0, rows, -1), return_inverse=True)
        local = local.reshape(rows.shape)
        if len(unique) and unique[0] < 0:
            unique, local = unique[1:], np.maximum(local - 1, 0)
        size = len(unique) * self.ranks.row_bytes + len(own) * self.scores.row_bytes
        if len(own) > 1 and size > self.most:
            middle = len(own) // 2
            yield from self._fitting(near, own[:middle])
            yield from self._fitting(near, own[middle:])
        else:
            yield Work(near.spots[own], unique.astype(np.int64), local.astype(np.int32), weights)

    def _read(self, work: Work) -> Ranked:
        buffer = self.for_ranks.take(len(work.rows) * self.ranks.row_bytes)
        self.ranks.read(work.rows, self._ranks(work, buffer))
        return work, buffer

    def _ranks(self, work: Work, buffer: NDArray[np.uint8]) -> NDArray[Any]:
        return shaped(buffer, len(work.rows), self.ranks.width, self.ranks.kind)

    def _scores(self, work: Work, buffer: NDArray[np.uint8]) -> NDArray[np.uint16]:
        return shaped(buffer, len(work.spots), self.scores.width, HALF)

    def _compute(self, item: Ranked) -> Ranked:
        work, ranks = item
        scores = self.for_scores.take(len(work.spots) * self.scores.row_bytes)
        lowest = self.lowest[work.rows]
        batch = Batch(self._ranks(work, ranks), lowest, work.local, work.weights)
        cut = self.scorer(batch, self._scores(work, scores))
        self.for_ranks.give(ranks)
        with self._lock:
            self.cut += cut
        return work, scores

    def _write(self, item: Ranked) -> None:
        work, scores = item
        self.scores.write(work.spots, self._scores(work, scores))
        self.for_scores.give(scores)
        self._written_by(work)

    def _ask(self, work: Work) -> Work:
        assert self.team is not None
        cut = self.team.ask(work)
        with self._lock:
            self.cut += cut
        return work

    def _written_by(self, work: Work) -> None:
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


def _as_it_is(work: Work) -> Work:
    """What a process reads itself."""
    return work
