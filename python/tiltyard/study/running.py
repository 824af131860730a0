"""Statistics of a study while its evaluations stream past: memory grows with cells, not rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tiltyard.study.failures import add_failures, failures_of, list_failures
from tiltyard.study.measures import Measures
from tiltyard.study.replicates import METHOD, summary_key
from tiltyard.study.spread import EstimateSpread, Spread
from tiltyard.study.statistics import summarise

#: Rows that are summarised together: pandas takes as long for one cell as for a thousand.
ROWS = 60_000


class RunningStatistics:
    """Summary and failures of tables that come one configuration at a time.

    Replicates follow one another: the cells of a group are whole, and summarised, as soon as a
    configuration of the next group comes.

    Parameters
    ----------
    cell : sequence of str
        Columns that make a cell.
    group : sequence of str
        Those of `cell` that a configuration has one value of; replicates agree in them.
    measures : Measures
        What the other columns mean.

    Attributes
    ----------
    waiting : int
        Rows that are not summarised yet.
    """

    def __init__(self, cell: Sequence[str], group: Sequence[str], measures: Measures) -> None:
        self._cell, self._group, self._measures = list(cell), list(group), measures
        columns = ["configuration", *cell, *METHOD, "family", "tags", "oracle", "order", "status"]
        self._columns = list(dict.fromkeys([*columns, "message", *measures.columns]))
        self._seen: set[tuple[Any, ...]] = set()
        self._current: tuple[Any, ...] = ()
        self._waiting: list[pa.Table] = []
        self.waiting = 0
        rest = [name for name in cell if name not in group]
        self._spread = EstimateSpread(rest, measures.estimate, measures.ends)
        self._spreads: list[tuple[tuple[Any, ...], Spread]] = []
        self._summaries: list[pd.DataFrame] = []
        self._failures: pd.DataFrame | None = None

    def add(self, table: pa.Table) -> None:
        """Take the rows of one configuration.

        Raises
        ------
        ValueError
            If its group has been left before.
        """
        if not table.num_rows:
            return
        group = tuple(table[name][0].as_py() for name in self._group)
        if group != self._current:
            if group in self._seen:
                named = ", ".join(map(str, group))
                raise ValueError(f"replicates of {named} are apart: merge them one after another")
            self._leave_group()
            self._seen.add(group)
            self._current = group
            if self.waiting >= ROWS:
                self._summarise()
        self._spread.add(table)
        self._waiting.append(table.select(self._columns))
        self.waiting += table.num_rows

    def summary(self) -> pd.DataFrame:
        """What `summarise` gives for all rows so far."""
        self._finish()
        whole = pd.concat(self._summaries, ignore_index=True)
        self._summaries = [whole]
        return whole.sort_values(summary_key(self._cell), ignore_index=True)

    def failures(self) -> pd.DataFrame:
        """What `count_failures` gives for all rows so far."""
        self._finish()
        assert self._failures is not None
        return list_failures(self._failures)

    def _finish(self) -> None:
        if self._waiting:
            self._leave_group()
        self._summarise()

    def _leave_group(self) -> None:
        """Keep what was found about the estimates of the group that is complete."""
        if self._current:
            self._spreads.append((self._current, self._spread.take()))

    def _spread_table(self) -> pd.DataFrame:
        """What was found about the estimates of all groups that are complete."""
        groups, found = zip(*self._spreads, strict=True)
        self._spreads = []
        table = self._spread.keys.iloc[np.concatenate([one.slots for one in found])]
        table = table.reset_index(drop=True)
        lengths = [len(one.slots) for one in found]
        for name, values in zip(self._group, zip(*groups, strict=True), strict=True):
            table[name] = np.repeat(np.array(values), lengths)
        return table.assign(
            variance=np.concatenate([one.variance for one in found]),
            flat=np.concatenate([one.flat for one in found]),
        )

    def _summarise(self) -> None:
        if not self._waiting:
            return
        rows = pa.concat_tables(self._waiting).to_pandas()
        self._waiting, self.waiting = [], 0
        spread = self._spread_table()
        self._summaries.append(summarise(rows, self._cell, self._measures, spread))
        found = failures_of(rows)
        self._failures = found if self._failures is None else add_failures([self._failures, found])
