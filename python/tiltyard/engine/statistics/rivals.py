"""One method against the best of all others, cell by cell: where it wins, and where it loses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tiltyard.engine.statistics.contest import (
    example_of,
    grouped,
    read_contest,
    with_divisions,
)
from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.statistics.summary import is_ranked, score
from tiltyard.engine.study import Study

#: Ratio to the reference above which a cell counts as too far off.
TOO_FAR = 1.5
#: Score over the best rival's up to which a cell counts as nearly won.
NEAR = 1.1
#: Columns of `with_rivals` that tell what is lost in a cell, and to whom.
SHOWN = ("ratio", "error", "rival", "rival_language", "rival_error", "behind")
#: Column of the summaries of kinds whose methods have a bound.
REGRET = "regret"


def with_rivals(
    summary: pd.DataFrame, reference: tuple[str, str], cell: Sequence[str]
) -> pd.DataFrame:
    """Every method's median error in each cell, with those of the reference and of its best rival.

    Parameters
    ----------
    summary : DataFrame
        From `summarise`, of the methods that compete. A cell counts for a method where all its
        replicates are ``ok``; elsewhere its error is infinite.
    reference : pair of str
        Name and language. It need not be there.
    cell : sequence of str
        Columns that make a cell.

    Returns
    -------
    DataFrame
        A row for each of `summary`, with `cell` and the method, and

        ``error``
            The median error.
        ``ratio``
            The error over the reference's; NaN where that is no positive number.
        ``rival``, ``rival_language``, ``rival_error``
            The method with the smallest error of all others, the first by name among equals; ""
            and infinity if no other solved the cell.
        ``behind``
            The error over the rival's: 1 where they are equal, NaN where neither solved the cell.
        ``won``, ``near``
            Whether the error is finite and at most the rival's, or `NEAR` times it.
        ``regret``
            That of the summary, if it has it.
    """
    bounded = [REGRET] if REGRET in summary else []
    rows = summary[[*cell, *METHOD_KEY, *bounded]].assign(error=score(summary))
    index = pd.MultiIndex.from_frame(rows[list(cell)])
    finite = rows[np.isfinite(rows["error"])].sort_values(["error", *METHOD_KEY], kind="stable")
    place = finite.groupby(list(cell), sort=False).cumcount()
    first, second = (_by_cell(finite[place == number], cell).reindex(index) for number in (0, 1))
    is_first = np.ones(len(rows), dtype=bool)
    for name in METHOD_KEY:
        is_first &= first[name].to_numpy() == rows[name].to_numpy()
    rival = {
        name: pd.Series(np.where(is_first, second[name], first[name]), rows.index)
        for name in [*METHOD_KEY, "error"]
    }
    standard = _by_cell(rows[_is(rows, reference)], cell)["error"].reindex(index).to_numpy()
    own, other = rows["error"].to_numpy(), rival["error"].fillna(np.inf).to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = own / np.where((standard > 0.0) & np.isfinite(standard), standard, np.nan)
        behind = np.where(np.isfinite(own) & (own == other), 1.0, own / other)
    return rows.assign(
        ratio=ratio,
        rival=rival["method"].fillna(""),
        rival_language=rival["language"].fillna(""),
        rival_error=other,
        behind=behind,
        won=np.isfinite(own) & (own <= other),
        near=np.isfinite(own) & (own <= NEAR * other),
    )


def _by_cell(rows: pd.DataFrame, cell: Sequence[str]) -> pd.DataFrame:
    return rows.set_index(list(cell))


def _is(rows: pd.DataFrame, method: tuple[str, str]) -> pd.Series[bool]:
    return rows[METHOD_KEY[0]].eq(method[0]) & rows[METHOD_KEY[1]].eq(method[1])


def against_rivals(
    summary: pd.DataFrame,
    method: tuple[str, str],
    reference: tuple[str, str],
    cell: Sequence[str],
) -> pd.DataFrame:
    """The rows of `with_rivals` of one method, without its name.

    Raises
    ------
    ValueError
        If the method or the reference has no row.
    """
    for name in (method, reference):
        if not _is(summary, name).any():
            raise ValueError(
                f"{name[0]} ({name[1]}) took no part in this study, or is not ranked; name a "
                f"method that is{example_of(summary)}"
            )
    rows = with_rivals(summary, reference, cell)
    return rows[_is(rows, method)].drop(columns=METHOD_KEY).reset_index(drop=True)


def cells_of(
    study: Study, method: tuple[str, str], reference: tuple[str, str], where: Sequence[str] = ()
) -> tuple[pd.DataFrame, int]:
    """`against_rivals` with the study's divisions, and how many other methods compete.

    Only of the cells that all of `where` (COLUMN=VALUE) describe.

    Raises
    ------
    ValueError
        If there is no such method, column or cell.
    """
    found = read_contest(study, where)
    # The truth, and what knows it, is nobody's rival.
    competing = found[is_ranked(found)]
    cells = with_divisions(study, against_rivals(competing, method, reference, study.cell))
    return cells, len(competing.drop_duplicates(METHOD_KEY)) - 1


def worst_first(rows: pd.DataFrame, cell: Sequence[str]) -> pd.DataFrame:
    """Rows of `with_rivals` in the sequence of what the method loses there, the worst first.

    Cells that the method did not solve lead, whoever did. The others follow by the ratio to the
    reference, last those without one. Among equals it counts how far the best rival is ahead, and
    then the sequence of the cells.
    """
    keys = ["unsolved", "ratio", "behind"]
    ways = [False] * len(keys) + [True] * len(cell)
    marked = rows.assign(unsolved=~np.isfinite(rows["error"]))
    sequence = marked.sort_values([*keys, *cell], ascending=ways, na_position="last")
    return sequence.drop(columns="unsolved")


def standing(cells: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Summary of `against_rivals` for each value of the columns `by`, and for all cells.

    Returns
    -------
    DataFrame
        `by`, ``cells``; ``ratio``, the geometric mean of the ratios; ``worst`` of them;
        ``too_far``, the number of cells with a ratio above `TOO_FAR`; ``near``, the share of cells
        in which the error is at most `NEAR` times the best rival's; ``won``, the share in which it
        is at most that; ``regret``, the geometric mean of the regrets, where the kind has any;
        and ``best_rival``, the other method that has the smallest error most often, with the share
        of cells in which it has. Cells without a ratio count as too far if the method did not
        solve them, and in no mean.
    """
    return grouped(cells, by, _row)


def _row(rows: pd.DataFrame) -> dict[str, object]:
    ratio = rows["ratio"].where(rows["ratio"] > 0.0)
    rivals = rows["rival"].value_counts()
    return {
        "cells": len(rows),
        "ratio": _geometric_mean(rows["ratio"]),
        "worst": float(ratio.max()),
        "too_far": int((rows["ratio"].gt(TOO_FAR) | np.isinf(rows["error"])).sum()),
        "near": float(rows["near"].mean()),
        "won": float(rows["won"].mean()),
        **({REGRET: _geometric_mean(rows[REGRET])} if REGRET in rows else {}),
        "best_rival": f"{rivals.index[0]} ({rivals.iloc[0] / len(rows):.0%})",
    }


def _geometric_mean(numbers: pd.Series[float]) -> float:
    """Of those that are positive and finite; NaN without any."""
    known = numbers[numbers.gt(0.0) & np.isfinite(numbers)]
    return float(np.exp(np.log(known).mean()))
