"""A chunk of spots as a table by genes, and what is asked of it before its regression."""

from __future__ import annotations

from typing import Any

import numpy as np

from tiltyard.pipelines.spatial.kernels.compiling import kernel
from tiltyard.pipelines.spatial.kernels.moments import SPOTS

_SQUARE = 16


@kernel
def turned(scores: Any, table: Any) -> None:
    """Fill `table`, (G, SPOTS), with `scores`, (SPOTS, G), in squares that stay in the cache."""
    genes = len(table)
    for g0 in range(0, genes, _SQUARE):
        last = min(g0 + _SQUARE, genes)
        for s in range(SPOTS):
            for g in range(g0, last):
                table[g, s] = scores[s, g]


@kernel
def mean_products(table: Any, weights: Any, out: Any) -> None:
    """Sums over genes of a weight, (G,), times the score, into `out`, (SPOTS,) of float64."""
    out[:] = 0.0
    for gene in range(len(table)):
        w, row = weights[gene], table[gene]
        for s in range(SPOTS):
            out[s] += w * row[s]


@kernel
def without_signal(starts: Any, genes: Any, weights: Any, table: Any, alike: Any) -> None:
    """Fill `alike`, (SPOTS,) of bool, with whether a spot's LD scores are all the same.

    It ends at the SNP at which no spot is left; most spots leave at the first ones.

    Parameters
    ----------
    starts, genes, weights : arrays
        CSR of SNPs × genes.
    table : (G, SPOTS) array
    alike : (SPOTS,) array of bool
    """
    count = len(starts) - 1
    first, row = np.zeros(SPOTS), np.empty(SPOTS)
    alike[:] = True
    for i in range(count):
        row[:] = 0.0
        for q in range(starts[i], starts[i + 1]):
            v, own = np.float64(weights[q]), table[genes[q]]
            for s in range(SPOTS):
                row[s] += v * own[s]
        if i == 0:
            first[:] = row
        left = 0
        for s in range(SPOTS):
            alike[s] = alike[s] and row[s] == first[s]
            left += alike[s]
        if left == 0:
            return
        if left <= SPOTS // 8 and i >= SPOTS:
            break
    for s in range(SPOTS):
        if alike[s]:
            alike[s] = _same(starts, genes, weights, table, s)


@kernel
def _same(starts: Any, genes: Any, weights: Any, table: Any, spot: int) -> bool:
    """Whether one spot's LD scores are all the same."""
    first = 0.0
    for i in range(len(starts) - 1):
        total = 0.0
        for q in range(starts[i], starts[i + 1]):
            total += np.float64(weights[q]) * table[genes[q], spot]
        if i == 0:
            first = total
        elif total != first:
            return False
    return True
