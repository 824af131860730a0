"""How far any method gets: the highest order that is recovered, and by whom."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.statistics.summary import is_ranked, is_solved

#: Reach where no order is recovered.
NONE = -1


def reach(
    summary: pd.DataFrame, group: Sequence[str], order: str, threshold: float
) -> pd.DataFrame:
    """The highest order with a median error below `threshold`, and the best method there.

    Parameters
    ----------
    summary : DataFrame
        From `summarise`.
    group : sequence of str
        Columns of a cell other than `order`.
    order : str
    threshold : float
        Error below which an order counts as recovered.

    Returns
    -------
    DataFrame
        One row per `group`: ``threshold``, ``reach`` (-1 if no ranked method recovers any
        order; ``estimator`` and the rest are then empty), method and its ``nrmse``, and
        ``oracle_reach`` and ``model_reach``, of the oracles and of what is given the model.
        A lower order that nothing recovers does not lower the reach.
    """
    solved = is_solved(summary) & summary["median"].lt(threshold)
    tags = summary["tags"].str.split(",")
    table = summary[list(group)].drop_duplicates(ignore_index=True).assign(threshold=threshold)
    found = _highest(summary[solved & is_ranked(summary)], group, order)
    found.columns = pd.Index([*group, "reach", *METHOD_KEY, "nrmse"])
    table = table.merge(found, "left", list(group))
    for tag in ("oracle", "model"):
        has = tags.apply(lambda own, tag=tag: tag in own)
        highest = _highest(summary[solved & has], group, order)[[*group, order]]
        table = table.merge(highest.rename(columns={order: f"{tag}_reach"}), "left", list(group))
    for name in ("reach", "oracle_reach", "model_reach"):
        table[name] = table[name].fillna(NONE).astype(int)
    return table.sort_values(list(group), ignore_index=True)


def _highest(solved: pd.DataFrame, group: Sequence[str], order: str) -> pd.DataFrame:
    """The best row at the highest order of each group."""
    best = solved.sort_values([order, "median", *METHOD_KEY], ascending=[False, True, True, True])
    return best.drop_duplicates(list(group))[[*group, order, *METHOD_KEY, "median"]]
