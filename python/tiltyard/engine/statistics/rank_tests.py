"""Differences between methods over a study: Friedman's test, Nemenyi's critical difference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import friedmanchisquare, rankdata, studentized_range

from tiltyard.engine.kind import Words
from tiltyard.engine.statistics.ranks import contestants, mean_ranks, ranks_in_cells
from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.statistics.ties import SIGNIFICANCE

#: Fewest subjects that are the blocks of the test: with fewer it has hardly any power.
LEAST_SUBJECTS = 5
#: Blocks and methods that Friedman's test needs.
LEAST_BLOCKS, LEAST_METHODS = 2, 3

TIES = (
    "In a cell, a method is tied with the best if Wilcoxon's signed-rank test of the logarithms of "
    "their errors, paired by replicate, finds no significant difference (two-sided, exact up to 25 "
    "replicates, Holm's correction over the methods of the cell, 5 %). With n replicates its "
    "smallest p-value is 2^(1-n); where that times the number of methods is above 5 % the test "
    "cannot find any, and a method is called tied if the exact 95 % bootstrap interval "
    "of the median paired ratio of its error to the best one's contains 1. The latter describes "
    "these replicates and is no test. With one replicate only equal errors are called tied."
)


def friedman(blocks: pd.DataFrame) -> dict[str, Any]:
    """Friedman's test that all methods rank alike.

    Parameters
    ----------
    blocks : DataFrame
        A row per block, a column per method; small is good.

    Returns
    -------
    dict
        ``statistic``, ``p``, ``methods``, ``blocks``; the first two are None with fewer than
        three methods or two blocks, or if every block has all methods equal.
    """
    count, methods = blocks.shape
    result: dict[str, Any] = {"statistic": None, "p": None, "methods": methods, "blocks": count}
    if count >= LEAST_BLOCKS and methods >= LEAST_METHODS:
        with np.errstate(invalid="ignore", divide="ignore"):
            found = friedmanchisquare(*blocks.to_numpy().T)
        if math.isfinite(found.statistic):
            result.update(statistic=float(found.statistic), p=float(found.pvalue))
    return result


def critical_difference(methods: int, blocks: int) -> float:
    """Nemenyi's critical difference of mean ranks at 5 % (Demsar, 2006)."""
    quantile = studentized_range.ppf(1.0 - SIGNIFICANCE, methods, math.inf) / math.sqrt(2.0)
    return float(quantile * math.sqrt(methods * (methods + 1) / (6.0 * blocks)))


def cliques(ranks: pd.Series[float], p: pd.DataFrame) -> list[list[str]]:
    """Largest sets of methods, neighbours by rank, of which no two differ significantly (5 %).

    Parameters
    ----------
    ranks : Series
        Mean rank of each method.
    p : DataFrame
        p-values of the pairs.
    """
    names = list(ranks.sort_values(kind="stable").index)
    alike = p.loc[names, names].to_numpy() > SIGNIFICANCE
    np.fill_diagonal(alike, True)
    found: list[list[str]] = []
    reached = 0
    for start in range(len(names)):
        end = start + 1
        while end < len(names) and alike[start : end + 1, start : end + 1].all():
            end += 1
        if end > max(reached, start + 1):
            found.append(names[start:end])
        reached = max(reached, end)
    return found


def differences(
    summary: pd.DataFrame, cell: Sequence[str], group: Sequence[str], words: Words
) -> dict[str, Any]:
    """Tests of the differences between methods over all cells, and the population they speak of.

    In each cell methods are ranked by their median error, a failure last; a block's value is
    the mean rank over its cells. Blocks are subjects (the first column of `cell`) if there are
    five or more, otherwise groups of replicates, which are independent of each other. Pairs are
    compared among the best method of each family: with all methods the critical difference
    grows with variants of the same algorithm.

    Returns
    -------
    dict
        Plain values; docs/statistics.md explains the keys.
    """
    own = contestants(summary, cell)
    subject = cell[0]
    subjects = own[subject].nunique()
    unit = [subject] if subjects >= LEAST_SUBJECTS else list(group)
    everyone = mean_ranks(own, cell)
    best = everyone.drop_duplicates("family")[METHOD_KEY]
    chosen = block_ranks(own.merge(best, on=METHOD_KEY), cell, unit)
    return {
        "significance": round(SIGNIFICANCE, 12),
        "unit": subject if subjects >= LEAST_SUBJECTS else "group of replicates",
        "subjects": subjects,
        "words": unit_in_words(words, subject, subjects),
        "ties": TIES,
        "all": friedman(block_ranks(own, cell, unit)),
        "best_of_family": {"friedman": friedman(chosen), **compare_pairs(chosen)},
    }


def unit_in_words(words: Words, column: str, subjects: int) -> str:
    """The replication unit, and what may not be concluded with that many `subjects` in `column`."""
    subject, replicate = words.axis(column), words.replicate
    inside = f"Inside a cell, the replication unit is the {replicate}: {words.replication}. "
    if subjects >= LEAST_SUBJECTS:
        return inside + (
            f"Across cells it is the {subject}: a block of Friedman's test is one of {subjects}. "
            f"What is concluded holds for {subject}s like these, as far as they are a sample."
        )
    return inside + (
        f"The study has {subjects} {subject}{'s' * (subjects != 1)}, too few for any claim about "
        f"{subject}s in general. A block of Friedman's test is a group of {replicate}s: what is "
        f"concluded holds for new {replicate}s on the same {subject}{'s' * (subjects != 1)}."
    )


def block_ranks(own: pd.DataFrame, cell: Sequence[str], unit: Sequence[str]) -> pd.DataFrame:
    """Mean rank of each method over the cells of each block: a row per block."""
    labels = own[METHOD_KEY[0]] + " (" + own[METHOD_KEY[1]] + ")"
    ranked = own[list(unit)].assign(method=labels, rank=ranks_in_cells(own, cell))
    return ranked.pivot_table("rank", list(unit), "method", "mean").dropna(axis=1)


def nemenyi(blocks: pd.DataFrame) -> pd.DataFrame:
    """Nemenyi's p-value of each pair of methods: the studentized range's for their mean ranks.

    Parameters
    ----------
    blocks : DataFrame
        A row per block, a column per method; small is good.

    Returns
    -------
    DataFrame
        Symmetric, with the methods as index and columns; 1 for a method and itself.
    """
    count, methods = blocks.shape
    ranks = rankdata(blocks.to_numpy(), axis=1).mean(axis=0)
    apart = np.abs(ranks[:, None] - ranks) / math.sqrt(methods * (methods + 1) / (6.0 * count))
    upper = np.triu_indices(methods, 1)  # the rest mirrors it: a value takes a millisecond
    p = np.eye(methods)
    p[upper] = studentized_range.sf(apart[upper] * math.sqrt(2.0), methods, math.inf)
    return pd.DataFrame(np.maximum(p, p.T), blocks.columns, blocks.columns)


def compare_pairs(blocks: pd.DataFrame) -> dict[str, Any]:
    """Mean ranks over blocks, Nemenyi's critical difference, and sets without a significant one.

    Only Friedman's test says whether pairs may be compared at all: see its p.
    """
    ranks = blocks.rank(axis=1).mean().sort_values(kind="stable")
    result: dict[str, Any] = {
        "mean_ranks": {str(name): float(rank) for name, rank in ranks.items()},
        "critical_difference": None,
        "cliques": None,
        "p": None,
    }
    count, methods = blocks.shape
    if count < LEAST_BLOCKS or methods < LEAST_METHODS:
        return result
    p = nemenyi(blocks)
    result["critical_difference"] = critical_difference(methods, count)
    result["cliques"] = cliques(ranks, p)
    names = list(ranks.index)
    result["p"] = {name: {other: float(p.loc[name, other]) for other in names} for name in names}
    return result
