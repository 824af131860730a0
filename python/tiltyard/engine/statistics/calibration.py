"""Whether the truth lies inside a method's bands as often as they say, and how sharp they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tiltyard.engine.kind import Measures
from tiltyard.engine.outcome import Status
from tiltyard.engine.statistics.contest import chosen, grouped
from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.statistics.tables import read_rows
from tiltyard.engine.study import Study


def calibration(
    rows: pd.DataFrame,
    method: tuple[str, str],
    reference: tuple[str, str],
    measures: Measures,
    same: Sequence[str],
    by: Sequence[str],
) -> pd.DataFrame:
    """Shares of the truth inside a method's bands, and the score of its bands over a reference's.

    Parameters
    ----------
    rows : DataFrame
        Merged results of both methods, with the columns `same` and `by`.
    method, reference : pair of str
        Name and language.
    measures : Measures
        ``bands`` and ``band_score`` name the columns.
    same : sequence of str
        Columns in which rows of two methods agree if they are about the same thing.
    by : sequence of str
        Columns whose values have their own numbers.

    Returns
    -------
    DataFrame
        `by`; ``evaluations``, the number of the method's rows that are ``ok`` and have bands; for
        each column of ``measures.bands`` its mean over them; and ``<band_score>_ratio``, the
        geometric mean of that score over the reference's on the same, NaN where there is none. A
        score of 0 counts in no mean. The last row is of all.

    Raises
    ------
    ValueError
        If no row of the method has bands.
    """
    banded = rows[rows["status"].eq(str(Status.OK)) & rows[[*measures.bands]].notna().all(axis=1)]
    own, other = (
        banded[banded[METHOD_KEY[0]].eq(name) & banded[METHOD_KEY[1]].eq(language)]
        for name, language in (method, reference)
    )
    if own.empty:
        raise ValueError(
            f"{method[0]} ({method[1]}) gave no bands in this study; name a method that does"
        )
    score = measures.band_score
    standard = other.set_index(list(same))[score]
    beside = standard.reindex(pd.MultiIndex.from_frame(own[list(same)])).to_numpy()
    scores = own[score].to_numpy()
    both = np.isfinite(scores) & np.isfinite(beside) & (scores > 0.0) & (beside > 0.0)
    log = np.full(len(own), np.nan)
    log[both] = np.log(scores[both] / beside[both])

    def describe(part: pd.DataFrame) -> dict[str, object]:
        shares = {name: float(part[name].mean()) for name in measures.bands}
        ratio = float(np.exp(part["log_ratio"].mean()))
        return {"evaluations": len(part), **shares, f"{score}_ratio": ratio}

    return grouped(own.assign(log_ratio=log), by, describe)


def of_study(
    study: Study,
    method: tuple[str, str],
    reference: tuple[str, str],
    by: Sequence[str],
    where: Sequence[str] = (),
) -> pd.DataFrame:
    """`calibration` of a method of a merged study, in the cells that all of `where` describe.

    Raises
    ------
    ValueError
        If the study's kind has no bands, the method gave none, or there is no such cell.
    """
    measures = study.kind.measures
    if not measures.bands:
        raise ValueError(f"--bands: methods of a study of {study.kind.name} have no bands")
    names = [*study.cell, *METHOD_KEY, *measures.bands, measures.band_score]
    rows = read_rows(study, ["configuration", "status", *names])
    meant = [rows[METHOD_KEY[0]].eq(n) & rows[METHOD_KEY[1]].eq(k) for n, k in (method, reference)]
    rows = chosen(study, rows[meant[0] | meant[1]], where)
    same = ["configuration", *study.kind.within]
    return calibration(rows, method, reference, measures, same, by)
