"""Rehearsal: a study of made-up evaluations, to measure what a merge takes at any size.

The files have the rows, columns and sizes of real ones. They carry another study's name, so that
the workflow never takes them for results.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from tiltyard.engine import datasets
from tiltyard.engine.files.parquet import write_table
from tiltyard.engine.files.receipts import write_receipt
from tiltyard.engine.grid.axes import Configuration
from tiltyard.engine.grid.seeds import generator
from tiltyard.engine.outcome import COSTS
from tiltyard.engine.statistics.replicates import Array
from tiltyard.engine.study import Study
from tiltyard.engine.work.evaluator import Outcomes
from tiltyard.engine.work.tabulating import note_for, series_columns, tabulate

RECEIPT = "rehearsal_all"


def rehearse(study: Study, methods: Sequence[Any]) -> int:
    """Write an evaluation of made-up numbers for every configuration of `study`.

    Parameters
    ----------
    study : Study
        Study whose folder has no evaluations yet.
    methods : sequence of Method
        Methods whose rows are made up.

    Returns
    -------
    int
        Number of files.

    Raises
    ------
    ValueError
        If there are evaluations already: real ones must not mix with these.
    """
    folder = study.evaluations
    if any(folder.glob("*.parquet")):
        raise ValueError(f"{folder} has evaluations already; name an empty folder with --results")
    other = replace(study, config={**study.config, "study": f"{study.name}_rehearsal"})
    for _, points in itertools.groupby(other.configurations, lambda point: _alike(other, point)):
        own = list(points)
        table, note = _made_up(other, own[0], methods)
        for point in own:
            rng = generator(study.seed, point.id, "rehearsal")
            note["configuration"] = point.id
            write_table(_varied(study, table, point, rng), note, study.evaluation(point.id))
    # No batch is called so, and the workflow does not take them for evaluated.
    write_receipt(study.receipt(RECEIPT), map(study.evaluation, study.ids))
    return len(study.configurations)


def _alike(study: Study, point: Configuration) -> tuple[Any, ...]:
    """Subject and size of `point`: configurations with the same ones have datasets of one size."""
    names = (study.kind.subject, study.kind.measures.size)
    return tuple(point.values[name] for name in names if name)


def _made_up(
    study: Study, point: Configuration, methods: Sequence[Any]
) -> tuple[pa.Table, dict[str, Any]]:
    """Table and note of an evaluation with scores of every magnitude."""
    dataset = datasets.generate(study, point.id)
    rng = generator(study.seed, point.id, "rehearsal")
    outcomes = Outcomes(
        {method.key: study.kind.made_up(method, dataset, study.config, rng) for method in methods}
    )
    table = tabulate(study, dataset, methods, outcomes)
    return table, note_for(study, dataset, outcomes, table, "rehearsal")


def _varied(
    study: Study, table: pa.Table, point: Configuration, rng: np.random.Generator
) -> pa.Table:
    """`table` as if it were of another configuration: all its numbers are changed a little."""
    measures, within = study.kind.measures, study.kind.within
    words: Mapping[str, Any] = {"study": study.name, "configuration": point.id, **point.values}
    columns: dict[str, Any] = dict(zip(table.column_names, table.columns, strict=True))
    columns.update({name: pa.repeat(value, table.num_rows) for name, value in words.items()})
    for name in dict.fromkeys([*measures.columns, *COSTS]):
        if name not in within:
            columns[name] = pa.array(_shaken(table[name].to_numpy(), rng), from_pandas=True)
    for name in series_columns(table.schema):
        columns[name] = _scaled(table[name].combine_chunks(), rng)
    return pa.table(columns, schema=table.schema)


def _shaken(values: Array, rng: np.random.Generator) -> Array:
    return values * rng.uniform(0.9, 1.1, values.shape)


def _scaled(lists: pa.ListArray, rng: np.random.Generator) -> pa.ListArray:
    """`lists`, each times its own factor: neighbouring numbers stay as alike as real ones."""
    offsets = lists.offsets.to_numpy()
    factors = np.repeat(rng.uniform(0.9, 1.1, len(lists)), np.diff(offsets))
    values = pa.array(lists.values.to_numpy()[offsets[0] : offsets[-1]] * factors)
    offsets = pa.array(offsets - offsets[0])
    return pa.ListArray.from_arrays(offsets, values, mask=lists.is_null())
