"""Quality alarms: what a study's own results say is wrong with its methods."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tiltyard.engine.methods.method import FLAT, NOT_FALLING
from tiltyard.engine.statistics.replicates import METHOD_KEY, Array
from tiltyard.engine.statistics.summary import is_ranked, is_solved

#: Relative difference below which two errors are the same: other rounding, the same algorithm.
IDENTICAL = 1e-9
#: Share of steps without a change from which on an estimate is a step function.
STEPS = 0.5
#: Ratio of the most to the least noise from which on errors have to fall: with less, a bias may
#: hide the noise at both.
LEAST_RANGE = 100.0


class Alarm(NamedTuple):
    """One suspicion: kind, method (empty where it is about none), where, and what was seen."""

    kind: str
    method: str
    language: str
    where: str
    message: str

    def __str__(self) -> str:
        method = f"{self.method} ({self.language})" if self.method else ""
        return ", ".join(filter(None, [method, self.where])) + f": {self.kind}: {self.message}"


def alarm_table(alarms: Sequence[Alarm]) -> pd.DataFrame:
    """`alarms` as a table; an empty one has the columns too."""
    return pd.DataFrame(alarms, columns=list(Alarm._fields))


def identical_errors(
    summary: pd.DataFrame, cell: Sequence[str], same: Mapping[str, str]
) -> Iterator[Alarm]:
    """Pairs of methods that are not declared the same and err alike wherever both have an error.

    The same name in two languages is the same algorithm. Errors of 0 are no evidence, and mean,
    minimum and maximum over the replicates have to agree.

    Parameters
    ----------
    summary : DataFrame
        From `summarise`.
    cell : sequence of str
    same : mapping
        Name of a method -> name of the one whose numbers it is declared to reproduce.
    """
    rows = summary[is_ranked(summary) & is_solved(summary)]
    if rows.empty:
        return
    tables = [
        rows.pivot_table(column, list(cell), METHOD_KEY, "first")
        for column in ("mean", "minimum", "maximum")
    ]
    names = [(str(key[0]), str(key[1])) for key in tables[0].columns]
    values = np.stack([table.to_numpy() for table in tables])  # (statistics, cells, methods)
    for i, (name, language) in enumerate(names):
        own, others = values[:, :, i, None], values[:, :, i + 1 :]
        both = np.isfinite(own[0]) & np.isfinite(others[0]) & (own[0] > 0.0)
        with np.errstate(invalid="ignore"):
            alike = np.all(np.abs(own - others) <= IDENTICAL * np.abs(own), axis=0)
        shared = both.sum(axis=0)
        for j in np.flatnonzero((shared > 0) & np.all(alike | ~both, axis=0)):
            other, other_language = names[i + 1 + j]
            if same.get(name, name) != same.get(other, other):
                yield Alarm(
                    "identical errors",
                    name,
                    language,
                    f"all {shared[j]} cells that both solved",
                    f"errs exactly like {other} ({other_language})",
                )


def flat_estimates(
    summary: pd.DataFrame,
    cell: Sequence[str],
    level: str,
    order: str,
    explained: Container[str] = (),
) -> Iterator[Alarm]:
    """Estimates that are constant, or stay the same in half of their steps or more.

    It has to be so at every `level`, because with much noise a sound method may choose a
    constant, and in more than half of all series: a series has all levels of an order.

    Parameters
    ----------
    summary : DataFrame
        From `summarise`, with ``flat``.
    cell : sequence of str
    level, order : str
        Columns of `cell`: the strength of the noise, and the order.
    explained : container of str
        Names of methods that declare why.
    """
    rows = summary[is_ranked(summary) & summary["flat"].notna() & summary["median"].notna()]
    place = [name for name in cell if name != level]
    series = rows.groupby([*place, *METHOD_KEY])["flat"].min().reset_index()
    for part, bad in _in_most(series, series["flat"] >= STEPS, order, explained):
        least = bad["flat"].min()
        what = "is constant" if least == 1.0 else "is a step function"
        yield Alarm(
            FLAT,
            *part,
            _where(bad, place, order, level),
            f"the estimate {what}: {least:.0%} of its steps change nothing at any {_words(level)}",
        )


def not_falling(
    summary: pd.DataFrame,
    cell: Sequence[str],
    level: str,
    order: str,
    highest: int,
    explained: Container[str] = (),
) -> Iterator[Alarm]:
    """Median errors that are not smaller with the least noise than with the most.

    It has to be so in more than half of all series: a series has all levels of an order. One
    whose levels differ by less than a factor of 100 does not count.

    Parameters
    ----------
    summary, cell, level, order, explained
        As for `flat_estimates`.
    highest : int
        The highest order at which errors have to fall: beyond it, the least noise may be too much.
    """
    rows = summary[is_ranked(summary) & is_solved(summary) & summary[order].le(highest)]
    place = [name for name in cell if name != level]
    ordered = rows.sort_values(level, kind="stable").groupby([*place, *METHOD_KEY])
    series = ordered.agg(
        low=("median", "first"),
        high=("median", "last"),
        least=(level, "first"),
        most=(level, "last"),
    ).reset_index()
    series = series[series["most"] >= LEAST_RANGE * series["least"].where(series["most"] > 0.0)]
    suspect = (series["low"] >= series["high"]) & (series["low"] > 0.0)
    for part, bad in _in_most(series, suspect, order, explained):
        first = bad.iloc[0]
        yield Alarm(
            NOT_FALLING,
            *part,
            _where(bad, place, order, level),
            f"median error {first['low']:.3g} at {_words(level)} {first['least']:g}, "
            f"{first['high']:.3g} at {first['most']:g}",
        )


def _in_most(
    series: pd.DataFrame, suspect: pd.Series[bool], order: str, explained: Container[str]
) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    """Method, and its suspect series of one order, where these are more than half."""
    for (name, language, _), own in series.assign(bad=suspect).groupby([*METHOD_KEY, order]):
        if own["bad"].mean() > 0.5 and name not in explained:
            yield (str(name), str(language)), own[own["bad"]].assign(series=len(own))


def _where(bad: pd.DataFrame, place: Sequence[str], order: str, level: str) -> str:
    """The order, and how many series of it; with the first one by name."""
    first = bad.iloc[0]
    named = ", ".join(f"{_words(name)} {first[name]}" for name in place if name != order)
    return f"{order} {first[order]}, {len(bad)} of {first['series']} series, as {named}"


def inexact_truth(where: str, error: Array, tolerance: float) -> Iterator[Alarm]:
    """An alarm if an audited truth errs by more than `tolerance`, relative to its spread.

    Parameters
    ----------
    where : str
        Whose truth it is.
    error : (orders,) array
        Largest error of each order.
    tolerance : float
    """
    wrong = np.flatnonzero(~(error <= tolerance))
    if wrong.size:
        worst = int(np.nanargmax(np.where(np.isnan(error), np.inf, error)))
        orders = ", ".join(map(str, wrong))
        yield Alarm(
            "inexact truth",
            "",
            "",
            where,
            f"orders {orders}: relative error up to {error[worst]:.2g}, {tolerance:g} is allowed",
        )


def _words(name: str) -> str:
    return name.replace("_", " ")
