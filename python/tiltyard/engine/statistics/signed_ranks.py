"""Paired comparisons: Wilcoxon's signed-rank test of many rows at once, and Holm's correction."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.special import ndtr

from tiltyard.engine.statistics.replicates import Array, Integers

#: Pairs up to which the test is exact; beyond it the normal approximation is.
MOST_EXACT = 25


def signed_rank_test(differences: Array) -> Array:
    """Two-sided p-values of Wilcoxon's signed-rank test for the rows of `differences`.

    Up to 25 pairs they are exact, given the ranks that were found: equal sizes share their mean
    rank and differences of 0 are left out, in data and null distribution alike. For more pairs
    the normal distribution with the same mean and variance is used.

    Parameters
    ----------
    differences : (rows, n) array
        Differences of pairs; infinite ones rank last.

    Returns
    -------
    (rows,) array
        p-values: NaN for a row with a NaN, 1 for a row of zeros, at least ``2**(1 - n)``.
    """
    result = np.full(len(differences), np.nan)
    known = ~np.isnan(differences).any(axis=1)
    if not known.any():
        return result
    d = differences[known]
    # Twice the ranks, as ties make halves; 0 for the differences that are left out.
    zeros = np.count_nonzero(d == 0.0, axis=1, keepdims=True)
    ranks = pd.DataFrame(np.abs(d)).rank(axis=1).to_numpy()
    twice = np.where(d == 0.0, 0.0, 2.0 * (ranks - zeros))
    positive = np.sum(twice * (d > 0.0), axis=1)
    if d.shape[1] > MOST_EXACT:
        deviation = np.sqrt(np.sum(twice**2, axis=1))
        z = np.abs(2.0 * positive - twice.sum(axis=1)) / np.where(deviation > 0.0, deviation, 1.0)
        result[known] = 2.0 * ndtr(-z)
        return result
    patterns, pattern = np.unique(np.sort(twice, axis=1), axis=0, return_inverse=True)
    p = np.empty(len(d))
    for i, own in enumerate(patterns):
        rows = pattern.reshape(-1) == i
        p[rows] = _two_sided(tuple(own.astype(int)))[positive[rows].astype(int)]
    result[known] = p
    return result


@lru_cache(maxsize=256)
def _two_sided(ranks: tuple[int, ...]) -> Array:
    """p-value of every sum of those `ranks` whose sign is positive, if signs are fair coins."""
    probability = np.ones(1)
    for rank in ranks:
        longer = np.zeros(len(probability) + rank)
        longer[: len(probability)] += 0.5 * probability
        longer[rank:] += 0.5 * probability
        probability = longer
    at_most = np.cumsum(probability)
    at_least = np.cumsum(probability[::-1])[::-1]
    return np.asarray(np.minimum(1.0, 2.0 * np.minimum(at_most, at_least)))


def holm(p: Array, family: Integers) -> Array:
    """p-values after Holm's correction within each family of tests.

    Parameters
    ----------
    p : (tests,) array
        NaN where no test was made: it does not count, and stays.
    family : (tests,) array of int
        Number of the family of each test.
    """
    tests = pd.Series(p).groupby(family)
    ordered = pd.Series(p * (tests.transform("count") - tests.rank(method="first") + 1.0))
    # A corrected p-value is at least that of the test before it.
    by_rank = np.lexsort((p, family))
    rising = ordered.iloc[by_rank].groupby(family[by_rank]).cummax()
    return np.asarray(rising.sort_index().clip(upper=1.0).to_numpy())
