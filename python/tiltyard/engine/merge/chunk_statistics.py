"""Statistics of a chunk of a study, computed while its tables are read one after another."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from tiltyard.engine.kind import Kind, cell_of, group_of, statuses_of
from tiltyard.engine.merge.spread import SeriesSpread, Spread
from tiltyard.engine.outcome import SUMMED_UP
from tiltyard.engine.statistics.failures import failures_of
from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.statistics.summary import summarise

Group = tuple[Any, ...]


class Statistics(NamedTuple):
    """Statistics of some cells.

    Attributes
    ----------
    summary : DataFrame
        Table from `summarise`.
    failures : DataFrame
        Table from `failures_of`.
    """

    summary: pd.DataFrame
    failures: pd.DataFrame


class ChunkStatistics:
    """Statistics of whole groups of replicates, from one table per configuration.

    All rows are kept in memory, but the series of no more than one group.

    Parameters
    ----------
    kind : Kind
        Kind of the study; it says what the columns mean.
    """

    def __init__(self, kind: Kind) -> None:
        measures = kind.measures
        self._kind, self._cell, self._group = kind, cell_of(kind), group_of(kind)
        texts = ["family", "tags", *filter(None, [measures.bound]), "status", "message"]
        columns = ["configuration", *self._cell, *METHOD_KEY, *texts, *measures.columns, *SUMMED_UP]
        self._columns = list(dict.fromkeys(columns))
        self._counted = measures.counted
        self._tables: list[pa.Table] = []
        self._current: Group = ()
        self._spread = (
            SeriesSpread(kind.within, measures.series, measures.ends) if measures.series else None
        )
        self._seen: set[Group] = set()
        self._spreads: dict[Group, Spread] = {}

    def add(self, table: pa.Table) -> None:
        """Take the rows of one configuration.

        Raises
        ------
        ValueError
            If rows of another group came since the last ones of its group.
        """
        group = tuple(table[name][0].as_py() for name in self._group)
        if group != self._current:
            if group in self._seen:
                named = ", ".join(map(str, group))
                raise ValueError(f"replicates of {named} are apart: merge them one after another")
            self._leave_group()
            self._current = group
            self._seen.add(group)
        if self._counted:
            table = table.filter(table[self._counted])
        if self._spread is not None:
            self._spread.add(table)
        self._tables.append(table.select(self._columns))

    def result(self) -> Statistics:
        """Statistics of all that was added."""
        self._leave_group()
        rows = _texts(pa.concat_tables(self._tables)).to_pandas()
        kind = self._kind
        summary = summarise(
            rows,
            self._cell,
            kind.measures,
            None if self._spread is None else self._spread_table(self._spread),
            unranked=kind.unranked,
            statuses=statuses_of(kind),
        )
        return Statistics(summary, failures_of(rows, kind.within))

    def _leave_group(self) -> None:
        """Keep the spread of the group that is complete."""
        if self._current and self._spread is not None:
            self._spreads[self._current] = self._spread.take()

    def _spread_table(self, spread: SeriesSpread) -> pd.DataFrame:
        """Variance and flatness of the series of all groups, by cell and method."""
        found = list(self._spreads.values())
        table = spread.keys.iloc[np.concatenate([one.slots for one in found])]
        table = table.reset_index(drop=True)
        lengths = [len(one.slots) for one in found]
        for name, values in zip(self._group, zip(*self._spreads, strict=True), strict=True):
            table[name] = np.repeat(np.array(values), lengths)
        return table.assign(
            variance=np.concatenate([one.variance for one in found]),
            flat=np.concatenate([one.flat for one in found]),
        )


def _texts(table: pa.Table) -> pa.Table:
    """`table` with texts in place of dictionaries, by whose sequence pandas would sort."""
    fields = [
        one.with_type(one.type.value_type) if pa.types.is_dictionary(one.type) else one
        for one in table.schema
    ]
    return table.cast(pa.schema(fields))
