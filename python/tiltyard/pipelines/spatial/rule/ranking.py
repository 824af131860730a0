"""Ranks of the genes of a spot by their counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

#: Most genes whose doubled ranks fit 16 bits.
NARROW = 32_767


def rank_type(genes: int) -> np.dtype[Any]:
    """The smallest unsigned type that holds doubled ranks of that many genes."""
    return np.dtype("<u2" if genes <= NARROW else "<u4")


def doubled_ranks(counts: NDArray[Any]) -> NDArray[Any]:
    """Twice the ascending rank of each gene in its spot, ties averaged: always whole numbers.

    Parameters
    ----------
    counts : (n, G) array

    Returns
    -------
    (n, G) array of `rank_type`
        The sum of a row is G (G + 1).
    """
    doubled = 2 * rankdata(counts, method="average", axis=1)
    return np.rint(doubled).astype(rank_type(counts.shape[1]))
