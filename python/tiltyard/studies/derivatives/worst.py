"""Where each estimator loses most: its worst cells, and who is better there."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.statistics.rivals import SHOWN, with_rivals, worst_first
from tiltyard.engine.statistics.summary import is_ranked

#: Cells that are listed of each estimator.
MOST = 10


def worst_cells(
    summary: pd.DataFrame, reference: tuple[str, str], cell: Sequence[str], most: int = MOST
) -> pd.DataFrame:
    """The worst cells of every ranked estimator.

    Parameters
    ----------
    summary : DataFrame
        From `summarise`.
    reference : pair of str
        Name and language of the estimator to whose error that of the others is put in relation.
        Without it in the study the best other estimator decides what is worst.
    cell : sequence of str
        Columns that make a cell.
    most : int
        Cells of each estimator.

    Returns
    -------
    DataFrame
        Estimators by name; of each the worst first, in the sequence of `worst_first`: ``place``,
        `cell`, ``ratio``, ``error``, ``rival``, ``rival_language``, ``rival_error`` and ``behind``
        (see `with_rivals`). Cells that nobody else solved are listed like all others.
    """
    rows = worst_first(with_rivals(summary[is_ranked(summary)], reference, cell), cell)
    rows = rows.assign(place=rows.groupby(METHOD_KEY).cumcount() + 1)
    kept = rows[rows["place"] <= most].sort_values([*METHOD_KEY, "place"], ignore_index=True)
    return kept[[*METHOD_KEY, "place", *cell, *SHOWN]]
