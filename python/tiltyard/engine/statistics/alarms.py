"""Quality alarms: what a study's own results say is wrong with its methods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.statistics.summary import is_ranked, is_solved

#: Relative difference up to which two scores count as equal: the same algorithm, other rounding.
IDENTICAL = 1e-9


class Alarm(NamedTuple):
    """One suspicion: its kind, the method ("" if it is about none), the cells, what was seen."""

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


def identical_scores(
    summary: pd.DataFrame, cell: Sequence[str], same: Mapping[str, str]
) -> Iterator[Alarm]:
    """Pairs of methods with equal scores wherever both have one, and not declared the same.

    The same name in two languages is the same algorithm. Scores of 0 are no evidence, and mean,
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
                    "identical scores",
                    name,
                    language,
                    f"all {shared[j]} cells that both solved",
                    f"has exactly the scores of {other} ({other_language})",
                )
