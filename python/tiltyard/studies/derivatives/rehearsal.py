"""A finished study of made-up numbers: what merging it costs at any size, with nothing evaluated.

Files have the rows, columns and sizes of real ones. They carry another study's name, so that a
run of the workflow takes none of them for a result.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from tiltyard.engine.files.parquet import write_table
from tiltyard.engine.grid.axes import Configuration
from tiltyard.engine.grid.seeds import generator
from tiltyard.engine.outcome import Outcome, Status
from tiltyard.engine.work.evaluator import Tally
from tiltyard.studies.derivatives.contract import Array, Estimate, Estimator
from tiltyard.studies.derivatives.dataset import Dataset, compute_truth, make_dataset
from tiltyard.studies.derivatives.metrics import ERRORS
from tiltyard.studies.derivatives.running import note_for, tabulate
from tiltyard.studies.derivatives.study import GRID, Paths, Study

#: What `Outcome` says of an evaluation's cost.
COSTS = ("cpu_seconds", "wall_seconds", "warm_up_seconds", "peak_memory")
#: Shares of the estimators that end so; the others end well.
SHARES = {Status.FAILED: 0.03, Status.TIMEOUT: 0.01, Status.CRASHED: 0.01}


def rehearse(study: Study, paths: Paths, entries: Sequence[Estimator]) -> int:
    """Write an evaluation of made-up numbers for every configuration of `study`.

    Parameters
    ----------
    study : Study
    paths : Paths
        A folder without evaluations.
    entries : sequence of Estimator
        Their rows are made up.

    Returns
    -------
    int
        Number of files.

    Raises
    ------
    ValueError
        If there are evaluations already: real ones must not mix with these.
    """
    folder = paths.evaluation("any").parent
    if any(folder.glob("*.parquet")):
        raise ValueError(f"{folder} has evaluations already; rehearse in a folder of its own")
    for _, points in itertools.groupby(study.configurations, _size):
        own = list(points)
        table, note = _made_up(study, own[0], entries)
        for point in own:
            rng = generator(study.seed, point.id, "rehearsal")
            note["configuration"] = point.id
            write_table(_varied(table, point, rng), note, paths.evaluation(point.id))
    return len(study.configurations)


def _size(point: Configuration) -> tuple[Any, ...]:
    return point.values["signal"], point.values["samples"]


def _made_up(
    study: Study, point: Configuration, entries: Sequence[Estimator]
) -> tuple[pa.Table, dict[str, Any]]:
    """Table and note of an evaluation with errors of every magnitude."""
    truth = compute_truth(point.values["signal"], point.values["samples"])
    rng = generator(study.seed, point.id, "rehearsal")
    dataset = make_dataset(
        point.id,
        **point.values,
        rng=rng,
        study=f"{study.name}_rehearsal",
        seed=study.seed,
        truth=truth,
    )
    tally = Tally({entry.key: _outcome(dataset, entry, study.orders, rng) for entry in entries})
    table = tabulate(dataset, entries, study.orders, tally)
    return table, note_for(dataset, tally, table, "rehearsal")


def _outcome(
    dataset: Dataset, entry: Estimator, orders: Sequence[int], rng: np.random.Generator
) -> Outcome:
    costs = dict(zip(COSTS, rng.uniform(0.1, 1.0, len(COSTS)), strict=True))
    draw = rng.uniform()
    for status, share in SHARES.items():
        if draw < share:
            return Outcome(status, f"made up: {status} in {entry.name}", **costs)
        draw -= share
    exact = dataset.exact[[order for order in orders if order <= entry.max_order]]
    spread = np.std(exact, axis=1, keepdims=True) * 10.0 ** rng.uniform(-6.0, 0.0, (len(exact), 1))
    deviation = np.broadcast_to(spread, exact.shape) if entry.standard_deviation else None
    values = exact + spread * rng.standard_normal(exact.shape)
    return Outcome(Status.OK, "", Estimate(values, deviation, {"made_up": True}), **costs)


def _varied(table: pa.Table, point: Configuration, rng: np.random.Generator) -> pa.Table:
    """`table` as that of another configuration, with all its numbers changed a little."""
    rows = table.num_rows
    words = {
        "configuration": point.id,
        **{axis.name: point.values[axis.name] for axis in GRID.axes},
    }
    columns: dict[str, Any] = dict(zip(table.column_names, table.columns, strict=True))
    columns.update({name: pa.repeat(value, rows) for name, value in words.items()})
    for name in (*ERRORS, *COSTS):
        columns[name] = pa.array(_shaken(table[name].to_numpy(), rng), from_pandas=True)
    for name in ("estimate", "standard_deviation"):
        columns[name] = _scaled(table[name].combine_chunks(), rng)
    return pa.table(columns, schema=table.schema)


def _shaken(values: Array, rng: np.random.Generator) -> Array:
    return values * rng.uniform(0.9, 1.1, values.shape)


def _scaled(lists: pa.ListArray, rng: np.random.Generator) -> pa.ListArray:
    """`lists` with another factor each: neighbouring numbers stay as alike as estimates are."""
    offsets = lists.offsets.to_numpy()
    factors = np.repeat(rng.uniform(0.9, 1.1, len(lists)), np.diff(offsets))
    values = pa.array(lists.values.to_numpy()[offsets[0] : offsets[-1]] * factors)
    offsets = pa.array(offsets - offsets[0])
    return pa.ListArray.from_arrays(offsets, values, mask=lists.is_null())
