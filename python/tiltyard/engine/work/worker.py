"""An isolated process that evaluates tasks, and the protocol every kind of worker follows."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from tiltyard.engine.outcome import Outcome, Status, UnsupportedError

#: Native libraries read these when they are first loaded; one thread each, always.
PINNED_TO_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)

#: The server forks workers from one process that has imported the methods already.
CONTEXT = multiprocessing.get_context("forkserver")


_STARTING = threading.Lock()
#: Starting means importing every method, or compiling them: longer is a fault of the set-up [s].
START_SECONDS = 300


class WorkerError(RuntimeError):
    """Workers cannot be started; a fault of the set-up, not of a method."""


@dataclass(frozen=True)
class Task:
    """One evaluation to make.

    Attributes
    ----------
    label : str
        Name for messages.
    payload : object
        Picklable arguments of `prepare`.
    prepare : callable or None
        Importable function that takes `payload` and returns ``(call, conclude)``:
        ``conclude(call())`` is the result, and only ``call()`` is timed. None for workers
        that know what to do with the payload.
    """

    label: str
    payload: Any
    prepare: Callable[[Any], tuple[Callable[[], Any], Callable[[Any], Any]]] | None = None


class Worker(Protocol):
    """A process that evaluates submitted tasks, one at a time or several at once."""

    @property
    def pid(self) -> int: ...

    def submit(self, tasks: Sequence[Task]) -> None:
        """Hand over `tasks`; called again only when all are finished."""

    def wait(self, seconds: float) -> None:
        """Return when something may have happened, at the latest after `seconds`."""

    def collect(self) -> Iterator[tuple[int, Outcome]]:
        """Positions and outcomes of tasks that finished since the last call."""

    def in_flight(self) -> dict[int, float]:
        """Positions of the tasks that have begun, with the monotonic time of their beginning."""

    def alive(self) -> bool: ...

    def exit_reason(self) -> str:
        """Why the process ended, in words."""

    def kill(self) -> None:
        """End the process at once and wait for its end."""


def pin_numerical_threads() -> None:
    """Give BLAS and OpenMP one thread in this process and in those that it starts."""
    os.environ.update(dict.fromkeys(PINNED_TO_ONE_THREAD, "1"))


def start_process(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Start `target` in a process that dies with this one, whatever happens to either."""
    # A library that breaks ties in a set's order would give each run other settings.
    os.environ["PYTHONHASHSEED"] = "0"
    process = CONTEXT.Process(target=_guarded, args=(target, *arguments), daemon=True)
    with without_main_module():
        process.start()
    return process


@contextmanager
def without_main_module() -> Iterator[None]:
    """Keep multiprocessing from importing this process's main script in the new one."""
    main = vars(sys.modules["__main__"])
    with _STARTING:
        hidden = {name: main.pop(name) for name in ("__file__", "__spec__") if name in main}
        main["__spec__"] = None
        try:
            yield
        finally:
            main.update({str(name): value for name, value in hidden.items()})


def await_greeting(connection: Connection, process: BaseProcess) -> None:
    """Wait until the worker `process` sends an empty text: it is ready.

    Raises
    ------
    WorkerError
        If it sends a fault instead, ends, or is not ready in time.
    """
    try:
        if not connection.poll(START_SECONDS):
            raise WorkerError(f"a worker is not ready after {START_SECONDS} s")
        fault = connection.recv()
    except (EOFError, ConnectionError) as error:
        process.join()
        raise WorkerError(f"a worker ended: {describe_exit(process.exitcode)}") from error
    if fault:
        raise WorkerError(f"a worker cannot work: {fault}")


def _guarded(target: Callable[..., None], *arguments: Any) -> None:
    die_with_parent()
    target(*arguments)


def die_with_parent() -> None:
    """Tie this process, which the fork server made, to the job; an interrupt is the job's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the job decides, and kills
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        # The parent is the fork server, which ends when the job ends, however it ends.
        _forget_the_server()
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def _forget_the_server() -> None:
    """Close this worker's end of the pipe by which the fork server notices that the job is gone.

    multiprocessing gives it to every process, so that each may start more. A worker that is busy
    would keep the server, and with it itself, alive for as long as its evaluation takes.
    """
    server: Any = forkserver._forkserver
    if server._forkserver_alive_fd is not None:
        os.close(server._forkserver_alive_fd)
        server._forkserver_alive_fd = None


def describe_exit(code: int | None) -> str:
    """An exit code in words."""
    if code is None:
        return "still running"
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


class PythonWorker:
    """Evaluates Python tasks one after another in a process of its own."""

    def __init__(self) -> None:
        self._connection, theirs = CONTEXT.Pipe()
        self._process = start_process(_serve, theirs)
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

    def alive(self) -> bool:
        return self._process.is_alive()

    def exit_reason(self) -> str:
        return describe_exit(self._process.exitcode)

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
        _reset_peak_memory()
        wall, cpu = time.perf_counter(), time.process_time()
        result = call()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        return Outcome(Status.OK, "", conclude(result), cpu, wall, warm_up, peak_memory_mb())
    except UnsupportedError as error:
        return Outcome(Status.UNSUPPORTED, str(error))
    except MemoryError as error:
        return Outcome(Status.CRASHED, f"out of memory: {describe_error(error)}")
    except BaseException as error:
        traceback.print_exc()
        return Outcome(Status.FAILED, describe_error(error))


def describe_error(error: BaseException) -> str:
    """An exception in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _reset_peak_memory() -> None:
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass  # peak memory then covers the worker's whole life


def peak_memory_mb() -> float:
    """Highest resident memory of this process since the last reset [MB], NaN if unknown."""
    try:
        with open("/proc/self/status") as file:
            kilobytes = next(line.split()[1] for line in file if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return float("nan")
    return int(kilobytes) / 1024
