"""Cost of methods by problem size, and the Pareto front of error against cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tiltyard.engine.outcome import SUMMED_UP
from tiltyard.engine.statistics.replicates import METHOD_KEY, Array
from tiltyard.engine.statistics.summary import is_solved


def cost_table(
    summary: pd.DataFrame, cell: Sequence[str], size: str, plain: float | None = None
) -> pd.DataFrame:
    """Cost and score of every method by `size`, and whether it is on the Pareto front.

    Parameters
    ----------
    summary : DataFrame
        From `summarise`, with medians of the costs.
    cell : sequence of str
    size : str
        Column of `cell` with the size of the problem.
    plain : float or None
        Score of a cell that the method did not solve; None leaves such cells out.

    Returns
    -------
    DataFrame
        Method, ``family``, `size`, medians over cells of ``cpu_seconds``, ``warm_up_seconds``
        and ``peak_memory``; ``error``, the geometric mean over the cells that anyone solved,
        where a cell that this method did not solve counts with `plain`;
        ``error_solved``, over its own solved cells; ``solved``, their share; ``pareto``, whether
        no ranked method is at least as cheap and as good and better in one (without `plain`, among
        those that solved every cell that anyone solved); and ``exponent`` of
        the growth of CPU seconds with `size`, empty with one size.
    """
    solved = is_solved(summary)
    possible = solved.groupby([summary[name] for name in cell]).transform("any")
    rows = summary[possible].assign(ok=solved[possible])
    with np.errstate(divide="ignore"):
        logarithm = np.log(rows["median"].where(rows["ok"]))
    unsolved = np.nan if plain is None else np.log(plain)
    rows = rows.assign(own=logarithm, everywhere=logarithm.where(rows["ok"], unsolved))
    key = [*METHOD_KEY, "family", size]
    grouped = rows.groupby([*key, "tags", "ranked"])
    table = grouped[[name for name in SUMMED_UP if name in rows]].median()
    table["error"] = np.exp(grouped["everywhere"].mean())
    table["error_solved"] = np.exp(grouped["own"].mean())
    table["solved"] = grouped["ok"].mean()
    table = table.reset_index()
    # Where nothing stands for an unsolved cell, those that refuse the hard ones would look best.
    enough = table["solved"].gt(0.0) if plain is not None else table["solved"].ge(1.0)
    ranked = table["ranked"] & enough & table["cpu_seconds"].notna()
    table["pareto"] = False
    for _, part in table[ranked].groupby(size):
        front = pareto_front(part["cpu_seconds"].to_numpy(), part["error"].to_numpy())
        table.loc[part.index, "pareto"] = front
    table["exponent"] = growth(table, size)
    return table.drop(columns=["tags", "ranked"]).sort_values(key, ignore_index=True)


def pareto_front(cost: Array, error: Array) -> Array:
    """Whether each point is on the Pareto front, as (n,) bool.

    No other point is then at least as cheap and as good, and cheaper or better.
    """
    by_rank = np.lexsort((error, cost))
    error, cost = error[by_rank], cost[by_rank]
    before = np.r_[np.inf, np.minimum.accumulate(error)[:-1]]
    # Of equal costs, the first has the smallest error; its equals are on the front with it.
    first = np.searchsorted(cost, cost)
    on_front = (error < before[first]) & (error == error[first])
    result = np.empty(len(by_rank), dtype=bool)
    result[by_rank] = on_front
    return result


def growth(table: pd.DataFrame, size: str) -> pd.Series[float]:
    """Slope of log CPU seconds against log `size` of each row's method; NaN with one size."""
    known = table["cpu_seconds"].gt(0.0)
    x = table[size].astype(float).where(known).map(np.log)
    y = table["cpu_seconds"].where(known).map(np.log)
    methods = [table[name] for name in METHOD_KEY]
    x = x - x.groupby(methods).transform("mean")
    y = y - y.groupby(methods).transform("mean")
    square = (x * x).groupby(methods).transform("sum")
    return (x * y).groupby(methods).transform("sum") / square.where(square > 0.0)
