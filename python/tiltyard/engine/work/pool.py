"""A pool of supervised workers."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable, Sequence

from tiltyard.engine.outcome import Limits, Outcome
from tiltyard.engine.work.supervisor import Supervisor
from tiltyard.engine.work.worker import Task, Worker


class WorkerPool:
    """Pool of a fixed number of supervised workers; each evaluates for one caller at a time."""

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
