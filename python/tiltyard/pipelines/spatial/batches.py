"""A batch of spots that is read, scored and written in one go, as worker processes do it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.files.rows import RowFile
from tiltyard.pipelines.spatial.implementations import implementation
from tiltyard.pipelines.spatial.implementations.contract import Batch, Genes

#: Type of the bits of a score.
HALF = np.dtype("<u2")


@dataclass(frozen=True)
class Work:
    """A batch on its way.

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


@dataclass(frozen=True)
class Matrices:
    """Where ranks and scores are, and what they have in common.

    Parameters
    ----------
    ranks, scores : path
    kind : dtype
        Of the ranks.
    shape : (int, int)
        Of both.
    """

    ranks: Path
    scores: Path
    kind: np.dtype[Any]
    shape: tuple[int, int]


class Scored:
    """Reads, scores and writes batches; work arrays are used again.

    Parameters
    ----------
    matrices : Matrices
    lowest : (n,) array
        Rank above which a gene is expressed, by row.
    way : str
        Name of an implementation.
    genes : Genes
    """

    def __init__(self, matrices: Matrices, lowest: NDArray[Any], way: str, genes: Genes) -> None:
        self._ranks = RowFile(matrices.ranks, matrices.kind, *matrices.shape)
        self._scores = RowFile(matrices.scores, HALF, *matrices.shape, writable=True)
        self._lowest, self._scorer = lowest, implementation(way).scorer(genes)
        self._read = np.empty((0, matrices.shape[1]), matrices.kind)
        self._made = np.empty((0, matrices.shape[1]), HALF)

    def __call__(self, work: Work) -> int:
        """Write the scores of a batch; returns how many were cut."""
        if len(self._read) < len(work.rows):
            self._read = np.empty((len(work.rows), self._ranks.width), self._ranks.kind)
        if len(self._made) < len(work.spots):
            self._made = np.empty((len(work.spots), self._scores.width), HALF)
        ranks, made = self._read[: len(work.rows)], self._made[: len(work.spots)]
        self._ranks.read(work.rows, ranks)
        batch = Batch(ranks, self._lowest[work.rows], work.local, work.weights)
        cut = self._scorer(batch, made)
        self._scores.write(work.spots, made)
        return cut
