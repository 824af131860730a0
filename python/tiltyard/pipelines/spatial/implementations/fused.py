"""Compiled kernels, each of which does all of its work on what is in the cache."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.implementations.contract import Batch, Genes, Scorer
from tiltyard.pipelines.spatial.neighbouring.choosing import Neighbours, Similar, neighbours_of
from tiltyard.pipelines.spatial.rule.formulas import NICHE
from tiltyard.pipelines.spatial.rule.neighbours import Rows, Spots

#: Least logarithm of the specificity that has a score under A, which excludes 0.
_ABOVE_ZERO = 1e-30


class NumbaFused:
    """What is chosen where nothing else is asked for."""

    name = "numba-fused"

    def neighbours(
        self, spots: Spots, members: Rows, similar: Similar, nearest: int, threads: int
    ) -> Neighbours:
        """See `Implementation`."""
        return neighbours_of(spots, members, similar, nearest, choose, threads)

    def scorer(self, genes: Genes) -> Scorer:
        """See `Implementation`."""
        from tiltyard.pipelines.spatial.kernels.scores import score_batch

        table, mean = genes.logs().astype(np.float32), genes.mean_log.astype(np.float32)
        need, formula = genes.need(), genes.formula
        floor = np.float32(0.0 if formula.by_similarity else _ABOVE_ZERO)
        seen_before = np.uint8(0 if genes.by_fraction else 1)

        def scores(batch: Batch, out: NDArray[np.uint16]) -> int:
            return score_batch(
                batch.ranks,
                batch.lowest,
                table,
                mean,
                need,
                batch.local,
                batch.weights,
                np.float32(formula.power),
                floor,
                seen_before,
                out,
            )

        return scores


def choose(
    similar: Similar,
    spots: Rows,
    candidates: Rows,
    rows: NDArray[np.int32],
    weights: NDArray[np.float32],
) -> None:
    """See `choosing.Choose`."""
    from tiltyard.pipelines.spatial.kernels.neighbours import choose as compiled

    compiled(
        spots,
        candidates,
        similar.units,
        similar.niches,
        NICHE,
        similar.formula.by_similarity,
        rows,
        weights,
    )
