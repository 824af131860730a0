"""Methods ranked over all cells of a study, and how far the ranking depends on choices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.statistics.summary import is_ranked, is_solved, score

#: Statistics over replicates by which methods can be ranked in a cell; the first is the usual.
STATISTICS = ("median", "mean", "geometric_mean")


def mean_ranks(
    summary: pd.DataFrame, cell: Sequence[str], statistic: str = "median"
) -> pd.DataFrame:
    """Methods by their mean rank over all cells, best first; a cell not solved ranks last.

    A method solves a cell when all its replicates are ``ok``; its rank there is that of its
    median. Methods that did not solve a cell share the mean of the last ranks.

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
    ranked = summary[[*METHOD_KEY, "family", "tags"]].assign(
        rank=ranks_in_cells(summary, cell, statistic), ok=is_solved(summary)
    )
    table = ranked.groupby([*METHOD_KEY, "family", "tags"], as_index=False).agg(
        mean_rank=("rank", "mean"), cells=("rank", "size"), solved=("ok", "sum")
    )
    return _placed(table)


def _placed(table: pd.DataFrame) -> pd.DataFrame:
    """`table`, best mean rank first, with places; equal ones share the better place."""
    table = table.sort_values(["mean_rank", *METHOD_KEY], kind="stable", ignore_index=True)
    return table.assign(place=table["mean_rank"].rank(method="min").astype(int))


def ranks_in_cells(
    summary: pd.DataFrame, cell: Sequence[str], statistic: str = "median"
) -> pd.Series[float]:
    """Rank of each row in its cell; rows that did not solve it share the mean of the last ranks."""
    cells = summary.groupby(list(cell)).ngroup()
    return score(summary, statistic).groupby(cells).rank()


def contestants(summary: pd.DataFrame, cell: Sequence[str]) -> pd.DataFrame:
    """Rows of `summary` of ranked methods, with the columns that ranking needs."""
    columns = [*cell, *METHOD_KEY, "family", "tags", "ranked", "n_ok", "replicates", *STATISTICS]
    return summary.loc[is_ranked(summary), columns]


def rank_methods(
    summary: pd.DataFrame, cell: Sequence[str], reference: tuple[str, str] | None
) -> pd.DataFrame:
    """The leaderboard: mean ranks in two ways, and the error relative to a reference.

    Parameters
    ----------
    summary : DataFrame
        From `summarise`, of a whole study.
    cell : sequence of str
    reference : pair of str
        Name and language; if it is not ranked or solved nothing, the best method is used.

    Returns
    -------
    DataFrame
        Ranked methods, best first, with ``mean_rank_solved`` over the ``cells_solved`` cells
        that all of them solved (empty if there is none), ``mean_rank`` over all ``cells`` with a
        failure ranked last, ``solved``, ``geometric_mean_ratio`` of its median error to the
        reference's over the ``ratio_cells`` cells that both solved with an error above 0, the
        ``reference``, and ``place`` by ``mean_rank``.
    """
    own = contestants(summary, cell)
    table = mean_ranks(own, cell)
    everyone = is_solved(own).groupby([own[name] for name in cell]).transform("all")
    common = mean_ranks(own[everyone], cell)[[*METHOD_KEY, "mean_rank", "cells"]]
    common.columns = pd.Index([*METHOD_KEY, "mean_rank_solved", "cells_solved"])
    table = table.merge(common, "left", METHOD_KEY)
    table["cells_solved"] = table["cells_solved"].fillna(0).astype(int)
    chosen = reference_of(table, reference)
    table = table.merge(geometric_mean_ratios(own, cell, chosen), "left", METHOD_KEY)
    table["ratio_cells"] = table["ratio_cells"].fillna(0).astype(int)
    table["reference"] = f"{chosen[0]} ({chosen[1]})" if chosen else ""
    columns = "mean_rank_solved cells_solved mean_rank cells solved geometric_mean_ratio"
    return table[
        [*METHOD_KEY, "family", "tags", *columns.split(), "ratio_cells", "reference", "place"]
    ]


def reference_of(table: pd.DataFrame, wanted: tuple[str, str] | None) -> tuple[str, str] | None:
    """`wanted` if it is in the leaderboard and solved a cell; else the best that did."""
    solvers = [
        (str(name), str(language))
        for name, language in table.loc[table["solved"] > 0, METHOD_KEY].itertuples(index=False)
    ]
    return wanted if wanted in solvers else next(iter(solvers), None)


def geometric_mean_ratios(
    summary: pd.DataFrame, cell: Sequence[str], reference: tuple[str, str] | None
) -> pd.DataFrame:
    """Geometric mean over cells of each method's median error divided by the reference's."""
    rows = summary.loc[
        is_solved(summary) & summary["median"].gt(0.0), [*cell, *METHOD_KEY, "median"]
    ]
    rows = rows.assign(logarithm=np.log(rows["median"]))
    name, language = reference or ("", "")
    own = rows[(rows[METHOD_KEY[0]] == name) & (rows[METHOD_KEY[1]] == language)]
    both = rows.merge(own[[*cell, "logarithm"]], on=list(cell), suffixes=("", "_reference"))
    both["difference"] = both["logarithm"] - both["logarithm_reference"]
    found = both.groupby(METHOD_KEY)["difference"].agg(["mean", "size"]).reset_index()
    found["mean"] = np.exp(found["mean"])
    return found.set_axis([*METHOD_KEY, "geometric_mean_ratio", "ratio_cells"], axis=1)


def robustness(summary: pd.DataFrame, cell: Sequence[str], subject: str) -> pd.DataFrame:
    """Leaderboards under other choices, which show the places that depend on them.

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
    own = contestants(summary, cell)
    everyone = mean_ranks(own, cell)
    tables = [
        _moved(everyone, table).assign(variant=name)
        for name, table in _variants(own, everyone, cell, subject)
    ]
    columns = ["variant", *METHOD_KEY, "place", "shift", "moved"]
    return pd.concat(tables, ignore_index=True)[columns]


def _variants(
    own: pd.DataFrame, everyone: pd.DataFrame, cell: Sequence[str], subject: str
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Name and leaderboard of each variant."""
    yield "all", everyone
    for left_out, table in _without_each(own, cell, subject):
        yield f"without {left_out}", table
    for name, column in (("one per name", METHOD_KEY[0]), ("one per family", "family")):
        best = everyone.drop_duplicates(column)[METHOD_KEY]
        yield name, mean_ranks(own.merge(best, on=METHOD_KEY), cell)
    for statistic in STATISTICS:
        yield statistic, mean_ranks(own, cell, statistic)


def _without_each(
    own: pd.DataFrame, cell: Sequence[str], subject: str
) -> Iterator[tuple[object, pd.DataFrame]]:
    """Every value of `subject`, where there are several, and the leaderboard without it.

    Ranks within a cell do not depend on other cells: they are summed once.
    """
    ranks = own[METHOD_KEY].assign(rank=ranks_in_cells(own, cell), subject=own[subject])
    sums = (
        ranks.groupby([*METHOD_KEY, "subject"])["rank"].agg(["sum", "size"]).unstack(fill_value=0)
    )
    total = sums.T.groupby(level=0).sum().T
    subjects = own[subject].unique()
    for left_out in subjects if len(subjects) > 1 else ():
        rest = (total["sum"] - sums["sum", left_out]) / (total["size"] - sums["size", left_out])
        table = rest.dropna().rename("mean_rank").reset_index()
        yield left_out, _placed(table)


def _moved(everyone: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    both = table.merge(everyone[[*METHOD_KEY, "mean_rank"]], on=METHOD_KEY, suffixes=("", "_all"))
    before = both["mean_rank_all"].rank(method="min").astype(int)
    shift = both["place"] - before
    return both.assign(shift=shift, moved=shift != 0)
