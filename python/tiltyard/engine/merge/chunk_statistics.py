"""Statistics of a study in parts, each while its tables stream past."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from tiltyard.engine.kind import Measures
from tiltyard.engine.merge.spread import EstimateSpread, Spread
from tiltyard.engine.statistics.failures import failures_of
from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.statistics.summary import summarise

Group = tuple[Any, ...]


class Statistics(NamedTuple):
    """Statistics of some cells.

    Attributes
    ----------
    summary : DataFrame
        What `summarise` gives.
    failures : DataFrame
        What `failures_of` gives.
    """

    summary: pd.DataFrame
    failures: pd.DataFrame


class PartStatistics:
    """Statistics of whole groups of replicates, from one table per configuration.

    In memory are all rows, but the estimates of one group at most.

    Parameters
    ----------
    cell : sequence of str
        Columns that make a cell.
    group : sequence of str
        Those of `cell` that a configuration has one value of; replicates agree in them.
    measures : Measures
        What the other columns mean.
    """

    def __init__(self, cell: Sequence[str], group: Sequence[str], measures: Measures) -> None:
        self._cell, self._group, self._measures = list(cell), list(group), measures
        columns = [
            "configuration",
            *cell,
            *METHOD_KEY,
            "family",
            "tags",
            "oracle",
            "order",
            "status",
        ]
        self._columns = list(dict.fromkeys([*columns, "message", *measures.columns]))
        self._tables: list[pa.Table] = []
        self._current: Group = ()
        rest = [name for name in cell if name not in group]
        self._spread = EstimateSpread(rest, measures.estimate, measures.ends)
        self._spreads: dict[Group, Spread] = {}

    def add(self, table: pa.Table) -> None:
        """Take the rows of one configuration.

        Raises
        ------
        ValueError
            If its group has been left before.
        """
        group = tuple(table[name][0].as_py() for name in self._group)
        if group != self._current:
            if group in self._spreads:
                named = ", ".join(map(str, group))
                raise ValueError(f"replicates of {named} are apart: merge them one after another")
            self._leave_group()
            self._current = group
        self._spread.add(table)
        self._tables.append(table.select(self._columns))

    def result(self) -> Statistics:
        """Statistics of all that was added."""
        self._leave_group()
        rows = _texts(pa.concat_tables(self._tables)).to_pandas()
        summary = summarise(rows, self._cell, self._measures, self._spread_table())
        return Statistics(summary, failures_of(rows))

    def _leave_group(self) -> None:
        """Keep what was found about the estimates of the group that is complete."""
        if self._current:
            self._spreads[self._current] = self._spread.take()

    def _spread_table(self) -> pd.DataFrame:
        """What was found about the estimates of all groups."""
        found = list(self._spreads.values())
        table = self._spread.keys.iloc[np.concatenate([one.slots for one in found])]
        table = table.reset_index(drop=True)
        lengths = [len(one.slots) for one in found]
        for name, values in zip(self._group, zip(*self._spreads, strict=True), strict=True):
            table[name] = np.repeat(np.array(values), lengths)
        return table.assign(
            variance=np.concatenate([one.variance for one in found]),
            flat=np.concatenate([one.flat for one in found]),
        )


def _texts(table: pa.Table) -> pa.Table:
    """`table` with texts instead of dictionaries, whose order pandas would take for theirs."""
    fields = [
        one.with_type(one.type.value_type) if pa.types.is_dictionary(one.type) else one
        for one in table.schema
    ]
    return table.cast(pa.schema(fields))
