"""From sums over blocks to estimates, and what chunks of a trait have in common."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.heritability.prepared import (
    SPOTS,
    Estimates,
    Floats,
    Prepared,
)
from tiltyard.pipelines.spatial.rule.regression import (
    NO_SIGNAL,
    OK,
    SINGULAR,
    SPREAD,
    constant_of,
    edges,
)


class _Tables(threading.local):
    """Table of a thread's chunk: new pages for each chunk would cost more than filling them."""

    table: Any = None


class Shared:
    """What does not depend on the spot.

    Parameters
    ----------
    prepared : Prepared
    kind : type
        Of the arrays that are summed: float32 or float64.
    """

    def __init__(self, prepared: Prepared, kind: type) -> None:
        trait, weights = prepared.trait, prepared.weights.tocsr()
        self.trait, self.kind, self.mean = trait, kind, trait.mean_samples
        self.edges = edges(len(trait.chi2), trait.blocks)
        scale = trait.samples / self.mean
        columns = np.column_stack([trait.baseline * scale[:, None], np.ones(len(scale))])
        # Columns near 1: beside an intercept of 1, float32 would lose those of 1000.
        size = np.sqrt((columns**2).mean(0))
        self.columns = self._array(columns / np.where(size > 0, size, 1))
        self.base = self._array(trait.base)
        self.over = self._array(1 / np.maximum(trait.weights, 1))
        self.chi2, self.scale = self._array(trait.chi2), self._array(scale)
        self.own = self.scale if trait.scale_spatial else np.ones_like(self.scale)
        self.starts = weights.indptr.astype(np.int64)
        self.genes = weights.indices.astype(np.int32)
        self.data = weights.data.astype(np.float32)
        self.weights = self.data.astype(kind)
        count = len(trait.chi2)
        self._mean_product = (weights.astype(np.float64).T @ trait.samples) / count
        self._own = _Tables()
        self._base_product = float((trait.base * trait.samples).mean())

    def _array(self, values: Any) -> Any:
        return np.ascontiguousarray(values, self.kind)

    def table(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores of a chunk by gene, (G, SPOTS), which are this thread's until its next chunk."""
        from tiltyard.pipelines.spatial.kernels.chunks import turned

        if self._own.table is None:
            self._own.table = np.empty(scores.shape[::-1], np.float32)
        table: NDArray[np.float32] = self._own.table
        turned(scores, table)
        return table

    def constants(self, table: NDArray[np.float32]) -> tuple[Floats, Floats, NDArray[Any]]:
        """The weights' constant of each spot, the mean of x N, and the slope that follows.

        The mean needs no LD score: it is a sum over genes.
        """
        from tiltyard.pipelines.spatial.kernels.chunks import mean_products

        product = np.empty(SPOTS)
        mean_products(table, self._mean_product, product)
        product += self._base_product
        constant = np.asarray(constant_of(float(self.trait.chi2.mean()), 1.0) / product)
        slope = np.clip(constant, 0, 1) * self.mean / SPREAD
        return constant, product, slope.astype(self.kind)

    def without_signal(self, table: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Spots whose LD scores are all the same."""
        from tiltyard.pipelines.spatial.kernels.chunks import without_signal

        found = np.empty(SPOTS, np.bool_)
        without_signal(self.starts, self.genes, self.data, table, found)
        return found

    def estimates(
        self,
        table: NDArray[np.float32],
        whole: Floats,
        without: Floats,
        constants: tuple[Floats, Floats],
    ) -> Estimates:
        """The jackknife's estimates from coefficients with all blocks, and without each."""
        blocks = self.trait.blocks
        pseudo = blocks * whole - (blocks - 1) * without
        beta = pseudo.mean(0) / self.mean
        se = np.sqrt(pseudo.var(0, ddof=1) / blocks) / self.mean
        status = np.full(len(beta), OK, dtype="U9")
        status[~(np.isfinite(beta) & np.isfinite(se))] = SINGULAR
        status[self.without_signal(table)] = NO_SIGNAL
        fine = status == OK
        return Estimates(
            np.where(fine, beta, np.nan), np.where(fine, se, np.nan), *constants, status
        )
