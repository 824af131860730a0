"""From sums over blocks to estimates, and what chunks of a trait have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.heritability.prepared import Estimates, Floats, Prepared
from tiltyard.pipelines.spatial.rule.regression import (
    NO_SIGNAL,
    OK,
    SINGULAR,
    SPREAD,
    constant_of,
    edges,
)

#: SNPs of which a spot's LD scores are looked at first, to see whether they are all the same.
_FIRST = 256


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
        self.base = self._array(trait.baseline.sum(1))
        self.over = self._array(1 / np.maximum(trait.weights, 1))
        self.chi2, self.scale = self._array(trait.chi2), self._array(scale)
        self.own = self.scale if trait.scale_spatial else np.ones_like(self.scale)
        self.starts = weights.indptr.astype(np.int64)
        self.genes = weights.indices.astype(np.int32)
        self.weights = weights.data.astype(kind)
        self._exact = weights.astype(np.float64)
        count = len(trait.chi2)
        self._mean_product = (self._exact.T @ trait.samples) / count
        self._base_product = float((trait.baseline.sum(1) * trait.samples).mean())

    def _array(self, values: Any) -> Any:
        return np.ascontiguousarray(values, self.kind)

    def constants(self, scores: NDArray[np.float32]) -> tuple[Floats, Floats, NDArray[Any]]:
        """The weights' constant of each spot, the mean of x N, and the slope that follows.

        The mean needs no LD score: it is a sum over genes.
        """
        product = scores.astype(np.float64) @ self._mean_product + self._base_product
        constant = np.asarray(constant_of(float(self.trait.chi2.mean()), 1.0) / product)
        slope = np.clip(constant, 0, 1) * self.mean / SPREAD
        return constant, product, slope.astype(self.kind)

    def without_signal(self, scores: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Spots whose LD scores are all the same: looked at in full only if the first are."""
        own = scores.astype(np.float64).T
        found = np.ptp(self._exact[:_FIRST] @ own, axis=0) == 0
        if found.any():
            found[found] = np.ptp(self._exact @ own[:, found], axis=0) == 0
        return found

    def estimates(
        self,
        scores: NDArray[np.float32],
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
        status[self.without_signal(scores)] = NO_SIGNAL
        fine = status == OK
        return Estimates(
            np.where(fine, beta, np.nan), np.where(fine, se, np.nan), *constants, status
        )
