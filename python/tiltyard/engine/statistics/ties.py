"""The best method of each cell, and those that do not differ significantly from it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tiltyard.engine.statistics.intervals import LEVEL, median_interval
from tiltyard.engine.statistics.replicates import Array, Bools, Integers, medians
from tiltyard.engine.statistics.signed_ranks import holm, signed_rank_test

#: Probability of one or more false differences among all comparisons of a cell.
SIGNIFICANCE = 1.0 - LEVEL


class Rule:
    """Values of the column ``tie_rule``: how the methods tied with the best were found."""

    #: Holm's corrected Wilcoxon test.
    TEST = "wilcoxon"
    #: Too few replicates for the test: interval of the paired ratio.
    INTERVAL = "interval"
    #: One replicate: no difference can be significant, and only equal errors are called tied.
    SINGLE = "single"


class Ties(NamedTuple):
    """Comparison of each row with the best of its cell.

    Attributes
    ----------
    best, tied : (rows,) array of bool
    p : (rows,) array
        Holm's corrected p-value; NaN where no test was made.
    ratio, low, high : (rows,) arrays
        Median over replicates of the error divided by the best one's, and its interval.
    rule : (rows,) array of str
    """

    best: Bools
    tied: Bools
    p: Array
    ratio: Array
    low: Array
    high: Array
    rule: NDArray[np.str_]


def compare_with_best(errors: Array, cell: Integers, size: Integers, contestant: Bools) -> Ties:
    """Compare every contestant with the best of its cell, replicate by replicate.

    The best has the smallest median; of equal ones it is the first.

    Parameters
    ----------
    errors : (rows, replicates) array
        Non-negative; NaN where a replicate is missing.
    cell : (rows,) array of int
    size : (rows,) array of int
        Replicates of the cell of each row.
    contestant : (rows,) array of bool
        Rows that are compared: methods that are ranked and solved every replicate.

    Returns
    -------
    Ties
        Rows that are not compared are neither best nor tied, and have NaN.
    """
    best = find_best(medians(errors), cell, contestant)
    compared = contestant & (best >= 0)
    numbers = {name: np.full(len(errors), np.nan) for name in ("p", "ratio", "low", "high")}
    for replicates in np.unique(size[compared]):
        rows = np.flatnonzero(compared & (size == replicates))
        ratios = log_ratios(errors[rows, :replicates], errors[best[rows], :replicates])
        own = best[rows] == rows
        p = signed_rank_test(ratios)
        p[own] = np.nan
        numbers["p"][rows] = holm(p, cell[rows])
        numbers["ratio"][rows] = np.exp(medians(ratios))
        low, high = median_interval(ratios)
        numbers["low"][rows], numbers["high"][rows] = np.exp(low), np.exp(high)
    tests = np.bincount(cell, compared)[cell] - 1
    rule = tie_rules(size, tests)
    with np.errstate(invalid="ignore"):
        differ = np.where(rule == Rule.TEST, numbers["p"] <= SIGNIFICANCE, numbers["low"] > 1.0)
    is_best = best == np.arange(len(errors))
    return Ties(is_best, compared & (is_best | ~differ), rule=rule, **numbers)


def find_best(median: Array, cell: Integers, contestant: Bools) -> Integers:
    """Row of the best contestant of each row's cell; -1 where there is none."""
    rows = np.flatnonzero(contestant)
    by_rank = rows[np.lexsort((rows, median[rows], cell[rows]))]
    cells, first = np.unique(cell[by_rank], return_index=True)
    best = np.full(cell.max(initial=-1) + 1, -1)
    best[cells] = by_rank[first]
    return best[cell]


def log_ratios(errors: Array, best: Array) -> Array:
    """Logarithms of ``errors / best``; 0 where both are 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(errors == best, 0.0, np.log(errors) - np.log(best))


def tie_rules(size: Integers, tests: Integers) -> NDArray[np.str_]:
    """The rule for cells of `size` replicates in which `tests` comparisons are made.

    The test is used where it can find a significant difference at all: its smallest p-value is
    ``2**(1 - size)``, and Holm's correction multiplies that by the number of tests.
    """
    possible = np.maximum(tests, 1) * 2.0 ** (1.0 - size) <= SIGNIFICANCE
    return np.select([size < 2, possible], [Rule.SINGLE, Rule.TEST], Rule.INTERVAL)


def places(score: pd.Series[float], cell: Integers) -> pd.Series[int]:
    """Place of each row in its cell by `score`, from 1; equal ones share the better place.

    Infinite scores have the last place, and NaN has none.
    """
    cells = score.groupby(cell)
    place, last = cells.rank(method="min"), cells.transform("count").where(score.notna())
    return place.where(score < np.inf, last).astype("Int64")
