"""Whole batches in numpy: products of a matrix of weights with the logarithms of all ranks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.implementations.contract import Batch, Genes, Scorer
from tiltyard.pipelines.spatial.neighbouring.choosing import Neighbours, Similar, neighbours_of
from tiltyard.pipelines.spatial.rule.formulas import NICHE
from tiltyard.pipelines.spatial.rule.neighbours import SAME_NICHE, STEP, Floats, Rows, Spots
from tiltyard.pipelines.spatial.rule.specificity import LARGEST


class MatmulBatch:
    """A matrix product of a batch's weights with the logarithms of its neighbours' ranks."""

    name = "matmul-batch"

    def neighbours(
        self, spots: Spots, members: Rows, similar: Similar, nearest: int, threads: int
    ) -> Neighbours:
        """See `Implementation`."""
        return neighbours_of(spots, members, similar, nearest, choose, threads)

    def scorer(self, genes: Genes) -> Scorer:
        """See `Implementation`."""
        table, mean = genes.logs().astype(np.float32), genes.mean_log.astype(np.float32)

        def scores(batch: Batch, out: NDArray[np.uint16]) -> int:
            logs = table[batch.ranks]
            flags = (batch.ranks > batch.lowest[:, None]).astype(np.float32)
            total = np.zeros(out.shape, np.float32)
            slices = np.zeros((len(out), 1), np.float32)
            for part in range(batch.local.shape[1]):
                weights = _spread(batch.local[:, part], batch.weights[:, part], len(batch.ranks))
                counts = weights > 0
                used = counts.sum(1, keepdims=True)
                own = _scored(weights @ logs - mean, genes)
                if genes.by_fraction:
                    near = np.rint(counts.astype(np.float32) @ flags).astype(np.int64)
                    own[near * genes.spots <= genes.carriers * used] = 0
                total += np.where(used > 0, own, np.float32(0))
                slices += used > 0
            total /= np.maximum(slices, 1)
            out[:] = np.minimum(total, LARGEST).astype(np.float16).view(np.uint16)
            return int((total > LARGEST).sum())

        return scores


def _spread(
    local: NDArray[np.int32], weights: NDArray[np.float32], width: int
) -> NDArray[np.float32]:
    """Weights as a matrix, a column for each row of ranks."""
    found = np.zeros((len(local), width), np.float32)
    rows, places = np.nonzero(weights > 0)
    found[rows, local[rows, places]] = weights[rows, places]
    return found


def _scored(log_m: NDArray[np.float32], genes: Genes) -> NDArray[np.float32]:
    formula = genes.formula
    with np.errstate(over="ignore"):
        found = np.expm1(np.exp(np.float32(formula.power) * log_m))
    below = log_m < 0 if formula.by_similarity else log_m <= 0
    found[below] = 0
    return found


def choose(
    similar: Similar,
    spots: Rows,
    candidates: Rows,
    rows: NDArray[np.int32],
    weights: NDArray[np.float32],
) -> None:
    """See `choosing.Choose`: products of each spot's candidates with it, then a stable sort."""
    found = _cosines(similar.units, spots, candidates)
    if similar.formula.by_similarity:
        found = np.maximum(found, 0.0)
    score = found
    if similar.niches.shape[1]:
        score = found + SAME_NICHE * (_cosines(similar.niches, spots, candidates) >= NICHE)
    first = np.argsort(-score, axis=1, kind="stable")[:, : rows.shape[1]]
    used = first.shape[1]
    rows[:, :used] = np.take_along_axis(candidates, first, 1)
    found = np.take_along_axis(found, first, 1)
    if not similar.formula.by_similarity:
        weights[:, :used] = 1 / max(used, 1)
        return
    total = found.cumsum(1)[:, -1:]
    weights[:, :used] = np.divide(found, total, out=np.zeros_like(found), where=total > 0)


def _cosines(units: Floats, spots: Rows, candidates: Rows) -> Floats:
    product = np.matmul(units[candidates], units[spots][:, :, None])[..., 0]
    return np.rint(product / STEP) * STEP + 0.0
