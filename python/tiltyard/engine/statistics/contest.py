"""One method against all others at once: in each cell the best of them, and a reference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tiltyard.engine.statistics.replicates import METHOD_KEY

TOO_FAR = 1.5  # ratio to the reference above which a cell is counted as worse


def against_rivals(
    summary: pd.DataFrame,
    method: tuple[str, str],
    reference: tuple[str, str],
    cell: Sequence[str],
) -> pd.DataFrame:
    """The median error of a method beside those of the reference and of its best rival.

    Parameters
    ----------
    summary : DataFrame
        From `summarise`, of the methods that compete. A cell counts for a method where all its
        replicates are ``ok``; elsewhere its error is infinite.
    method, reference : pair of str
        Name and language.
    cell : sequence of str
        Columns that make a cell.

    Returns
    -------
    DataFrame
        A row per cell of the method: `cell`, ``error``, ``ratio`` (to the reference's error; NaN
        where that is no positive number), ``rival`` and ``rival_error`` (of all but the method
        whoever has the smallest error; the first by name among equals, "" and infinity if nobody
        solved the cell), and ``won``: whether the error is finite and at most the rival's.

    Raises
    ------
    ValueError
        If the method or the reference has no row.
    """
    solved = summary["n_ok"].eq(summary["replicates"]) & summary["median"].notna()
    rows = summary.assign(error=summary["median"].where(solved, np.inf))
    own = _errors_of(rows, method, cell)
    standard = _errors_of(rows, reference, cell).reindex(own.index)
    is_own = rows[METHOD_KEY[0]].eq(method[0]) & rows[METHOD_KEY[1]].eq(method[1])
    others = rows[~is_own & np.isfinite(rows["error"])].sort_values(["error", *METHOD_KEY])
    best = others.drop_duplicates(list(cell)).set_index(list(cell)).reindex(own.index)
    table = pd.DataFrame({"error": own})
    table["ratio"] = own / standard.where((standard > 0.0) & np.isfinite(standard))
    table["rival"] = best[METHOD_KEY[0]].fillna("")
    table["rival_error"] = best["error"].fillna(np.inf)
    table["won"] = np.isfinite(own) & (own <= table["rival_error"])
    return table.reset_index()


def _errors_of(rows: pd.DataFrame, method: tuple[str, str], cell: Sequence[str]) -> pd.Series:
    """Error of `method` by cell."""
    own = rows[rows[METHOD_KEY[0]].eq(method[0]) & rows[METHOD_KEY[1]].eq(method[1])]
    if own.empty:
        raise ValueError(
            f"{method[0]} ({method[1]}) took no part in this study; name an estimator that did"
        )
    return own.set_index(list(cell))["error"]


def standing(cells: pd.DataFrame, by: str) -> pd.DataFrame:
    """`against_rivals` in short, for each value of the column `by` and for all cells.

    Returns
    -------
    DataFrame
        `by`, ``cells``; ``ratio``, the geometric mean of the ratios; ``worst`` of them;
        ``too_far``, the number of cells with a ratio above `TOO_FAR`; ``won``, the share of the
        cells; and ``best_rival``, who has the smallest error of the others most often, with the
        share of the cells in which that is so. Cells without a ratio count as too far if the
        method did not solve them, and in no mean.
    """
    groups = [(value, rows) for value, rows in cells.groupby(by, sort=False)]
    return pd.DataFrame([{by: value, **_row(rows)} for value, rows in [*groups, ("all", cells)]])


def _row(rows: pd.DataFrame) -> dict[str, object]:
    ratio = rows["ratio"].where(rows["ratio"] > 0.0)
    known = ratio[np.isfinite(ratio)]
    rivals = rows["rival"].value_counts()
    return {
        "cells": len(rows),
        "ratio": float(np.exp(np.log(known).mean())),
        "worst": float(ratio.max()),
        "too_far": int((rows["ratio"].gt(TOO_FAR) | np.isinf(rows["error"])).sum()),
        "won": float(rows["won"].mean()),
        "best_rival": f"{rivals.index[0]} ({rivals.iloc[0] / len(rows):.0%})",
    }
