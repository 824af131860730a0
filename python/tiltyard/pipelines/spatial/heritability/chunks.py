"""Chunks of spots, regressed one by one: by this process, its threads, or processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.heritability.prepared import (
    SPOTS,
    Estimates,
    Prepared,
    together,
)
from tiltyard.pipelines.spatial.heritability.ways import way
from tiltyard.pipelines.spatial.reading.opening import Scores, open_scores
from tiltyard.pipelines.team import Team

#: How the work may be spread.
BACKENDS = ("threads", "processes")


@dataclass(frozen=True)
class Given:
    """What regressing chunks needs.

    Parameters
    ----------
    scores : path
        Folder or file of the scores.
    columns : (G,) array
        Columns of the scores that are used.
    prepared : Prepared
    way : str
    precision : int
    """

    scores: Path
    columns: NDArray[np.int64]
    prepared: Prepared
    way: str
    precision: int


class Chunks:
    """Estimates of chunks, each of which begins at a multiple of `SPOTS` and is whole."""

    def __init__(self, given: Given, store: Scores | None = None) -> None:
        self._store = store or open_scores(given.scores)
        self._columns = given.columns
        self._regress = way(given.way).regressor(given.prepared, given.precision)

    def __call__(self, begin: int) -> Estimates:
        """Estimates of the chunk at `begin`; of spots behind the last one, anything."""
        last = min(begin + SPOTS, self._store.count)
        scores = np.zeros((SPOTS, len(self._columns)), np.float32)
        scores[: last - begin] = self._store.read(begin, last)[:, self._columns]
        return self._regress(scores)


def estimates(
    given: Given,
    store: Scores,
    cells: tuple[int, int],
    workers: int,
    backend: str,
    advance: Callable[[int], Any],
) -> Estimates:
    """Estimates of a range of spots: chunks are whole, then cut.

    Parameters
    ----------
    given : Given
    store : Scores
        The open scores.
    cells : (int, int)
    workers : int
    backend : str
        One of `BACKENDS`.
    advance : callable
        Told how many spots more are done.
    """
    begins = range(cells[0] // SPOTS * SPOTS, cells[1], SPOTS)
    found = []
    with ExitStack() as stack:
        work: Callable[[int], Estimates]
        if backend == "processes":
            work = stack.enter_context(Team(workers, Chunks, given)).ask
        else:
            work = Chunks(given, store)
        for begin, whole in zip(begins, _in_turn(work, begins, workers), strict=True):
            first, last = max(cells[0], begin), min(cells[1], begin + SPOTS, store.count)
            found.append(whole.of(first - begin, last - begin))
            advance(last - first)
    return together(found)


def _in_turn(work: Callable[[int], Estimates], begins: range, workers: int) -> Iterator[Estimates]:
    """Results in order; at most two for each worker are under way."""
    if workers == 1:
        yield from map(work, begins)
        return
    waiting: list[Future[Estimates]] = []
    with ThreadPoolExecutor(workers) as pool:
        for begin in begins:
            waiting.append(pool.submit(work, begin))
            if len(waiting) >= 2 * workers:
                yield waiting.pop(0).result()
        for one in waiting:
            yield one.result()
