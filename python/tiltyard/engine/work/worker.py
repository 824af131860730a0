"""Workers: processes that evaluate tasks, the protocol of all their kinds, and how they start."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from tiltyard.engine.outcome import Outcome, Status, UnsupportedError
from tiltyard.engine.work.tree import go_first, look

#: Native libraries read these when they are first loaded.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
)

#: Workers are forked from a server process that has imported the methods already.
CONTEXT = multiprocessing.get_context("forkserver")


#: Numbers by which the kernel, a batch system or a person ends processes; a crash has others.
OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU)
#: multiprocessing's exit code of a process whose fork server is gone.
SERVER_GONE = 255

_STARTING = threading.Lock()
#: Further servers, by the modules that they have imported.
_SERVERS: dict[tuple[str, ...], forkserver.ForkServer] = {}
#: Modules that such a server imports before and after: they limit the time in between.
BEFORE, AFTER = "tiltyard.engine.work.apart.before", "tiltyard.engine.work.apart.after"
#: Longest start of a worker, which imports or compiles every method [s].
START_SECONDS = 300


class WorkerError(RuntimeError):
    """A worker cannot be started: a fault of the installation, not of a method."""


#: Function from a payload to a call and the function that makes the result of its value: `Task`.
Prepare = Callable[[Any], tuple[Callable[[], Any], Callable[[Any], Any]]]


@dataclass(frozen=True)
class Task:
    """One evaluation to make.

    Attributes
    ----------
    label : str
        Name of the task in messages.
    payload : object
        Picklable arguments of `prepare`.
    prepare : callable or None
        Importable function that takes `payload` and returns ``(call, conclude)``:
        ``conclude(call())`` is the result, and only ``call()`` is timed. None for workers that
        need only the payload.
    threads : int
        Threads of numerical libraries in a `CommandWorker`, >= 1; other workers have 1.
    own_costs : bool
        Whether the call measures itself and ends itself at its limits, in a `CommandWorker`:
        ``conclude(call())`` is then an `Outcome` with status and costs. Preparing, the call and
        concluding each have the time limit to themselves.
    known : object
        The result of an outcome without one: what is known of the evaluation beforehand.
    """

    label: str
    payload: Any
    prepare: Prepare | None = None
    threads: int = 1
    own_costs: bool = False
    known: Any = None


class Worker(Protocol):
    """A process that evaluates submitted tasks, one at a time or several at once."""

    @property
    def pid(self) -> int: ...

    def submit(self, tasks: Sequence[Task]) -> None:
        """Hand over `tasks`; called again only when all are finished."""

    def wait(self, seconds: float) -> None:
        """Return when the worker has news, at the latest after `seconds`."""

    def collect(self) -> Iterator[tuple[int, Outcome]]:
        """Positions and outcomes of tasks that finished since the last call."""

    def in_flight(self) -> dict[int, float]:
        """Positions of the tasks that have begun, with the monotonic time of their beginning."""

    def memory_mb(self) -> float:
        """Memory of the process and of all that it started [MB], 0 if they have ended."""

    def alive(self) -> bool: ...

    def exit_reason(self) -> str:
        """Reason of the process's end, in words."""

    def ended_by(self) -> int | None:
        """Number of a POSIX signal that ended the process; None if none did."""

    def kill(self) -> None:
        """End the process and all that it started at once, and wait for their end."""


def pin_numerical_threads() -> None:
    """Give numerical libraries one thread in this process and in those that it starts."""
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))


def start_process(
    target: Callable[..., None], *arguments: Any, apart: Sequence[str] = ()
) -> BaseProcess:
    """Start `target` in a process that dies with this one, whatever happens to either.

    Parameters
    ----------
    target : callable
    arguments
        Of `target`.
    apart : sequence of str
        Modules that are imported first, by a server from which only such processes are forked: no
        other process sees what an import of them changes.

    Raises
    ------
    WorkerError
        If importing `apart` ends the server, or takes more than `START_SECONDS`.
    """
    # Libraries may break ties in a set's order, which is random without it.
    os.environ["PYTHONHASHSEED"] = "0"
    process = CONTEXT.Process(target=_guarded, args=(target, *arguments), daemon=True)
    with without_main_module(), _forked_from(tuple(apart)):
        try:
            process.start()
        except EOFError as error:
            raise WorkerError("the process that imports them ended") from error
    return process


@contextmanager
def _forked_from(modules: tuple[str, ...]) -> Iterator[None]:
    """Let processes that are started meanwhile be forked from the server of `modules`.

    To be used within `without_main_module`, which admits one thread at a time.
    """
    if not modules:
        yield
        return
    if modules not in _SERVERS:
        _SERVERS[modules] = forkserver.ForkServer()
        _SERVERS[modules].set_forkserver_preload([BEFORE, *modules, AFTER])
    usual = forkserver.connect_to_new_process
    forkserver.connect_to_new_process = _SERVERS[modules].connect_to_new_process
    try:
        yield
    finally:
        forkserver.connect_to_new_process = usual


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
        If it sends a fault, ends, or is not ready within `START_SECONDS`.
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
    print_to_errors()
    target(*arguments)


def print_to_errors() -> None:
    """Let all that this process prints be messages: what methods print is no command's output."""
    os.dup2(2, 1)


def die_with_parent() -> None:
    """Let this process, which the fork server made, end with the job; it ignores SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the job gets it too, and ends its workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        # The parent is the fork server, which ends when the job ends, however it ends.
        _forget_the_server()
        go_first()
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def _forget_the_server() -> None:
    """Close this worker's end of the pipe by which the fork server notices that the job is gone.

    multiprocessing gives it to every process, so that each may start more. A busy worker would
    keep the server alive, and so itself, until its evaluation ends.
    """
    server: Any = forkserver._forkserver
    if server._forkserver_alive_fd is not None:
        os.close(server._forkserver_alive_fd)
        server._forkserver_alive_fd = None


def ended_by(process: BaseProcess) -> int | None:
    """Number of a POSIX signal that ended `process`, which the fork server made; None without.

    The fork server runs no method. Who kills it ends all workers, as a kill of each would.
    """
    code = process.exitcode
    if code == SERVER_GONE and not _server_lives():
        return signal.SIGKILL
    return -code if code is not None and code < 0 else None


def _server_lives() -> bool:
    server: Any = forkserver._forkserver
    found = look(server._forkserver_pid or 0)
    return found is not None and not found.ended


def describe_exit(code: int | None) -> str:
    """An exit code in words."""
    if code is None:
        return "still running"
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


def describe_error(error: BaseException) -> str:
    """An exception in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def failure_of(error: BaseException) -> Outcome:
    """Outcome of an evaluation that raised `error`; to be called while it is handled."""
    if isinstance(error, UnsupportedError):
        return Outcome(Status.UNSUPPORTED, str(error))
    if isinstance(error, MemoryError):
        return Outcome(Status.CRASHED, f"out of memory: {describe_error(error)}")
    traceback.print_exc()
    return Outcome(Status.FAILED, describe_error(error))
