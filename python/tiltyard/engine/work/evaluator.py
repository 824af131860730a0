"""Outcomes of many methods on one dataset: recalled from the store, or computed and stored."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from joblib import Parallel, delayed

from tiltyard.engine.methods.method import M, Method
from tiltyard.engine.outcome import Kill, Limits, Outcome, Status, seconds_of
from tiltyard.engine.store.ledger import Store, address_of
from tiltyard.engine.work.pool import WorkerPool
from tiltyard.engine.work.worker import Task

#: Pauses before evaluations that were killed from outside are tried again, alone [s].
PAUSES = (1.0, 5.0)


class NoResult(RuntimeError):
    """Evaluations were killed for want of memory, each time: no result of theirs is known."""


@dataclass
class Outcomes:
    """Outcomes by method key, and which of them were computed now or recalled."""

    by_method: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    computed: list[tuple[str, str]] = field(default_factory=list)
    recalled: list[tuple[str, str]] = field(default_factory=list)

    def require_all(self, configuration: str) -> None:
        """Refuse outcomes of evaluations that were killed for want of memory.

        Raises
        ------
        NoResult
            If there are any. They were not stored, so that a later run evaluates them.
        """
        starved = [
            f"{key[0]} ({key[1]})"
            for key, outcome in self.by_method.items()
            if outcome.killed is Kill.MEMORY
        ]
        if starved:
            raise NoResult(
                f"{configuration}: killed {Kill.MEMORY}, alone too: {', '.join(starved)}"
            )

    def cpu_seconds(self) -> float:
        """CPU seconds of the methods' own calls."""
        known = (outcome.cpu_seconds for outcome in self.by_method.values())
        return math.fsum(seconds for seconds in known if not math.isnan(seconds))

    def planned_seconds(self) -> float:
        """CPU seconds of all calls; one killed at its time limit counts with the limit."""
        outcomes = self.by_method.values()
        timeouts = (one for one in outcomes if one.status is Status.TIMEOUT and one.limits)
        return math.fsum([self.cpu_seconds(), *map(seconds_of, timeouts)])


class Evaluator:
    """Evaluator of methods on one dataset; it recalls outcomes from the store, and stores new ones.

    Parameters
    ----------
    store : Store
    limits : Limits
        Limits of each evaluation.
    dataset : str
        Digest of the dataset.
    options : mapping
        Options that decide the results too; plain values.
    machine : str
        Fingerprint of the machine, where it decides them too; "" elsewhere.
    """

    def __init__(
        self,
        store: Store,
        limits: Limits,
        dataset: str,
        options: Mapping[str, Any],
        machine: str = "",
    ) -> None:
        self._known = store.ledger(dataset)
        self._known.mend()
        self._limits = limits
        self._dataset = dataset
        self._options = options
        self._machine = machine
        self._earlier: dict[tuple[str, str], Outcome] = {}
        self.outcomes = Outcomes()

    def keep_earlier(self) -> None:
        """Keep the outcomes so far beside those of evaluations that are made once more."""
        self._earlier = dict(self.outcomes.by_method)

    def recall(self, methods: Iterable[M]) -> list[M]:
        """Take the outcomes that the store has, and return the methods without one."""
        unknown = []
        for method in methods:
            outcome = self._known.get(self._address(method), self._limits)
            if outcome is None:
                unknown.append(method)
            else:
                self.outcomes.recalled.append(method.key)
                self.outcomes.by_method[method.key] = outcome
        return unknown

    def settle(self, method: Method, outcome: Outcome) -> None:
        """Take the `outcome` of a method that needs no worker, such as ``unsupported``."""
        self.outcomes.by_method[method.key] = outcome

    def compute(self, tasks: Mapping[Method, Task], pool: WorkerPool) -> None:
        """Evaluate `tasks`, one at a time in each worker of `pool`."""
        Parallel(n_jobs=pool.size, backend="threading", batch_size=1)(
            delayed(self._keep_all)([method], pool.evaluate([task]))
            for method, task in tasks.items()
        )
        self._try_again(tasks, pool)

    def compute_together(self, tasks: Mapping[Method, Task], pool: WorkerPool) -> None:
        """Evaluate `tasks` in one worker of `pool` that takes all and has threads of its own."""
        self._keep_all(list(tasks), pool.evaluate(list(tasks.values())))
        self._try_again(tasks, pool)

    def _try_again(self, tasks: Mapping[Method, Task], pool: WorkerPool) -> None:
        """Evaluate those of `tasks` that were killed from outside again, each alone in `pool`."""
        for pause in PAUSES:
            left = [method for method in tasks if self.outcomes.by_method[method.key].killed]
            if left:
                time.sleep(pause)
            for method in left:
                pool.close()  # idle workers hold memory too
                self._keep_all([method], pool.evaluate([tasks[method]]))

    def _keep_all(self, methods: Sequence[Method], results: Iterable[tuple[Task, Outcome]]) -> None:
        by_label = {str(method): method for method in methods}
        for task, outcome in results:
            self._keep(by_label[task.label], outcome)

    def _keep(self, method: Method, outcome: Outcome) -> None:
        if method.key in self._earlier:
            outcome = replace(outcome, earlier=self._earlier[method.key])
        if not outcome.killed:  # else a later run is to find out
            self._known.put(self._address(method), outcome)
        if method.key not in self.outcomes.by_method:
            self.outcomes.computed.append(method.key)
        self.outcomes.by_method[method.key] = outcome
        line = f"{method}: {outcome.status} {outcome.cpu_seconds:.3f} s {outcome.message}"
        print(line.rstrip(), file=sys.stderr, flush=True)

    def _address(self, method: Method) -> dict[str, Any]:
        return address_of(self._dataset, method, self._options, self._machine)
