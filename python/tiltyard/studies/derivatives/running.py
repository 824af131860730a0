"""How estimators are run: Python's in forked workers, Julia's in one that has threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

from tiltyard.engine.grid.seeds import generator
from tiltyard.engine.kind import Lane
from tiltyard.engine.outcome import Outcome
from tiltyard.engine.project import project_root
from tiltyard.engine.work.python_worker import PythonWorker
from tiltyard.engine.work.worker import CONTEXT, Task, Worker
from tiltyard.studies.derivatives.contract import (
    ESTIMATORS,
    Array,
    Estimate,
    Estimator,
    as_estimate,
    supported_orders,
)
from tiltyard.studies.derivatives.dataset import Dataset
from tiltyard.studies.derivatives.importing import PACKAGE, import_python, modules_of, packages
from tiltyard.studies.derivatives.julia.runtime import find_julia
from tiltyard.studies.derivatives.julia.session import JuliaCall
from tiltyard.studies.derivatives.julia.sources import julia_files_of
from tiltyard.studies.derivatives.julia.worker import JuliaWorker

PYTHON = Lane("python")
#: Julia stays in its worker from dataset to dataset: it compiles once.
JULIA = Lane("julia", place=1, together=True, kept=True)


class PythonCall(NamedTuple):
    """Arguments of one Python estimator.

    `exact` is given to controls alone, and the signal's name to those tagged ``model``. `package`
    is the installed package that brings it, if it is one.
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
    package: str = ""


def prepare(call: PythonCall) -> tuple[Callable[[], Any], Callable[[Any], Estimate]]:
    """What a Python worker runs and times, and how it checks the result."""
    key = call.name, "python"
    if key not in ESTIMATORS:
        _import(call.package)
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


def _import(package: str) -> None:
    """Import the estimators of an installed `package`, of this one if it is ""."""
    if not package:
        import_python()
    for plugin in packages():
        if plugin.package == package:
            for module in plugin.modules:
                import_module(module)


@dataclass(frozen=True)
class EstimatorSession:
    """Runs estimators of both languages at `orders`, Julia's in so many `threads`.

    Python's workers are forked anew for each dataset, so that no estimator finds what it
    remembered of another one. Estimators of an installed package have lanes of their own, and
    processes into which nothing else is imported.
    """

    orders: Sequence[int]
    threads: int

    def begin(self, dataset: Dataset, methods: Sequence[Estimator]) -> Sequence[Estimator]:
        """`methods` as they are."""
        return methods

    def again(self, dataset: Dataset, outcomes: Mapping[Any, Outcome]) -> bool:
        """Once is enough."""
        return False

    def lane(self, method: Estimator) -> Lane:
        """By language, Python first, and by the package that brings it."""
        lane = JULIA if method.language == "julia" else PYTHON
        if not method.package:
            return lane
        return replace(lane, name=f"{lane.name} of {method.package}", package=method.package)

    def start(self, lane: Lane, methods: Sequence[Estimator]) -> Worker:
        """A worker of a language."""
        if lane.together:
            files = julia_files_of(lane.package)
            return JuliaWorker(find_julia(project_root()), self.threads, files)
        if lane.package:
            return PythonWorker(apart=_preloaded(methods))
        CONTEXT.set_forkserver_preload(_preloaded(methods))
        return PythonWorker()

    def task(self, dataset: Dataset, method: Estimator) -> Task:
        """The call of an estimator on a dataset, with what it may know."""
        own = supported_orders(method, self.orders)
        if method.language == "julia":
            call: Any = JuliaCall(method.name, dataset.t, dataset.y, dataset.t, own)
            return Task(str(method), call)
        exact = dataset.exact[list(own)] if method.is_control else None
        call = PythonCall(
            method.name,
            dataset.t,
            dataset.y,
            dataset.t,
            own,
            dataset.seed,
            dataset.configuration,
            exact,
            dataset.signal,
            method.package,
        )
        return Task(str(method), call, prepare)


def _preloaded(methods: Sequence[Estimator]) -> list[str]:
    """What the fork server imports: the estimators, and what their first calls need."""
    warming = [f"{PACKAGE}.preload.kernels"]
    if any("peer" in method.tags for method in methods):
        warming.append(f"{PACKAGE}.preload.peers")
    return [*modules_of(methods), *warming]


@contextmanager
def estimator_session(orders: Sequence[int], threads: int) -> Iterator[EstimatorSession]:
    """Where estimators are run, in a job with so many threads."""
    yield EstimatorSession(orders, threads)
