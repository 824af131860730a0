"""A worker process that runs Julia and evaluates a batch of estimators on Julia's threads."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from tiltyard.engine.outcome import Outcome, Status
from tiltyard.engine.work.tree import resident_mb
from tiltyard.engine.work.worker import (
    CONTEXT,
    Task,
    await_greeting,
    describe_error,
    describe_exit,
    ended_by,
    start_process,
)
from tiltyard.studies.derivatives.contract import Estimate
from tiltyard.studies.derivatives.julia.image import find_image
from tiltyard.studies.derivatives.julia.runtime import JuliaRuntime
from tiltyard.studies.derivatives.julia.session import (
    COSTS,
    FINISHED,
    WAITING,
    JuliaCall,
    Session,
    SharedResults,
    results_bytes,
    view_results,
)

#: Longest wait for the end of a batch whose results are all there; it comes within milliseconds.
END_SECONDS = 10.0
#: Environment variable: ``off`` leaves the image aside, so that Julia compiles the estimators.
IMAGE = "TILTYARD_JULIA_IMAGE"


class JuliaWorker:
    """Worker that evaluates all submitted tasks as one batch, `threads` of them at a time.

    Results appear in memory shared with the worker's process. If the process is killed, only the
    tasks that were running lose their results.

    Parameters
    ----------
    runtime : JuliaRuntime
    threads : int
        Julia threads, >= 1.
    files : sequence of Path
        Julia files of an installed package whose estimators it evaluates.
    """

    def __init__(self, runtime: JuliaRuntime, threads: int, files: Sequence[Path] = ()) -> None:
        self._connection, theirs = CONTEXT.Pipe()
        self._process = start_process(_serve, theirs, runtime, threads, files)
        theirs.close()
        await_greeting(self._connection, self._process)  # Julia has started
        self._calls: list[JuliaCall] = []
        self._results: SharedResults | None = None
        self._collected: set[int] = set()
        self._seen: dict[int, tuple[int, float]] = {}
        self._busy = False

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def submit(self, tasks: Sequence[Task]) -> None:
        self._calls = [task.payload for task in tasks]
        self._collected, self._seen = set(), {}
        self._await_end()
        width = max(len(call.orders) for call in self._calls)
        count, m = len(tasks), len(self._calls[0].t_eval)
        with tempfile.NamedTemporaryFile(prefix="tiltyard-") as file:
            memory = np.memmap(file.name, np.uint8, "w+", shape=(results_bytes(count, width, m),))
            self._results = view_results(memory, count, width, m)
            self._connection.send((self._calls, file.name))
            # The file is deleted below; the worker must have mapped it by then.
            await_greeting(self._connection, self._process)
            self._busy = True

    def wait(self, seconds: float) -> None:
        try:
            if self._connection.poll(seconds):
                self._connection.recv()
                self._busy = False
        except (EOFError, OSError):
            self._process.join()

    def _await_end(self) -> None:
        """Wait until the worker reports the end of the previous batch, after its last result."""
        if self._busy:
            self.wait(END_SECONDS)

    def collect(self) -> Iterator[tuple[int, Outcome]]:
        for position in self._positions_at(FINISHED):
            if position not in self._collected:
                self._collected.add(position)
                yield position, self._outcome(position)

    def in_flight(self) -> dict[int, float]:
        """Positions of the running tasks, with the monotonic time of their beginning.

        A task begins a second time after its warm-up, which is not timed.
        """
        assert self._results is not None
        now = time.monotonic()
        for position, stage in enumerate(self._results.stages.tolist()):
            if stage in (WAITING, FINISHED):
                self._seen.pop(position, None)
            elif self._seen.get(position, (None,))[0] != stage:
                self._seen[position] = (stage, now)
        return {position: since for position, (_, since) in self._seen.items()}

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

    def _positions_at(self, stage: int) -> list[int]:
        if self._results is None:
            return []
        found: list[int] = np.flatnonzero(self._results.stages == stage).tolist()
        return found

    def _outcome(self, position: int) -> Outcome:
        assert self._results is not None
        results = self._results
        costs = dict(zip(COSTS, results.costs[position].tolist(), strict=True))
        text = bytes(results.texts[position, : int(costs["text_length"])]).decode(errors="replace")
        if costs["failed"]:
            return Outcome(Status.FAILED, " ".join(text.split()))
        rows = len(self._calls[position].orders)
        deviation = results.deviations[position, :rows].copy() if costs["has_deviation"] else None
        try:
            settings = json.loads(text)
        except ValueError:
            reason = f"its settings are no JSON of at most {results.texts.shape[1]} bytes"
            return Outcome(Status.FAILED, reason)
        estimate = Estimate(results.values[position, :rows].copy(), deviation, settings)
        return Outcome(
            Status.OK,
            "",
            estimate,
            cpu_seconds=costs["cpu"],
            wall_seconds=costs["wall"],
            warm_up_seconds=costs["warm_up"],
            peak_memory=costs["peak_memory"],
        )


def _serve(
    connection: Connection, runtime: JuliaRuntime, threads: int, files: Sequence[Path]
) -> None:
    try:
        image = None if os.environ.get(IMAGE) == "off" else find_image(runtime)
        session = Session(runtime, threads, image, files)
        connection.send("")
    except Exception as error:
        connection.send(describe_error(error))
        return
    while True:
        try:
            calls, path = connection.recv()
        except EOFError:
            return
        try:
            memory = np.memmap(path, np.uint8, "r+")
            connection.send("")
        except Exception as error:
            connection.send(describe_error(error))
            return
        session.evaluate(calls, memory)
        connection.send("done")
