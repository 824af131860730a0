"""Exact bootstrap intervals of a median: no resample is drawn, so none needs a seed.

The median of a bootstrap resample is an order statistic of the sample, or the mean of two; its
distribution over all resamples follows from the binomial one (Maritz and Jarrett, 1978).
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.special import bdtrc  # scipy.stats takes a second to import

from tiltyard.engine.statistics.replicates import Array, Integers, by_count

#: Probability between the ends of every interval.
LEVEL = 0.95
#: Pairs of order statistics that are rarer than this are left out: with 1,000 replicates all of
#: them together have a probability of less than 1e-6.
RARE = 1e-12
#: Numbers that are sorted at once.
CHUNK = 5_000_000
#: Slack for rounding when probabilities are compared.
ROUNDING = 1e-12


class Pairs(NamedTuple):
    """Medians of resamples: means of the sample's order statistics `low` and `high`, from 0."""

    low: Integers
    high: Integers
    probability: Array


@cache
def resampled_medians(n: int) -> Pairs:
    """Distribution of the median of a resample of `n` different values, drawn with replacement.

    Parameters
    ----------
    n : int
        Size of sample and resample, >= 1.
    """
    k = np.arange(1, n + 1)
    if n % 2:
        # At least (n + 1) / 2 draws are among the k smallest.
        below = bdtrc((n + 1) // 2 - 1, n, k / n)
        return Pairs(k - 1, k - 1, np.diff(below, prepend=0.0))
    half = n // 2
    # Logarithm of the probability that the largest of `half` draws is the k-th.
    largest = half * np.log(k / n) + np.log1p(-(((k - 1) / k) ** half))
    choices = math.lgamma(n + 1) - 2.0 * math.lgamma(half + 1)
    together = choices + np.add.outer(largest, largest[::-1])
    apart = np.exp(np.where(np.subtract.outer(k, k) < 0, together, -np.inf))
    marginal = np.diff(bdtrc(half - 1, n, k / n), prepend=0.0)
    joint = apart + np.diag(np.maximum(marginal - apart.sum(axis=1), 0.0))
    low, high = np.nonzero(joint > RARE)
    return Pairs(low, high, joint[low, high] / joint[low, high].sum())


def median_interval(matrix: Array) -> tuple[Array, Array]:
    """Percentile bootstrap interval, with probability 0.95, of the median of each row.

    Parameters
    ----------
    matrix : (rows, replicates) array
        NaN where a replicate is missing; the others are resampled.

    Returns
    -------
    two (rows,) arrays
        The smallest numbers that the median of a resample does not exceed with probability 0.025
        and 0.975. For a row with one number both are that number; without any, NaN.
    """
    low, high = np.full((2, len(matrix)), np.nan)
    for rows, ordered in by_count(matrix):
        step = max(1, CHUNK // len(resampled_medians(ordered.shape[1]).low))
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            low[rows[part]], high[rows[part]] = _interval_of_sorted(ordered[part])
    return low, high


def _interval_of_sorted(ordered: Array) -> tuple[Array, Array]:
    pairs = resampled_medians(ordered.shape[1])
    tail = 0.5 * (1.0 - LEVEL)
    if np.array_equal(pairs.low, pairs.high):
        below = np.cumsum(pairs.probability) + ROUNDING
        first, last = np.searchsorted(below, [tail, 1.0 - tail])
        return ordered[:, pairs.low[first]], ordered[:, pairs.low[last]]
    a, b = ordered[:, pairs.low], ordered[:, pairs.high]
    values = np.where(a == b, a, 0.5 * a + 0.5 * b)
    rising = np.argsort(values, axis=1, kind="stable")
    below = np.cumsum(pairs.probability[rising], axis=1) + ROUNDING
    every = np.arange(len(values))
    first, last = (rising[every, np.argmax(below >= level, axis=1)] for level in (tail, 1.0 - tail))
    return values[every, first], values[every, last]
