"""Rows of evaluations: method, configuration, status, cost and version, with the kind's columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from tiltyard.engine.kind import Dataset, Kind
from tiltyard.engine.machine.interpreter import unmoved
from tiltyard.engine.outcome import COSTS, Outcome
from tiltyard.engine.study import Study
from tiltyard.engine.work.evaluator import Outcomes


def row_schema(kind: Kind) -> pa.Schema:
    """Columns of the rows of a study of `kind`; columns of lists come last."""
    texts = {name: pa.string() for name in ("method", "language", "family", "tags")}
    own = {field.name: field for field in kind.columns}
    lists = [field for field in own.values() if pa.types.is_list(field.type)]
    apart = {*kind.within, *(field.name for field in lists)}
    return pa.schema(
        [
            pa.field("study", pa.string()),
            pa.field("configuration", pa.string()),
            *(pa.field(axis.name, pa.type_for_alias(axis.column)) for axis in kind.grid.axes),
            *(pa.field(name, text) for name, text in texts.items()),
            *(own[name] for name in kind.within),
            pa.field("status", pa.string()),
            pa.field("message", pa.string()),
            *(field for name, field in own.items() if name not in apart),
            *(pa.field(name, pa.float64()) for name in COSTS),
            pa.field("version", pa.string()),
            *lists,
        ]
    )


def tabulate(
    study: Study, dataset: Dataset, methods: Iterable[Any], outcomes: Outcomes
) -> pa.Table:
    """The rows of every method on `dataset`, whatever its status, in the order of `methods`."""
    with unmoved():
        known = study.kind.together(outcomes.by_method, study.config)
        rows = [
            row for method in methods for row in _rows(study, dataset, method, known[method.key])
        ]
    return pa.Table.from_pylist(rows, schema=row_schema(study.kind))


def _rows(
    study: Study, dataset: Dataset, method: Any, outcome: Outcome
) -> Iterator[dict[str, Any]]:
    kind = study.kind
    point = kind.grid.parse(dataset.configuration)
    shared = {
        "study": study.name,
        "configuration": point.id,
        **point.values,
        "method": method.name,
        "language": method.language,
        "family": method.family,
        "tags": ",".join(method.tags),
        "status": str(outcome.status),
        "message": outcome.message,
        **{name: getattr(outcome, name) for name in COSTS},
        "version": method.version,
    }
    # The cost of a wrong answer is not comparable with that of a right one.
    nothing = dict.fromkeys([kind.measures.score, *COSTS])
    for own in kind.rows(method, dataset, outcome, study.config):
        row = {**shared, **own}
        yield {**row, **nothing} if row["status"] in kind.statuses else row


def note_for(
    study: Study, dataset: Dataset, outcomes: Outcomes, table: pa.Table, request: str
) -> dict[str, Any]:
    """Note in the metadata of the file with the rows of `dataset`: origin, counts and cost."""
    return {
        **identity_of(study, dataset),
        "request": request,
        "computed": len(outcomes.computed),
        "recalled": len(outcomes.recalled),
        "method_cpu_seconds": outcomes.cpu_seconds(),
        "planned_seconds": outcomes.planned_seconds(),
        "rows": dict(Counter(table["status"].to_pylist())),
    }


def identity_of(study: Study, dataset: Dataset) -> Mapping[str, Any]:
    """Facts that the note of an evaluation's file has if the file belongs to this `dataset`."""
    return {
        "kind": study.kind.name,
        "study": study.name,
        "seed": study.seed,
        "configuration": dataset.configuration,
        "dataset": dataset.digest,
    }


def series_columns(schema: pa.Schema) -> Sequence[str]:
    """Names of the columns of `schema` that hold a list in each row."""
    return [field.name for field in schema if pa.types.is_list(field.type)]
