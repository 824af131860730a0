"""Statistics of a study's results: summaries per cell, failures by reason.

It needs the column of the score, the columns of a cell, those that name a method, and the column
``status``; what is measured does not matter.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from tiltyard.engine.kind import Measures
from tiltyard.engine.outcome import SUMMED_UP, Status
from tiltyard.engine.statistics.intervals import median_interval
from tiltyard.engine.statistics.replicates import (
    METHOD_KEY,
    Array,
    Panel,
    by_count,
    median_of_sorted,
    medians,
)
from tiltyard.engine.statistics.ties import compare_with_best, places


def summarise(
    results: pd.DataFrame,
    cell: Sequence[str],
    measures: Measures,
    spread: pd.DataFrame | None = None,
    *,
    unranked: Collection[str] = (),
    statuses: Sequence[str] = tuple(Status),
) -> pd.DataFrame:
    """One row per cell and method: statistics of the score over replicates, counts, comparison.

    It needs all replicates of all methods of a cell, and nothing of other cells, so that a study
    of any size is summarised in parts.

    Parameters
    ----------
    results : DataFrame
        Rows of whole cells, one for each evaluation in each of them.
    cell : sequence of str
        Columns that make a cell; rows that agree in them are replicates.
    measures : Measures
        What the other columns mean.
    spread : DataFrame, optional
        ``variance`` and ``flat`` (see `SeriesSpread.take`) by `cell` and method.
    unranked : collection of str
        Tags of methods that are not ranked: those that anchor the scale, or know more than others.
    statuses : sequence of str
        Every status that a row may have; the table counts each.

    Returns
    -------
    DataFrame
        `cell`, method, and the columns that docs/results.md explains, sorted by
        `summary_key`. Numbers are over the replicates that have an error.
    """
    panel = Panel(results, cell)
    errors = panel.matrix(results[measures.score])
    texts = [name for name in ("tags", measures.bound) if name]
    table = panel.keys.assign(**{name: panel.first(name) for name in texts})
    table["ranked"] = ~with_tags(table["tags"], unranked)
    size = table.pop("replicates")
    table = table.assign(**error_statistics(errors))
    own = medians_of(panel, results, measures)
    table = table.assign(**{name: own.pop(name) for name in measures.beside})
    if spread is not None:
        found = table[[*cell, *METHOD_KEY]].merge(spread, "left", [*cell, *METHOD_KEY])
        unscaled = panel.matrix(results[measures.unscaled or measures.score])
        bias, deviation = bias_and_spread(errors, unscaled, found["variance"].to_numpy())
        table = table.assign(bias=bias, spread=deviation, flat=found["flat"].to_numpy())
    table = table.assign(**own)
    if measures.bound:
        ratios = regret(results, cell, measures.score, measures.bound)
        table = table.assign(regret=medians(panel.matrix(ratios)))
    table = table.assign(replicates=size)
    counts = {f"n_{status}": panel.count(results["status"] == status) for status in statuses}
    table = table.assign(coverage=counts["n_ok"] / size, **counts)
    return _compared(table, errors, panel)


def medians_of(panel: Panel, results: pd.DataFrame, measures: Measures) -> dict[str, Array]:
    """Medians of the columns of `measures` and of costs, over the replicates that are ``ok``."""
    ok = results["status"] == str(Status.OK)
    costs = {name: name for name in SUMMED_UP if name in results}
    return {
        name: medians(panel.matrix(results[column].where(ok)))
        for name, column in {**measures.medians, **costs}.items()
    }


def error_statistics(errors: Array) -> dict[str, Array]:
    """Location, interval of the median and scatter of each row of `errors`; NaN without any."""
    names = "mean median geometric_mean interval_low interval_high standard_deviation"
    found = {name: np.full(len(errors), np.nan) for name in [*names.split(), "minimum", "maximum"]}
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        for rows, ordered in by_count(errors):
            found["mean"][rows] = ordered.mean(axis=1)
            found["median"][rows] = median_of_sorted(ordered)
            found["geometric_mean"][rows] = np.exp(np.log(ordered).mean(axis=1))
            if ordered.shape[1] > 1:
                found["standard_deviation"][rows] = ordered.std(axis=1, ddof=1)
            found["minimum"][rows], found["maximum"][rows] = ordered[:, 0], ordered[:, -1]
    found["interval_low"], found["interval_high"] = median_interval(errors)
    return found


def bias_and_spread(errors: Array, absolute: Array, variance: Array) -> tuple[Array, Array]:
    """Bias and spread over replicates, into which a mean square error divides, in its units.

    The mean of the squared errors is ``bias**2 + spread**2``, where ``spread**2`` is the variance
    (n - 1) of what was produced. Both are unbiased and need no truth beyond the errors. Where
    ``spread**2`` exceeds the mean square, the bias is 0.

    Parameters
    ----------
    errors, absolute : (rows, replicates) arrays
        Root mean square errors with and without the scale that replicates share.
    variance : (rows,) array
        Variance of what was produced, in squares of the units of `absolute`.

    Returns
    -------
    two (rows,) arrays
        Bias and spread; NaN with fewer than two replicates.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        scale = medians(np.where(errors > 0.0, absolute / errors, np.nan))
        spread = np.where(variance == 0.0, 0.0, np.sqrt(variance) / scale)
        square = np.full(len(errors), np.nan)
        for rows, ordered in by_count(errors):
            square[rows] = np.mean(ordered**2, axis=1)
        bias = np.sqrt(np.maximum(square - spread**2, 0.0))
    return bias, spread


def _compared(table: pd.DataFrame, errors: Array, panel: Panel) -> pd.DataFrame:
    """`table` with each method's place in its cell, and whether it is tied with the best."""
    ranked = is_ranked(table)
    found = compare_with_best(
        errors, panel.cell, panel.replicates, (ranked & is_solved(table)).to_numpy()
    )
    return table.assign(
        place=places(score(table).where(ranked), panel.cell),
        tied=found.tied,
        tie_rule=found.rule,
        p_holm=found.p,
        ratio=found.ratio,
        ratio_low=found.low,
        ratio_high=found.high,
    )


def with_tags(tags: pd.Series[str], wanted: Collection[str]) -> pd.Series[bool]:
    """Whether each text of comma-separated tags has one of those `wanted`."""
    known = {text: not set(wanted).isdisjoint(text.split(",")) for text in tags.unique()}
    return tags.map(known).astype(bool)


def is_ranked(summary: pd.DataFrame) -> pd.Series[bool]:
    """Whether the method of each row is ranked against the others."""
    return summary["ranked"].astype(bool)


def is_solved(summary: pd.DataFrame) -> pd.Series[bool]:
    """Whether every replicate of each row is ``ok`` and has an error."""
    return summary["n_ok"].eq(summary["replicates"]) & summary["median"].notna()


def score(summary: pd.DataFrame, statistic: str = "median") -> pd.Series[float]:
    """The statistic that is ranked: infinite where a replicate is missing."""
    return summary[statistic].where(is_solved(summary), np.inf)


def regret(results: pd.DataFrame, cell: Sequence[str], score: str, bound: str) -> pd.Series[float]:
    """Score of each row divided by that of its bound in the same configuration; NaN without one.

    The column `bound` names the method that is the same with settings chosen by the true answer.
    """
    same = results.groupby(["configuration", *cell], sort=False, dropna=False).ngroup().to_numpy()
    names, _ = pd.factorize(pd.concat([results["method"], results[bound]]))
    own, wanted = same + len(same) * names.reshape(2, -1)
    scores = results[score]
    bounds = np.isin(own, wanted)
    best = pd.Series(scores.to_numpy()[bounds], own[bounds]).reindex(wanted)
    return scores / best.where(best > 0.0).set_axis(results.index)
