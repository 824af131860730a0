"""Gene specificity scores of a spot, from the ranks of its neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.rule.formulas import Formula
from tiltyard.pipelines.spatial.rule.neighbours import Chosen, Floats, Rows

#: Largest score that is stored: the largest finite float16.
LARGEST = 65_504.0


class Ranked:
    """Ranks of n spots, and what all of them say of each gene.

    Parameters
    ----------
    doubled : (n, G) array
        Doubled ranks.
    counted : (n, G) array of bool
        Where the count is above 0.
    """

    def __init__(self, doubled: NDArray[Any], counted: NDArray[np.bool_]) -> None:
        self.doubled, self.counted = doubled, counted
        self.logs: Floats = np.log(doubled / 2.0)
        self.mean_log: Floats = self.logs.mean(0)
        self.carriers: Rows = counted.sum(0)

    def expressed(self, formula: Formula) -> NDArray[np.bool_]:
        """Where a gene is expressed, as the formula says it."""
        if formula.by_rank:
            return self.doubled > self.doubled.min(1, keepdims=True)
        return self.counted


def log_specificity(ranked: Ranked, rows: Rows, weights: Floats) -> Floats:
    """Logarithm of the specificity m of each gene, for one spot's neighbours that count."""
    return weights @ ranked.logs[rows] - ranked.mean_log


def frequent(ranked: Ranked, expressed: NDArray[np.bool_], rows: Rows) -> NDArray[np.bool_]:
    """Genes expressed in a larger share of the neighbours than of all spots; in whole numbers."""
    near: Rows = expressed[rows].sum(0)
    return near * len(ranked.logs) > ranked.carriers * len(rows)


def score(log_m: Floats, formula: Formula) -> Floats:
    """Scores from logarithms of the specificity; 0 below the least."""
    with np.errstate(over="ignore"):
        m = np.exp(log_m)
        below = m < formula.least if formula.by_similarity else m <= formula.least
        return np.where(below, 0.0, np.expm1(m**formula.power))


def specificity(
    ranked: Ranked, chosen: Chosen, formula: Formula, *, by_fraction: bool = True
) -> Floats:
    """Scores of all spots before they are rounded, (n, G).

    With slices, a score is the mean over those on which the spot has a neighbour that counts.
    """
    expressed = ranked.expressed(formula)
    found = np.zeros(ranked.logs.shape)
    for spot in range(len(found)):
        slices = 0
        for rows, weights in zip(chosen.rows[spot], chosen.weights[spot], strict=True):
            counts = weights > 0
            if not counts.any():
                continue
            slices += 1
            near = rows[counts]
            own = score(log_specificity(ranked, near, weights[counts]), formula)
            if by_fraction:
                own[~frequent(ranked, expressed, near)] = 0
            found[spot] += own
        found[spot] /= max(slices, 1)
    return found


def stored(scores: Floats) -> tuple[NDArray[np.float16], int]:
    """Scores as they are stored, float16 with ties to even, and how many are cut to `LARGEST`."""
    return np.minimum(scores, LARGEST).astype(np.float16), int((scores > LARGEST).sum())
