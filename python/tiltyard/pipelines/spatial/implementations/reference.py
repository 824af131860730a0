"""The rule itself, spot by spot in float64: it decides what is right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.implementations.contract import Batch, Genes, Scorer
from tiltyard.pipelines.spatial.neighbouring.choosing import Neighbours, Similar
from tiltyard.pipelines.spatial.rule import neighbours as rule
from tiltyard.pipelines.spatial.rule.neighbours import Rows, Spots
from tiltyard.pipelines.spatial.rule.specificity import score, stored


class NumpySpot:
    """One spot at a time; it looks at all spots of an annotation for the nearest."""

    name = "numpy-spot"

    def neighbours(
        self, spots: Spots, members: Rows, similar: Similar, nearest: int, threads: int
    ) -> Neighbours:
        """See `Implementation`."""
        own = replace(
            spots,
            places=spots.places[members],
            embedding=spots.embedding[members],
            groups=spots.groups[members],
            niche=None if spots.niche is None else spots.niche[members],
            slices=None if spots.slices is None else spots.slices[members],
        )
        found = rule.neighbours(own, similar.formula, nearest)
        rows = np.where(found.rows < 0, -1, members[found.rows])
        return Neighbours(members, rows.astype(np.int32), found.weights.astype(np.float32))

    def scorer(self, genes: Genes) -> Scorer:
        """See `Implementation`."""
        table = genes.logs()

        def scores(batch: Batch, out: NDArray[np.uint16]) -> int:
            cut = 0
            for spot in range(len(out)):
                found, own = _spot(genes, table, batch, spot)
                out[spot], cut = found, cut + own
            return cut

        return scores


def _spot(
    genes: Genes, table: NDArray[np.float64], batch: Batch, spot: int
) -> tuple[NDArray[np.uint16], int]:
    """Bits of one spot's scores, and how many were cut."""
    total, slices = np.zeros(len(genes.mean_log)), 0
    for local, weights in zip(batch.local[spot], batch.weights[spot], strict=True):
        counts = weights > 0
        if not counts.any():
            continue
        slices += 1
        ranks, lowest = batch.ranks[local[counts]], batch.lowest[local[counts]]
        log_m = weights[counts].astype(np.float64) @ table[ranks] - genes.mean_log
        found = score(log_m, genes.formula)
        if genes.by_fraction:
            near: Rows = (ranks > lowest[:, None]).sum(0)
            found[near * genes.spots <= genes.carriers * len(ranks)] = 0
        total += found
    half, cut = stored(total / max(slices, 1))
    return half.view(np.uint16), cut
