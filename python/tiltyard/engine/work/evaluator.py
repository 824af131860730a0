"""Evaluate many methods on one dataset: recall what is known, compute the rest, forget nothing."""

from __future__ import annotations

import math
import queue
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from joblib import Parallel, delayed

from tiltyard.engine.methods.method import M, Method
from tiltyard.engine.outcome import Limits, Outcome, Status, seconds_of
from tiltyard.engine.store.ledger import Store, address_of
from tiltyard.engine.work.supervisor import Supervisor
from tiltyard.engine.work.worker import Task, Worker


@dataclass
class Tally:
    """Outcomes by method key, and which of them were computed now or recalled."""

    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    computed: list[tuple[str, str]] = field(default_factory=list)
    recalled: list[tuple[str, str]] = field(default_factory=list)

    def cpu_seconds(self) -> float:
        """CPU seconds of the methods' own calls."""
        known = (outcome.cpu_seconds for outcome in self.outcomes.values())
        return math.fsum(seconds for seconds in known if not math.isnan(seconds))

    def busy_seconds(self) -> float:
        """The same, and of evaluations that were killed for it the time limit: for a plan."""
        outcomes = self.outcomes.values()
        timeouts = (one for one in outcomes if one.status is Status.TIMEOUT and one.limits)
        return math.fsum([self.cpu_seconds(), *map(seconds_of, timeouts)])


class Evaluator:
    """Evaluates methods on one dataset within `limits`, with the `store` as memory.

    Parameters
    ----------
    store : Store
    limits : Limits
        Per evaluation.
    dataset : str
        Digest of the dataset.
    options : mapping
        What else decides the numbers, for example the orders that are asked for.
    """

    def __init__(
        self, store: Store, limits: Limits, dataset: str, options: Mapping[str, Any]
    ) -> None:
        self._known = store.ledger(dataset)
        self._limits = limits
        self._dataset = dataset
        self._options = options
        self.tally = Tally()

    def recall(self, methods: Iterable[M]) -> list[M]:
        """Take what the store knows, and return the methods that it does not."""
        unknown = []
        for method in methods:
            address = address_of(self._dataset, method, self._options)
            outcome = self._known.get(address, self._limits)
            if outcome is None:
                unknown.append(method)
            else:
                self.tally.recalled.append(method.key)
                self.tally.outcomes[method.key] = outcome
        return unknown

    def settle(self, method: Method, outcome: Outcome) -> None:
        """Take an outcome that needs no worker, for example ``unsupported``."""
        self.tally.outcomes[method.key] = outcome

    def compute(
        self, tasks: Mapping[Method, Task], start: Callable[[], Worker], workers: int
    ) -> None:
        """Evaluate `tasks` one at a time in each of `workers` isolated processes."""
        crew = Crew(start, self._limits, min(workers, len(tasks)))
        try:
            Parallel(n_jobs=crew.size, backend="threading", batch_size=1)(
                delayed(self._keep_all)([method], crew.evaluate([task]))
                for method, task in tasks.items()
            )
        finally:
            crew.close()

    def compute_together(self, tasks: Mapping[Method, Task], crew: Crew) -> None:
        """Evaluate `tasks` in one worker of `crew` that takes all and has threads of its own."""
        self._keep_all(list(tasks), crew.evaluate(list(tasks.values())))

    def _keep_all(self, methods: Sequence[Method], results: Iterable[tuple[Task, Outcome]]) -> None:
        by_label = {str(method): method for method in methods}
        for task, outcome in results:
            self._keep(by_label[task.label], outcome)

    def _keep(self, method: Method, outcome: Outcome) -> None:
        self._known.put(address_of(self._dataset, method, self._options), outcome)
        self.tally.computed.append(method.key)
        self.tally.outcomes[method.key] = outcome
        line = f"{method}: {outcome.status} {outcome.cpu_seconds:.3f} s {outcome.message}"
        print(line.rstrip(), file=sys.stderr, flush=True)


class Crew:
    """A fixed number of supervised workers, borrowed one at a time."""

    def __init__(self, start: Callable[[], Worker], limits: Limits, size: int) -> None:
        self.size = max(1, size)
        self._all = [Supervisor(start, limits) for _ in range(self.size)]
        self._free: queue.SimpleQueue[Supervisor] = queue.SimpleQueue()
        for supervisor in self._all:
            self._free.put(supervisor)

    def evaluate(self, tasks: Sequence[Task]) -> Iterable[tuple[Task, Outcome]]:
        """Evaluate `tasks` in the next free worker."""
        supervisor = self._free.get()
        try:
            yield from supervisor.evaluate(tasks)
        finally:
            self._free.put(supervisor)

    def close(self) -> None:
        """End all workers."""
        for supervisor in self._all:
            supervisor.close()
