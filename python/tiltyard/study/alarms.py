"""Quality alarms: what a study's own results say is wrong with its methods."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tiltyard.study.replicates import METHOD, Array
from tiltyard.study.statistics import is_ranked, is_solved

#: Relative difference below which two errors are the same: other rounding, the same algorithm.
IDENTICAL = 1e-9
#: Share of steps without a change from which on an estimate is a step function.
STEPS = 0.5


class Alarm(NamedTuple):
    """One suspicion: kind, method (empty where it is about none), where, and what was seen."""

    kind: str
    estimator: str
    language: str
    where: str
    message: str

    def __str__(self) -> str:
        method = f"{self.estimator} ({self.language})" if self.estimator else ""
        return ", ".join(filter(None, [method, self.where])) + f": {self.kind}: {self.message}"


def alarm_table(alarms: Sequence[Alarm]) -> pd.DataFrame:
    """`alarms` as a table; an empty one has the columns too."""
    return pd.DataFrame(alarms, columns=list(Alarm._fields))


def identical_errors(summary: pd.DataFrame, cell: Sequence[str]) -> Iterator[Alarm]:
    """Pairs of methods with another name whose errors are the same wherever both have one.

    The same name in two languages is declared to be the same algorithm. Errors of 0 are no
    evidence, and the statistics of all replicates have to agree, not the median alone.
    """
    rows = summary[is_ranked(summary) & is_solved(summary)]
    tables = [
        rows.pivot_table(column, list(cell), METHOD, "first")
        for column in ("mean", "minimum", "maximum")
    ]
    if not len(rows):
        return
    names = [(str(key[0]), str(key[1])) for key in tables[0].columns]
    values = np.stack([table.to_numpy() for table in tables])  # (statistics, cells, methods)
    for i, (name, language) in enumerate(names):
        own, others = values[:, :, i, None], values[:, :, i + 1 :]
        both = np.isfinite(own[0]) & np.isfinite(others[0]) & (own[0] > 0.0)
        with np.errstate(invalid="ignore"):
            same = np.all(np.abs(own - others) <= IDENTICAL * np.abs(own), axis=0)
        shared = both.sum(axis=0)
        for j in np.flatnonzero((shared > 0) & np.all(same | ~both, axis=0)):
            other, other_language = names[i + 1 + j]
            if other != name:
                yield Alarm(
                    "identical errors",
                    name,
                    language,
                    f"{shared[j]} cells",
                    f"errs exactly like {other} ({other_language}) in all cells that both solved",
                )


def flat_estimates(
    summary: pd.DataFrame, cell: Sequence[str], level: str, exempt: Container[tuple[str, str]] = ()
) -> Iterator[Alarm]:
    """Estimates that are constant, or do not change in half of their steps or more.

    Only where it is so at every `level`: with much noise, a constant is what a sound method may
    choose.

    Parameters
    ----------
    summary : DataFrame
        From `summarise`, with ``flat``.
    cell : sequence of str
    level : str
        The column of `cell` with the strength of the noise.
    exempt : container of (name, language)
        Methods that declare it.
    """
    rows = summary[is_ranked(summary) & summary["flat"].notna() & summary["median"].notna()]
    place = [name for name in cell if name != level]
    found = rows.groupby([*place, *METHOD])["flat"].min().reset_index()
    for row in found[found["flat"] >= STEPS].to_dict("records"):
        if (row["estimator"], row["language"]) in exempt:
            continue
        what = "is constant" if row["flat"] == 1.0 else "is a step function"
        yield Alarm(
            "constant or steps",
            row["estimator"],
            row["language"],
            _where(row, place),
            f"the estimate {what}: at least {row['flat']:.0%} of its steps change nothing, "
            f"at every {_words(level)}",
        )


def not_falling(
    summary: pd.DataFrame,
    cell: Sequence[str],
    level: str,
    order: str,
    highest: int,
    exempt: Container[tuple[str, str]] = (),
) -> Iterator[Alarm]:
    """Errors that are not smaller with the least noise than with the most.

    Parameters
    ----------
    summary, cell, level, exempt
        As for `flat_estimates`.
    order, highest : str, int
        Column of `cell`, and the highest value at which errors have to fall: beyond it, the
        least noise may be too much.
    """
    rows = summary[is_ranked(summary) & is_solved(summary) & summary[order].le(highest)]
    place = [name for name in cell if name != level]
    ordered = rows.sort_values(level, kind="stable").groupby([*place, *METHOD])
    ends = ordered.agg(
        low=("median", "first"),
        high=("median", "last"),
        least=(level, "first"),
        most=(level, "last"),
    ).reset_index()
    suspects = ends[(ends["least"] < ends["most"]) & (ends["low"] >= ends["high"])]
    for row in suspects[suspects["low"] > 0.0].to_dict("records"):
        if (row["estimator"], row["language"]) in exempt:
            continue
        yield Alarm(
            "does not fall with noise",
            row["estimator"],
            row["language"],
            _where(row, place),
            f"median error {row['low']:.3g} at {_words(level)} {row['least']:g}, "
            f"{row['high']:.3g} at {row['most']:g}",
        )


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


def _where(row: Mapping[Any, object], place: Sequence[str]) -> str:
    return ", ".join(f"{_words(name)} {row[name]}" for name in place)


def _words(name: str) -> str:
    return name.replace("_", " ")
