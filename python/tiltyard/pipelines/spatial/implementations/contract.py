"""What an implementation of gene specificity has to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.neighbouring.choosing import Neighbours, Similar
from tiltyard.pipelines.spatial.rule.formulas import NEIGHBOURS, Formula
from tiltyard.pipelines.spatial.rule.neighbours import Floats, Rows, Spots


@dataclass(frozen=True)
class Genes:
    """What all n spots say of each of G genes.

    Parameters
    ----------
    formula : Formula
    spots : int
        n.
    mean_log : (G,) array of float64
        Mean logarithm of the rank.
    carriers : (G,) array of int64
        Spots with a count above 0.
    ranked : int
        Genes that were ranked; there may be more than have scores.
    by_fraction : bool
        Whether a gene needs a larger share of the neighbours than of all spots.
    """

    formula: Formula
    spots: int
    mean_log: Floats
    carriers: Rows
    ranked: int
    by_fraction: bool = True

    def logs(self) -> Floats:
        """Logarithm of the rank for each doubled rank."""
        return np.log(np.maximum(np.arange(2 * self.ranked + 1), 1) / 2.0)

    def need(self) -> NDArray[np.uint8]:
        """Most neighbours that express a gene in vain, by how many count, (k + 1, G)."""
        if not self.by_fraction:
            return np.zeros((NEIGHBOURS + 1, len(self.carriers)), np.uint8)
        used = np.arange(NEIGHBOURS + 1)[:, None]
        return (self.carriers * used // self.spots).astype(np.uint8)


@dataclass(frozen=True)
class Batch:
    """Spots that are scored at once, and the ranks of all their neighbours.

    Parameters
    ----------
    ranks : (u, G) array
        Doubled ranks.
    lowest : (u,) array
        Rank above which a gene is expressed there.
    local : (b, slices, k) array of int32
        Row in `ranks`.
    weights : (b, slices, k) array of float32
    """

    ranks: NDArray[Any]
    lowest: NDArray[Any]
    local: NDArray[np.int32]
    weights: NDArray[np.float32]


class Scorer(Protocol):
    """Scores of batches, with what does not depend on the batch prepared."""

    def __call__(self, batch: Batch, out: NDArray[np.uint16]) -> int:
        """Fill `out`, (b, G), with the bits of float16; returns how many scores were cut."""


class Implementation(Protocol):
    """One way to choose neighbours and to score; it has to give what the rule gives."""

    @property
    def name(self) -> str:
        """As in `NAMES`."""

    def neighbours(
        self, spots: Spots, members: Rows, similar: Similar, nearest: int, threads: int
    ) -> Neighbours:
        """Neighbours of the spots of one annotation."""

    def scorer(self, genes: Genes) -> Scorer:
        """Who scores batches."""
