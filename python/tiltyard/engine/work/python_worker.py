"""Worker for methods that are Python functions: a forked process that takes one task at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection

from tiltyard.engine.outcome import Outcome, Status
from tiltyard.engine.work.tree import resident_mb
from tiltyard.engine.work.usage import own_peaks, reset_peak_memory
from tiltyard.engine.work.worker import (
    CONTEXT,
    Task,
    await_greeting,
    describe_error,
    describe_exit,
    ended_by,
    failure_of,
    start_process,
)


class PythonWorker:
    """A process that evaluates Python tasks one after another.

    Parameters
    ----------
    apart : sequence of str
        Modules that only workers like this one import; see `start_process`.
    """

    def __init__(self, apart: Sequence[str] = ()) -> None:
        self._connection, theirs = CONTEXT.Pipe()
        self._process = start_process(_serve, theirs, apart=apart)
        theirs.close()
        self._began: float | None = None
        await_greeting(self._connection, self._process)

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def submit(self, tasks: Sequence[Task]) -> None:
        if len(tasks) != 1:
            raise ValueError(f"a Python worker takes one task at a time, got {len(tasks)}")
        self._connection.send(tasks[0])
        self._began = time.monotonic()

    def wait(self, seconds: float) -> None:
        self._connection.poll(seconds)

    def collect(self) -> Iterator[tuple[int, Outcome]]:
        try:
            if self._began is not None and self._connection.poll():
                outcome = self._connection.recv()
                self._began = None
                yield 0, outcome
        except (EOFError, OSError):
            self._process.join(1.0)  # it has ended; `alive` says so to the supervisor

    def in_flight(self) -> dict[int, float]:
        return {} if self._began is None else {0: self._began}

    def memory_mb(self) -> float:
        return resident_mb(self.pid)

    def alive(self) -> bool:
        return self._process.is_alive()

    def exit_reason(self) -> str:
        return describe_exit(self._process.exitcode)

    def ended_by(self) -> int | None:
        return ended_by(self._process)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self._connection.close()


def _serve(connection: Connection) -> None:
    connection.send("")
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        outcome = _evaluate(task)
        try:
            connection.send(outcome)
        except Exception as error:  # a result that cannot be pickled is the method's failure
            connection.send(Outcome(Status.FAILED, describe_error(error)))


def _evaluate(task: Task) -> Outcome:
    started = time.perf_counter()
    try:
        assert task.prepare is not None
        call, conclude = task.prepare(task.payload)
        warm_up = time.perf_counter() - started
        reset_peak_memory()
        wall, cpu = time.perf_counter(), time.process_time()
        result = call()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        peak_memory, threads = own_peaks()
        return Outcome(
            Status.OK,
            "",
            conclude(result),
            cpu_seconds=cpu,
            wall_seconds=wall,
            warm_up_seconds=warm_up,
            peak_memory=peak_memory,
            peak_threads=threads,
        )
    except BaseException as error:
        return failure_of(error)
