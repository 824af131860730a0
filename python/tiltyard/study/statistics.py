"""Statistics of a study's results: summaries per cell, failures by reason, mean ranks.

Nothing here knows what is measured: an error column, the columns of a cell, the columns that
name a method and the column `status` are all it needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tiltyard.study.outcome import Status

METHOD = ["estimator", "language"]


def summarise(results: pd.DataFrame, cell: Sequence[str], error: str) -> pd.DataFrame:
    """One row per cell and method: statistics of `error` over trials, and counts of statuses.

    What is computed per cell belongs here: every replicate of every method in a cell is at hand,
    and nothing of other cells is needed, so that a study of any size is summarised in parts.

    Parameters
    ----------
    results : DataFrame
        One row per evaluation, of whole cells; `error` is NaN wherever the status is not ``ok``.
        The column ``oracle`` names the method that has the same model with settings chosen by
        the truth.
    cell : sequence of str
        Columns that make a cell; what else differs are replicates.
    error : str
        Column to summarise.

    Returns
    -------
    DataFrame
        `cell`, method, ``family``, ``mean``, ``median``, ``standard_deviation`` (n - 1; empty
        for one replicate), ``minimum``, ``maximum``, ``regret``, ``replicates``, and
        ``n_<status>`` for every status. Regret is the median over the replicates of the error
        divided by that of the method's oracle in the same configuration; empty without an oracle.
    """
    results = results.assign(regret=regret(results, cell, error))
    by = summary_key(cell)
    groups = results.groupby(by, sort=True, dropna=False)
    table = groups[error].agg(
        mean="mean", median="median", standard_deviation="std", minimum="min", maximum="max"
    )
    table["regret"] = groups["regret"].median()
    table["replicates"] = groups.size()
    number = groups.ngroup().to_numpy()
    for status in Status:
        matches = results["status"].eq(str(status))
        table[f"n_{status}"] = matches.groupby(number).sum().to_numpy()
    return table.reset_index()


def summary_key(cell: Sequence[str]) -> list[str]:
    """Columns that identify a row of a summary, and by which it is sorted."""
    return [*cell, *METHOD, "family"]


def regret(results: pd.DataFrame, cell: Sequence[str], error: str) -> pd.Series[float]:
    """Error of each row divided by its oracle's in the same configuration; NaN without one."""
    same = results.groupby(["configuration", *cell], sort=False, dropna=False).ngroup().to_numpy()
    names, _ = pd.factorize(pd.concat([results["estimator"], results["oracle"]]))
    own, oracle = same + len(same) * names.reshape(2, -1)
    errors = results[error]
    is_oracle = np.isin(own, oracle)
    best = pd.Series(errors.to_numpy()[is_oracle], own[is_oracle]).reindex(oracle)
    return errors / best.where(best > 0.0).set_axis(results.index)


REASON = [*METHOD, "family", "status", "message"]


def count_failures(results: pd.DataFrame) -> pd.DataFrame:
    """Every reason for a status other than ``ok``, with its number of rows, most frequent first."""
    return list_failures(failures_of(results))


def failures_of(results: pd.DataFrame) -> pd.DataFrame:
    """Rows, configurations and set of orders of every reason for a status other than ``ok``."""
    bad = results[results["status"] != str(Status.OK)]
    counted = bad.groupby(REASON, dropna=False).agg(
        rows=("order", "size"), configurations=("configuration", "nunique"), orders=("order", set)
    )
    return counted.reset_index()


def add_failures(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The sum of several `failures_of`, of different configurations."""
    together = pd.concat(parts).groupby(REASON, dropna=False)
    return together.agg({"rows": "sum", "configurations": "sum", "orders": _union}).reset_index()


def _union(sets: pd.Series[Any]) -> set[int]:
    return set().union(*sets)


def list_failures(counted: pd.DataFrame) -> pd.DataFrame:
    """What `count_failures` returns, from `failures_of`."""
    orders = [" ".join(map(str, sorted(orders))) for orders in counted["orders"]]
    return counted.assign(orders=orders).sort_values(
        ["rows", *METHOD], ascending=[False, True, True], kind="stable"
    )


def mean_ranks(summary: pd.DataFrame, cell: Sequence[str]) -> pd.DataFrame:
    """Methods by their mean rank over all cells, best first; a cell not solved ranks last.

    A method solves a cell when all its replicates are ``ok``; its rank there is that of its
    median. All who did not solve a cell share the mean of the last places.

    Parameters
    ----------
    summary : DataFrame
        From `summarise`, of the methods to be ranked against each other.
    cell : sequence of str

    Returns
    -------
    DataFrame
        Method, ``family``, ``mean_rank``, ``cells`` and ``solved``.
    """
    solved = summary["n_ok"].eq(summary["replicates"]) & summary["median"].notna()
    score = summary["median"].where(solved, float("inf"))
    cells = summary.groupby(list(cell)).ngroup()
    ranked = summary.assign(rank=score.groupby(cells).rank(), ok=solved)
    table = ranked.groupby([*METHOD, "family"]).agg(
        mean_rank=("rank", "mean"), cells=("rank", "size"), solved=("ok", "sum")
    )
    return table.reset_index().sort_values(["mean_rank", *METHOD], kind="stable")
