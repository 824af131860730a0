"""Supervision of a worker: one that hangs, crashes or grows loses its own evaluation only."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from tiltyard.engine.machine.groups import kills_for_memory
from tiltyard.engine.outcome import Kill, Limits, Outcome, Status
from tiltyard.engine.work.worker import OUTSIDE, Task, Worker, WorkerError

#: Time between two checks of the limits [s].
POLL_SECONDS = 0.05
#: Losses of a worker after which the evaluation is given up here.
ATTEMPTS_AFTER_CRASH = 2
#: Workers in a row that end before a task began, from which on the installation is broken.
FRUITLESS_STARTS = 3
#: Time between two of them [s]: what workers are started from may still be ending.
START_PAUSE = 0.2


@dataclass(frozen=True)
class _Incident:
    """Loss of a worker: the reason, and the positions of the tasks that it was evaluating."""

    status: Status
    message: str
    suspects: tuple[int, ...]
    limits: Limits | None = None
    killed: Kill | None = None


class Supervisor:
    """Supervisor of one worker at a time, which is replaced when it is lost.

    Parameters
    ----------
    start : callable
        Starts a fresh worker.
    limits : Limits
        Limits of each evaluation.
    """

    def __init__(self, start: Callable[[], Worker], limits: Limits) -> None:
        self._start = start
        self._limits = limits
        self._worker: Worker | None = None

    def evaluate(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Outcome]]:
        """Yield each task with its outcome as soon as that is known.

        When a worker that evaluates several tasks at once is lost, the tasks under way are
        evaluated again one by one, so that only the one at fault is lost. An outcome that was
        `killed` from outside, twice, or that failed while the kernel killed for memory, says
        nothing of the task.

        Raises
        ------
        WorkerError
            If `FRUITLESS_STARTS` workers in a row end before they begin a task.
        """
        waiting = deque([tuple(range(len(tasks)))] if tasks else [])
        crashes: Counter[int] = Counter()
        fruitless = 0
        while waiting:
            left = set(waiting.popleft())
            before = len(left)
            incident = yield from self._attempt(tasks, left)
            if incident is None:
                continue
            fruitless = 0 if incident.suspects or len(left) < before else fruitless + 1
            if fruitless == FRUITLESS_STARTS:
                raise WorkerError(f"workers end before they begin: {incident.message}")
            time.sleep(START_PAUSE * fruitless)
            left.difference_update(incident.suspects)
            if left:  # these had not begun: together, as before
                waiting.appendleft(tuple(sorted(left)))
            crashes.update(incident.suspects)
            if self._is_final(incident, crashes):
                outcome = Outcome(
                    incident.status,
                    incident.message,
                    tasks[incident.suspects[0]].known,
                    limits=incident.limits,
                    killed=incident.killed,
                )
                yield tasks[incident.suspects[0]], outcome
            else:
                waiting.extend((position,) for position in incident.suspects)

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.kill()
            self._worker = None

    def _attempt(
        self, tasks: Sequence[Task], left: set[int]
    ) -> Generator[tuple[Task, Outcome], None, _Incident | None]:
        """Evaluate the positions in `left`, removing each that finishes, until an incident."""
        submitted = sorted(left)
        kills = kills_for_memory()
        try:
            if self._worker is None or not self._worker.alive():
                self._worker = self._start()
            self._worker.submit([tasks[position] for position in submitted])
        except (OSError, WorkerError) as error:
            return self._lose(_Incident(Status.CRASHED, str(error), ()))
        worker = self._worker
        while True:
            worker.wait(POLL_SECONDS)
            for index, outcome in worker.collect():
                left.discard(submitted[index])
                task = tasks[submitted[index]]
                yield task, _doubted(_with_known(outcome, task), kills)
            if not left:
                return None
            incident = self._inspect(worker, kills)
            if incident is not None:
                suspects = tuple(submitted[index] for index in incident.suspects)
                return self._lose(replace(incident, suspects=suspects))

    def _inspect(self, worker: Worker, kills: int | None) -> _Incident | None:
        in_flight = worker.in_flight()
        suspects = tuple(sorted(in_flight))
        if not worker.alive():
            killed = None
            if worker.ended_by() in OUTSIDE:
                killed = Kill.MEMORY if kills_for_memory() != kills else Kill.SOMEBODY
            message = f"worker ended: {worker.exit_reason()}" + (f" {killed}" if killed else "")
            return _Incident(Status.CRASHED, message, suspects, killed=killed)
        memory = worker.memory_mb()
        if memory > self._limits.memory_mb:
            message = (
                f"killed at {memory:.0f} MB of memory, above the limit of "
                f"{self._limits.memory_mb:g} MB"
            )
            return _Incident(Status.CRASHED, message, suspects, self._limits)
        began = min(in_flight.values(), default=float("inf"))
        if time.monotonic() - began > self._limits.seconds:
            message = f"no result within the time limit of {self._limits.seconds:g} s"
            return _Incident(Status.TIMEOUT, message, suspects, self._limits)
        return None

    def _lose(self, incident: _Incident) -> _Incident:
        self.close()
        return incident

    @staticmethod
    def _is_final(incident: _Incident, crashes: Counter[int]) -> bool:
        if len(incident.suspects) != 1:
            return False
        if incident.limits is not None:
            return True
        return crashes[incident.suspects[0]] >= ATTEMPTS_AFTER_CRASH


def _with_known(outcome: Outcome, task: Task) -> Outcome:
    """`outcome`; with what was known beforehand if it has no result."""
    return replace(outcome, result=task.known) if outcome.result is None else outcome


def _doubted(outcome: Outcome, kills: int | None) -> Outcome:
    """`outcome`; marked if it is a failure while the kernel killed for memory.

    That may have been a process which the method had started. `kills` is their number before.
    """
    may_be_killed = outcome.status in (Status.FAILED, Status.CRASHED)
    if may_be_killed and kills_for_memory() != kills:
        return replace(outcome, killed=Kill.MEMORY)
    return outcome
