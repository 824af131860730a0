"""Evaluation of all methods of a study on one dataset after another, lane by lane."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import groupby
from typing import Any

from tiltyard.engine.files.digests import digest
from tiltyard.engine.kind import Dataset, Lane, LeftOut, Session
from tiltyard.engine.outcome import Outcome, Status
from tiltyard.engine.store.ledger import Store
from tiltyard.engine.study import Study
from tiltyard.engine.work.evaluator import Evaluator, Outcomes
from tiltyard.engine.work.pool import WorkerPool
from tiltyard.engine.work.worker import Worker, WorkerError


def silent(phase: str) -> None:
    """Do nothing; the default."""


class Evaluation:
    """Evaluates the same methods on one dataset after another.

    Parameters
    ----------
    study : Study
    methods : sequence of Method
        Methods of the study's kind.
    session : Session
        How and in which workers they run.
    store : Store
        Store of outcomes; those that it has are not computed again.
    threads : int
        Cores that may be used at once, >= 1.
    machine : str
        Fingerprint of the machine, where the score is a time; "" elsewhere.
    announce : callable
        Called with the name of each phase as it begins: that of a lane, or ``starting LANE`` while
        its workers start.
    repeats : bool
        Whether evaluations are made once more where the session asks for it.
    """

    def __init__(
        self,
        study: Study,
        methods: Sequence[Any],
        *,
        session: Session,
        store: Store,
        threads: int,
        machine: str = "",
        announce: Callable[[str], None] = silent,
        repeats: bool = True,
    ) -> None:
        self.methods = methods
        self._study = study
        self._session = session
        self._store = store
        self._threads = threads
        self._machine = machine
        self._announce = announce
        self._repeats = repeats
        self._kept: dict[str, WorkerPool] = {}
        self._lost: dict[str, Outcome] = {}

    @cached_property
    def request(self) -> str:
        """Digest of all that decides the rows of a dataset: equal requests give equal rows."""
        limits = self._study.limits
        parts = [
            [[*method.key, method.version] for method in self.methods],
            {**self._study.options(), **self._study.extent()},
            [limits.seconds, limits.memory_mb],
            self._study.kind.scoring_code(),
            self._machine,
        ]
        return digest([json.dumps(parts, sort_keys=True)])

    def evaluate(self, dataset: Dataset) -> Outcomes:
        """Outcomes of all methods on `dataset`, from the store if it has them.

        Raises
        ------
        NoResult
            If evaluations were killed for want of memory, each time; the others are stored.
        """
        kind, config = self._study.kind, self._study.config
        evaluator = Evaluator(
            self._store, self._study.limits, dataset.digest, self._study.options(), self._machine
        )
        possible = []
        for method in self.methods:
            if reason := kind.unsupported(method, dataset, config):
                evaluator.settle(method, Outcome(Status.UNSUPPORTED, reason))
            else:
                possible.append(method)
        if missing := evaluator.recall(possible):
            self._complete(evaluator, dataset, possible, missing)
        if possible and self._repeats:
            self._repeat(evaluator, dataset, possible)
        evaluator.outcomes.require_all(dataset.configuration)
        return evaluator.outcomes

    def _complete(
        self,
        evaluator: Evaluator,
        dataset: Dataset,
        possible: Sequence[Any],
        missing: Sequence[Any],
    ) -> None:
        """Evaluate those of the `possible` methods that are `missing`."""
        try:
            turns = self._session.begin(dataset, possible)
        except LeftOut as left:
            for method in missing:
                if method.key not in evaluator.outcomes.by_method:
                    evaluator.settle(method, left.outcome)
            return
        for lane, methods in self._by_lane([one for one in turns if one in missing]):
            self._run(evaluator, dataset, lane, methods)

    def _repeat(self, evaluator: Evaluator, dataset: Dataset, possible: Sequence[Any]) -> None:
        """Evaluate `possible` methods once more if the session asks for it, but those that were."""
        known = evaluator.outcomes.by_method
        first = {one.key: known[one.key].earlier or known[one.key] for one in possible}
        missing = [one for one in possible if known[one.key].earlier is None]
        if missing and self._session.again(dataset, first):
            evaluator.keep_earlier()
            self._complete(evaluator, dataset, possible, missing)

    def mend_store(self, dataset: Dataset) -> None:
        """Remove what is damaged from the store of `dataset`, whose evaluation is there."""
        self._store.ledger(dataset.digest).mend()

    def _by_lane(self, methods: Sequence[Any]) -> list[tuple[Lane, list[Any]]]:
        def rank(method: Any) -> tuple[int, str]:
            lane = self._session.lane(method)
            return lane.place, lane.name

        groups = groupby(sorted(methods, key=rank), key=self._session.lane)
        return [(lane, list(own)) for lane, own in groups]

    def _run(
        self, evaluator: Evaluator, dataset: Dataset, lane: Lane, methods: Sequence[Any]
    ) -> None:
        if lane.name in self._lost:
            self._settle_lost(evaluator, lane, methods)
            return
        tasks = {method: self._session.task(dataset, method) for method in methods}
        pool = self._kept.get(lane.name)
        if pool is None:
            size = 1 if lane.together else min(self._workers(methods), len(methods))
            pool = WorkerPool(self._starting(lane), self._study.limits, size)
            if lane.kept:
                self._kept[lane.name] = pool
        else:
            self._announce(lane.name)
        try:
            if lane.together:
                evaluator.compute_together(tasks, pool)
            else:
                evaluator.compute(tasks, pool)
        except WorkerError as error:
            if not lane.package:
                raise
            reason = f"no worker of {lane.package} can be started: {error}"
            self._lost[lane.name] = Outcome(Status.CRASHED, reason)
            self._settle_lost(evaluator, lane, methods)
        finally:
            if not lane.kept:
                pool.close()

    def _settle_lost(self, evaluator: Evaluator, lane: Lane, methods: Sequence[Any]) -> None:
        """Settle `methods`, but for those that have an outcome: no worker of `lane` starts."""
        for method in methods:
            if method.key not in evaluator.outcomes.by_method:
                evaluator.settle(method, self._lost[lane.name])

    def _workers(self, methods: Sequence[Any]) -> int:
        """Number of workers: one if times are scored, else cores divided by a method's threads."""
        if self._study.kind.measures.timed:
            return 1
        return max(1, self._threads // max(method.threads for method in methods))

    def _starting(self, lane: Lane) -> Callable[[], Worker]:
        """Function that announces and starts a worker of `lane`."""
        everyone = [method for method in self.methods if self._session.lane(method) == lane]

        def start() -> Worker:
            self._announce(f"starting {lane.name}")
            worker = self._session.start(lane, everyone)
            self._announce(lane.name)
            return worker

        return start

    def close(self) -> None:
        """End the workers that live from dataset to dataset."""
        for pool in self._kept.values():
            pool.close()
        self._kept.clear()
