"""Evaluate estimators on a dataset, and turn every outcome into one row per order."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tiltyard.engine.files.atomic import project_root
from tiltyard.engine.grid.seeds import generator
from tiltyard.engine.methods.method import Method
from tiltyard.engine.methods.versions import digest
from tiltyard.engine.outcome import Limits, Outcome, Status
from tiltyard.engine.store.ledger import Store
from tiltyard.engine.work.evaluator import Crew, Evaluator, Tally
from tiltyard.engine.work.worker import CONTEXT, PythonWorker, Task, Worker
from tiltyard.studies.derivatives import metrics
from tiltyard.studies.derivatives.catalogue import PACKAGE, import_python, modules_of
from tiltyard.studies.derivatives.contract import (
    ESTIMATORS,
    EVEN_TOLERANCE,
    Array,
    Estimate,
    Estimator,
)
from tiltyard.studies.derivatives.dataset import Dataset
from tiltyard.studies.derivatives.julia.runtime import find_julia
from tiltyard.studies.derivatives.julia.session import JuliaCall
from tiltyard.studies.derivatives.julia.worker import JuliaWorker
from tiltyard.studies.derivatives.metrics import (
    ERRORS,
    METRICS,
    band_scores,
    correlation,
    errors_of,
)


class PythonCall(NamedTuple):
    """Arguments of one Python estimator.

    `exact` is given to controls alone, and the signal's name to those tagged ``model``.
    """

    name: str
    t: Array
    y: Array
    t_eval: Array
    orders: tuple[int, ...]
    seed: int
    configuration: str
    exact: Array | None
    signal: str = ""


def prepare(call: PythonCall) -> tuple[Callable[[], Any], Callable[[Any], Estimate]]:
    """What a Python worker runs and times, and how it checks the result."""
    key = call.name, "python"
    if key not in ESTIMATORS:
        import_python()
    entry = ESTIMATORS[key]
    assert entry.function is not None
    extra: dict[str, Any] = {}
    if entry.random:
        extra["rng"] = generator(call.seed, call.configuration, call.name)
    if entry.is_control:
        extra["exact"] = call.exact
    if "model" in entry.tags:
        extra["signal"] = call.signal
    arguments = (call.t.copy(), call.y.copy(), call.t_eval.copy(), call.orders)
    shape = (len(call.orders), len(call.t_eval))
    return partial(entry.function, *arguments, **extra), partial(as_estimate, shape=shape)


def as_estimate(result: Any, shape: tuple[int, int]) -> Estimate:
    """Any result that the contract allows, as an `Estimate` of checked shape.

    Raises
    ------
    ValueError
        If the values or the standard deviations do not have `shape`, or the settings hold what
        JSON does not.
    """
    estimate = Estimate(*result) if isinstance(result, tuple) else Estimate(result)
    values = _checked("values", estimate.values, shape)
    deviation = estimate.standard_deviation
    if deviation is not None:
        deviation = _checked("standard deviations", deviation, shape)
    return Estimate(values, deviation, _plain_settings(estimate.settings))


def _plain_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    try:
        plain: dict[str, Any] = json.loads(json.dumps(dict(settings), default=_plain))
    except TypeError as error:
        raise ValueError(str(error)) from error
    return plain


def _checked(kind: str, array: Any, shape: tuple[int, int]) -> Array:
    array = np.asarray(array, dtype=float)
    if array.shape != shape:
        raise ValueError(f"returned {kind} of shape {array.shape}, expected {shape}")
    return np.ascontiguousarray(array)


def reason_unsupported(entry: Estimator, t: Array) -> str:
    """Why `entry` cannot be given samples at `t`, or an empty text."""
    if len(t) < entry.min_samples:
        return f"needs at least {entry.min_samples} samples, got {len(t)}"
    steps = np.diff(t)
    if not entry.uneven and np.ptp(steps) > EVEN_TOLERANCE * np.mean(steps):
        return f"needs evenly spaced times, got steps from {steps.min():.6g} to {steps.max():.6g}"
    return ""


def _silent(phase: str) -> None:
    """Announce `phase` to nobody."""


class Evaluation:
    """Evaluates the same estimators on one dataset after another.

    Julia stays in its worker from dataset to dataset; Python's workers are forked anew for each,
    so that no estimator finds what it remembered of another dataset.

    Parameters
    ----------
    entries : sequence of Estimator
    orders : sequence of int
        Derivative orders, distinct, 0 to 7.
    store : Store
        What it knows is not computed again.
    limits : Limits
        Of each evaluation.
    threads : int
        Cores that may be used at any moment, >= 1: Python's workers first, then Julia's threads.
    announce : callable
        Told the name of each phase as it begins: ``starting python``, ``python``,
        ``starting julia``, ``julia``.
    """

    def __init__(
        self,
        entries: Sequence[Estimator],
        orders: Sequence[int],
        *,
        store: Store,
        limits: Limits,
        threads: int,
        announce: Callable[[str], None] = _silent,
    ) -> None:
        self.entries = entries
        self.orders = orders
        self._store = store
        self._limits = limits
        self._threads = threads
        self._announce = announce
        self._julia: Crew | None = None

    @cached_property
    def request(self) -> str:
        """Digest of what decides the rows of a dataset: two that agree would be the same rows."""
        versions = [[*entry.key, entry.version] for entry in self.entries]
        limits = [self._limits.seconds, self._limits.memory_mb]
        return digest([json.dumps([versions, list(self.orders), limits, scoring_version()])])

    def evaluate(self, dataset: Dataset) -> Tally:
        """Outcomes of all entries on `dataset`, from the store where it has them."""
        evaluator = Evaluator(
            self._store, self._limits, dataset.digest, {"orders": list(self.orders)}
        )
        possible = []
        for entry in self.entries:
            reason = reason_unsupported(entry, dataset.t)
            if not reason and not _supported(entry, self.orders):
                reason = f"gives orders up to {entry.max_order}"
            if reason:
                evaluator.settle(entry, Outcome(Status.UNSUPPORTED, reason))
            else:
                possible.append(entry)
        missing = evaluator.recall(possible)
        python = [entry for entry in missing if entry.language == "python"]
        julia = [entry for entry in missing if entry.language == "julia"]
        if python:
            CONTEXT.set_forkserver_preload(self._preloaded)
            start = self._announced(PythonWorker, "python")
            evaluator.compute(_python_tasks(dataset, python, self.orders), start, self._threads)
        if julia:
            self._announce("julia")
            evaluator.compute_together(_julia_tasks(dataset, julia, self.orders), self._crew())
        return evaluator.tally

    @cached_property
    def _preloaded(self) -> list[str]:
        """What the fork server imports: the estimators, and what their first calls need."""
        python = [entry for entry in self.entries if entry.language == "python"]
        warming = [f"{PACKAGE}.preload.kernels"]
        if any("peer" in entry.tags for entry in python):
            warming.append(f"{PACKAGE}.preload.peers")
        return [*modules_of(python), *warming]

    def _crew(self) -> Crew:
        if self._julia is None:
            start = partial(JuliaWorker, find_julia(project_root()), self._threads)
            self._julia = Crew(self._announced(start, "julia"), self._limits, 1)
        return self._julia

    def _announced(self, start: Callable[[], Worker], language: str) -> Callable[[], Worker]:
        """`start` that announces when a worker is being started, and when it can evaluate."""

        def start_worker() -> Worker:
            self._announce(f"starting {language}")
            worker = start()
            self._announce(language)
            return worker

        return start_worker

    def close(self) -> None:
        """End Julia."""
        if self._julia is not None:
            self._julia.close()
            self._julia = None


def _supported(entry: Estimator, orders: Iterable[int]) -> tuple[int, ...]:
    return tuple(order for order in orders if order <= entry.max_order)


def _python_tasks(
    dataset: Dataset, entries: Iterable[Estimator], orders: Sequence[int]
) -> dict[Method, Task]:
    tasks: dict[Method, Task] = {}
    for entry in entries:
        own = _supported(entry, orders)
        exact = dataset.exact[list(own)] if entry.is_control else None
        call = PythonCall(
            entry.name,
            dataset.t,
            dataset.y,
            dataset.t,
            own,
            dataset.seed,
            dataset.configuration,
            exact,
            str(dataset.fields["signal"]),
        )
        tasks[entry] = Task(str(entry), call, prepare)
    return tasks


def _julia_tasks(
    dataset: Dataset, entries: Iterable[Estimator], orders: Sequence[int]
) -> dict[Method, Task]:
    return {
        entry: Task(
            str(entry),
            JuliaCall(entry.name, dataset.t, dataset.y, dataset.t, _supported(entry, orders)),
        )
        for entry in entries
    }


#: List columns, at the sample times.
ESTIMATES = ("estimate", "standard_deviation")
#: NaN is a number; that none is missing spares a reader a flag for each.
NUMBERS = pa.list_(pa.field("element", pa.float64(), nullable=False))
SCHEMA = pa.schema(
    [
        ("study", pa.string()),
        ("configuration", pa.string()),
        ("signal", pa.string()),
        ("samples", pa.int64()),
        ("noise_model", pa.string()),
        ("noise_level", pa.float64()),
        ("trial", pa.int64()),
        ("method", pa.string()),
        ("language", pa.string()),
        ("family", pa.string()),
        ("tags", pa.string()),
        ("oracle", pa.string()),
        ("order", pa.int64()),
        ("status", pa.string()),
        ("message", pa.string()),
        *((name, pa.float64()) for name in METRICS),
        ("cpu_seconds", pa.float64()),
        ("wall_seconds", pa.float64()),
        ("warm_up_seconds", pa.float64()),
        ("peak_memory", pa.float64()),
        ("version", pa.string()),
        ("settings", pa.string()),
        *((name, NUMBERS) for name in ESTIMATES),
    ]
)


def tabulate(
    dataset: Dataset, entries: Iterable[Estimator], orders: Sequence[int], tally: Tally
) -> pa.Table:
    """One row per estimator and order, whatever happened, in the catalogue's order."""
    rows = [
        row for entry in entries for row in _rows(dataset, entry, orders, tally.outcomes[entry.key])
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _rows(
    dataset: Dataset, entry: Estimator, orders: Sequence[int], outcome: Outcome
) -> Iterable[dict[str, Any]]:
    own = _supported(entry, orders)
    shared = {
        "study": dataset.study,
        "configuration": dataset.configuration,
        **dataset.fields,
        "method": entry.name,
        "language": entry.language,
        "family": entry.family,
        "tags": ",".join(entry.tags),
        "oracle": entry.oracle,
        "cpu_seconds": outcome.cpu_seconds,
        "wall_seconds": outcome.wall_seconds,
        "warm_up_seconds": outcome.warm_up_seconds,
        "peak_memory": outcome.peak_memory,
        "version": entry.version,
    }
    scored = _scored(dataset, own, outcome.result) if outcome.status is Status.OK else {}
    for order in orders:
        row = {**shared, "order": order, "status": str(outcome.status), "message": outcome.message}
        if order not in own and outcome.status is not Status.UNSUPPORTED:
            row["status"] = str(Status.UNSUPPORTED)
            row["message"] = f"gives orders up to {entry.max_order}"
        yield {**row, **scored.get(order, {})}


@cache
def scoring_version() -> str:
    """Digest of what decides the columns of a row and the metrics in it, given an outcome."""
    source = Path(metrics.__file__).read_bytes()
    return digest([*SCHEMA.names, source])


def _scored(
    dataset: Dataset, orders: Sequence[int], estimate: Estimate
) -> dict[int, dict[str, Any]]:
    """By order: the estimate and its metrics, or why there are none."""
    exact, deviation = dataset.exact[list(orders)], estimate.standard_deviation
    settings = json.dumps(estimate.settings, sort_keys=True, default=_plain)
    finite = np.isfinite(estimate.values)
    # What is not finite is not scored: a stand-in keeps its row in place.
    values = np.where(np.all(finite, axis=1, keepdims=True), estimate.values, exact)
    scores = {**errors_of(values, exact), "correlation": correlation(values, exact)}
    if deviation is not None:
        scores |= band_scores(values, deviation, exact)
    scored = {}
    for row, order in enumerate(orders):
        facts: dict[str, Any] = {"estimate": estimate.values[row], "settings": settings}
        if deviation is not None:
            facts["standard_deviation"] = deviation[row]
        count = int(np.count_nonzero(~finite[row]))
        if count:
            facts["status"] = str(Status.NON_FINITE)
            facts["message"] = f"{count} of {finite.shape[1]} values are not finite"
        else:
            facts |= {name: _known(name, float(values[row])) for name, values in scores.items()}
        scored[order] = facts
    return scored


def _known(name: str, value: float) -> float | None:
    """`value`, or nothing for a score that this estimate has none of; an error is always told."""
    return None if name not in ERRORS and math.isnan(value) else value


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"settings hold a {type(value).__name__}; use numbers, strings and lists")


def note_for(dataset: Dataset, tally: Tally, table: pa.Table, request: str) -> dict[str, Any]:
    """Where the evaluation of `dataset` comes from, for the metadata of its file."""
    return {
        "study": dataset.study,
        "seed": dataset.seed,
        "configuration": dataset.configuration,
        "dataset": dataset.digest,
        "request": request,
        "computed": len(tally.computed),
        "recalled": len(tally.recalled),
        "estimator_cpu_seconds": tally.cpu_seconds(),
        "busy_seconds": tally.busy_seconds(),
        "rows": dict(Counter(table["status"].to_pylist())),
    }
