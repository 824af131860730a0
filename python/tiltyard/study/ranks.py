"""Methods ranked over all cells of a study, and how far the ranking depends on choices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from tiltyard.study.replicates import METHOD
from tiltyard.study.statistics import is_ranked, is_solved, score

#: Statistics over replicates by which methods can be ranked in a cell; the first is the usual.
STATISTICS = ("median", "mean", "geometric_mean")


def mean_ranks(
    summary: pd.DataFrame, cell: Sequence[str], statistic: str = "median"
) -> pd.DataFrame:
    """Methods by their mean rank over all cells, best first; a cell not solved ranks last.

    A method solves a cell when all its replicates are ``ok``; its rank there is that of its
    median. All who did not solve a cell share the mean of the last places.

    Parameters
    ----------
    summary : DataFrame
        From `summarise`, of the methods to be ranked against each other.
    cell : sequence of str
    statistic : str
        The column to rank by.

    Returns
    -------
    DataFrame
        Method, ``family``, ``tags``, ``mean_rank``, ``cells``, ``solved`` and ``place``; equal
        mean ranks share the better place.
    """
    cells = summary.groupby(list(cell)).ngroup()
    ranked = summary[[*METHOD, "family", "tags"]].assign(
        rank=score(summary, statistic).groupby(cells).rank(), ok=is_solved(summary)
    )
    table = ranked.groupby([*METHOD, "family", "tags"], as_index=False).agg(
        mean_rank=("rank", "mean"), cells=("rank", "size"), solved=("ok", "sum")
    )
    table = table.sort_values(["mean_rank", *METHOD], kind="stable", ignore_index=True)
    return table.assign(place=table["mean_rank"].rank(method="min").astype(int))


def rank_methods(
    summary: pd.DataFrame, cell: Sequence[str], reference: tuple[str, str]
) -> pd.DataFrame:
    """The leaderboard: mean ranks in two ways, and the error relative to a reference.

    Parameters
    ----------
    summary : DataFrame
        From `summarise`, of a whole study.
    cell : sequence of str
    reference : pair of str
        Name and language; where it is not ranked or solved nothing, the best takes its place.

    Returns
    -------
    DataFrame
        Ranked methods, best first, with ``mean_rank_solved`` over the ``cells_solved`` cells
        that all of them solved (empty if there is none), ``mean_rank`` over all ``cells`` with a
        failure ranked last, ``solved``, ``geometric_mean_ratio`` of its median error to the
        reference's over the ``ratio_cells`` cells that both solved with an error above 0, the
        ``reference``, and ``place`` by ``mean_rank``.
    """
    own = summary[is_ranked(summary)]
    table = mean_ranks(own, cell)
    everyone = is_solved(own).groupby([own[name] for name in cell]).transform("all")
    common = mean_ranks(own[everyone], cell)[[*METHOD, "mean_rank", "cells"]]
    common.columns = pd.Index([*METHOD, "mean_rank_solved", "cells_solved"])
    table = table.merge(common, "left", METHOD)
    table["cells_solved"] = table["cells_solved"].fillna(0).astype(int)
    chosen = reference_of(table, reference)
    table = table.merge(geometric_mean_ratios(own, cell, chosen), "left", METHOD)
    table["ratio_cells"] = table["ratio_cells"].fillna(0).astype(int)
    table["reference"] = f"{chosen[0]} ({chosen[1]})" if chosen else ""
    columns = "mean_rank_solved cells_solved mean_rank cells solved geometric_mean_ratio"
    return table[[*METHOD, "family", "tags", *columns.split(), "ratio_cells", "reference", "place"]]


def reference_of(table: pd.DataFrame, wanted: tuple[str, str]) -> tuple[str, str] | None:
    """`wanted` if it is in the leaderboard and solved a cell; else the best that did."""
    solvers = [
        (str(name), str(language))
        for name, language in table.loc[table["solved"] > 0, METHOD].itertuples(index=False)
    ]
    return wanted if wanted in solvers else next(iter(solvers), None)


def geometric_mean_ratios(
    summary: pd.DataFrame, cell: Sequence[str], reference: tuple[str, str] | None
) -> pd.DataFrame:
    """Geometric mean over cells of each method's median error divided by the reference's."""
    rows = summary.loc[is_solved(summary) & summary["median"].gt(0.0), [*cell, *METHOD, "median"]]
    rows = rows.assign(logarithm=np.log(rows["median"]))
    name, language = reference or ("", "")
    own = rows[(rows[METHOD[0]] == name) & (rows[METHOD[1]] == language)]
    both = rows.merge(own[[*cell, "logarithm"]], on=list(cell), suffixes=("", "_reference"))
    both["difference"] = both["logarithm"] - both["logarithm_reference"]
    found = both.groupby(METHOD)["difference"].agg(["mean", "size"]).reset_index()
    found["mean"] = np.exp(found["mean"])
    return found.set_axis([*METHOD, "geometric_mean_ratio", "ratio_cells"], axis=1)


def robustness(summary: pd.DataFrame, cell: Sequence[str], subject: str) -> pd.DataFrame:
    """The leaderboard again after other choices, to see which places depend on them.

    Parameters
    ----------
    summary : DataFrame
        From `summarise`.
    cell : sequence of str
    subject : str
        The column of `cell` whose values are left out one at a time (if there are several).

    Returns
    -------
    DataFrame
        ``variant``, method, ``place``, ``shift`` (places lost against the variant ``all``) and
        ``moved`` (whether that is not 0). Where methods were collapsed, places in ``all`` are
        counted among those that remain.
    """
    own = summary[is_ranked(summary)]
    everyone = mean_ranks(own, cell)
    tables = [
        _moved(everyone, mean_ranks(part, cell, statistic)).assign(variant=name)
        for name, part, statistic in _variants(own, everyone, subject)
    ]
    columns = ["variant", *METHOD, "place", "shift", "moved"]
    return pd.concat(tables, ignore_index=True)[columns]


def _variants(
    own: pd.DataFrame, everyone: pd.DataFrame, subject: str
) -> Iterator[tuple[str, pd.DataFrame, str]]:
    """Name of each variant, its part of the summary, and the statistic to rank by."""
    usual = STATISTICS[0]
    yield "all", own, usual
    subjects = own[subject].unique()
    if len(subjects) > 1:
        for left_out in subjects:
            yield f"without {left_out}", own[own[subject] != left_out], usual
    for name, column in (("one per name", METHOD[0]), ("one per family", "family")):
        yield name, own.merge(everyone.drop_duplicates(column)[METHOD], on=METHOD), usual
    for statistic in STATISTICS:
        yield statistic, own, statistic


def _moved(everyone: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    both = table.merge(everyone[[*METHOD, "mean_rank"]], on=METHOD, suffixes=("", "_all"))
    before = both["mean_rank_all"].rank(method="min").astype(int)
    shift = both["place"] - before
    return both.assign(shift=shift, moved=shift != 0)
