"""Statistics of a study's results: summaries per cell, failures by reason, mean ranks.

Nothing here knows what is measured: an error column, the columns of a cell, the columns that
name a method and the column `status` are all it needs.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from tiltyard.study.outcome import Status

METHOD = ["estimator", "language"]


def summarise(results: pd.DataFrame, cell: Sequence[str], error: str) -> pd.DataFrame:
    """One row per cell and method: statistics of `error` over trials, and counts of statuses.

    Parameters
    ----------
    results : DataFrame
        One row per evaluation; `error` is NaN wherever the status is not ``ok``. The column
        ``oracle`` names the method that has the same model with settings chosen by the truth.
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
    by = [*cell, *METHOD, "family"]
    groups = results.groupby(by, sort=True, dropna=False)
    table = groups[error].agg(
        mean="mean", median="median", standard_deviation="std", minimum="min", maximum="max"
    )
    table["regret"] = groups["regret"].median()
    table["replicates"] = groups.size()
    for status in Status:
        matches = results["status"].eq(str(status))
        table[f"n_{status}"] = matches.groupby([results[name] for name in by]).sum()
    return table.reset_index()


def regret(results: pd.DataFrame, cell: Sequence[str], error: str) -> pd.Series[float]:
    """Error of each row divided by its oracle's in the same configuration; NaN without one."""
    same = ["configuration", *cell]
    oracles = results.loc[results["estimator"].isin(set(results["oracle"])), [*same, *METHOD[:1]]]
    oracles = oracles.assign(best=results[error]).rename(columns={METHOD[0]: "oracle"})
    both = results[[*same, "oracle", error]].merge(oracles, "left", [*same, "oracle"])
    return (both[error] / both["best"].where(both["best"] > 0.0)).set_axis(results.index)


def count_failures(results: pd.DataFrame) -> pd.DataFrame:
    """Every reason for a status other than ``ok``, with its number of rows, most frequent first."""
    bad = results[results["status"] != str(Status.OK)]
    by = [*METHOD, "family", "status", "message"]
    counted = bad.groupby(by, dropna=False).agg(
        rows=("order", "size"),
        configurations=("configuration", "nunique"),
        orders=("order", lambda orders: " ".join(map(str, sorted(set(orders))))),
    )
    return counted.reset_index().sort_values(
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
    ranked = summary.assign(rank=score.groupby([summary[name] for name in cell]).rank(), ok=solved)
    table = ranked.groupby([*METHOD, "family"]).agg(
        mean_rank=("rank", "mean"), cells=("rank", "size"), solved=("ok", "sum")
    )
    return table.reset_index().sort_values(["mean_rank", *METHOD], kind="stable")
