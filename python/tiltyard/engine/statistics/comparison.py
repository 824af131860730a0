"""Methods against a reference: ratios of errors over cells, and growth of cost with size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tiltyard.engine.outcome import Status
from tiltyard.engine.statistics.replicates import METHOD_KEY


def error_ratios(
    summary: pd.DataFrame, reference: tuple[str, str], cell: Sequence[str], by: str
) -> pd.DataFrame:
    """Geometric mean, over cells, of each method's median error divided by the reference's.

    Parameters
    ----------
    summary : DataFrame
        From `summarise`; a cell counts for a method where all its replicates are ``ok``.
    reference : pair of str
        Name and language of the method to compare with.
    cell : sequence of str
        Columns that make a cell.
    by : str
        The column of `cell` for whose values there are separate columns in the result.

    Returns
    -------
    DataFrame
        Method, ``family``, one column per value of `by`, ``all``, and ``solved``, the share of
        the reference's cells that counted. Best first. An error of 0 counts as no result.

    Raises
    ------
    ValueError
        If the reference has no solved cell.
    """
    solved = summary["n_ok"].eq(summary["replicates"]) & summary["median"].gt(0.0)
    rows = summary[solved].assign(logarithm=np.log(summary["median"][solved]))
    own = rows[(rows[METHOD_KEY[0]] == reference[0]) & (rows[METHOD_KEY[1]] == reference[1])]
    if own.empty:
        raise ValueError(
            f"{reference[0]} ({reference[1]}) solved no cell of this study; compare with another"
        )
    both = rows.merge(own[[*cell, "logarithm"]], on=list(cell), suffixes=("", "_reference"))
    both["difference"] = both["logarithm"] - both["logarithm_reference"]
    key = [*METHOD_KEY, "family"]
    ratios = both.pivot_table("difference", key, by, "mean")
    ratios["all"] = both.groupby(key)["difference"].mean()
    ratios = ratios.apply(np.exp)
    ratios["solved"] = both.groupby(key).size() / len(own)
    return ratios.reset_index().sort_values(["all", *METHOD_KEY], kind="stable")


def cost_growth(results: pd.DataFrame, size: str) -> pd.DataFrame:
    """Median CPU seconds of each method by `size`, and the exponent with which they grow.

    Parameters
    ----------
    results : DataFrame
        One row per evaluation and whatever else; costs repeat over an evaluation's rows.
    size : str
        Column with the size of the problem.

    Returns
    -------
    DataFrame
        Method, ``family``, ``tags``, a column of CPU seconds per size, and ``exponent``: the slope
        of a line through log seconds against log size; NaN with fewer than two sizes. Most
        expensive at the smallest size first.
    """
    key = [*METHOD_KEY, "family", "tags"]
    ok = results[results["status"] == str(Status.OK)]
    once = ok.drop_duplicates(["configuration", *METHOD_KEY])
    table = once.pivot_table("cpu_seconds", key, size, "median")

    def slope(row: pd.Series[float]) -> float:
        known = row[row > 0.0].dropna()
        if len(known) < 2:
            return float("nan")
        return float(np.polyfit(np.log(known.index.astype(float)), np.log(known.to_numpy()), 1)[0])

    smallest = table.columns[0]
    table["exponent"] = table.apply(slope, axis=1)
    return table.sort_values(smallest, ascending=False).reset_index()
