"""Worker for methods that start processes: a fresh tree for each task, measured as a whole."""

from __future__ import annotations

import json
import multiprocessing.connection
import os
import pickle
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from tiltyard.engine.machine.interpreter import python_command
from tiltyard.engine.outcome import Outcome, Status
from tiltyard.engine.work.guardian import remove_folder
from tiltyard.engine.work.metering import CallMeter, Sampler
from tiltyard.engine.work.tree import LINUX, LOOK_SECONDS, end, marked
from tiltyard.engine.work.worker import (
    CONTEXT,
    START_SECONDS,
    THREAD_VARIABLES,
    Task,
    WorkerError,
    describe_error,
    describe_exit,
    failure_of,
    print_to_errors,
)

#: Longest time that a guardian may take to end its worker, before it is killed itself [s].
END_SECONDS = 60.0
#: Time after its limit in which a call that measures itself has to end itself [s].
OWN_END_SECONDS = 10.0
#: Looks in a row that find no process, after which none is left.
SURE_LOOKS = 3
#: Largest pickled result [bytes]: the store keeps it; more belongs into a file.
LARGEST_RESULT = 2**20
#: Environment variable of a worker and its descendants: its folder.
SCRATCH = "TILTYARD_SCRATCH"
#: Prefixes of variables that are removed: they change how a process allocates, loads or schedules.
CLEARED = (
    *("LD_PRELOAD", "LD_AUDIT", "MALLOC_", "GLIBC_TUNABLES", "OMP_", "GOMP_", "KMP_"),
    *("PYTHONMALLOC", "PYTHONDEVMODE", "PYTHONTRACEMALLOC"),
)


class CommandWorker:
    """Worker that evaluates one task after another, each in a process tree of its own.

    The process that evaluates a task leads a session and starts in an empty folder of its own,
    with a cleaned environment and the task's number of threads; paths in a payload have to be
    absolute. After the task, when the worker is killed, and when this process is killed, all
    processes that the task started are ended, in whatever session, and the folder is removed.

    Parameters
    ----------
    folder : path or None
        Folder in which those of the tasks are made; None for the system's temporary folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if not LINUX:
            raise WorkerError("methods that start processes can be measured on Linux only")
        self._folder = folder
        self._guardian: subprocess.Popen[bytes] | None = None
        self._began: float | None = None
        self._in_call = False
        self._own_costs = False  # whether the call measures itself
        self._reported: int | None = None
        self._missed = 0.0  # CPU of children [s] that samples saw and the kernel did not report

    @property
    def pid(self) -> int:
        """Id of the process that evaluates; 0 before the first task."""
        return 0 if self._guardian is None else self._pid

    def submit(self, tasks: Sequence[Task]) -> None:
        if len(tasks) != 1:
            raise ValueError(f"a worker for commands takes one task at a time, got {len(tasks)}")
        self.kill()
        self._own_costs, self._missed = tasks[0].own_costs, 0.0
        self._launch(tasks[0].threads)
        self._connection.send(tasks[0])
        self._began = time.monotonic()

    def _launch(self, threads: int) -> None:
        folder = Path(self._folder or tempfile.gettempdir()).resolve()
        self._reported = None
        self._scratch = str(folder / f"tiltyard-{uuid.uuid4().hex[:12]}")
        self._connection, theirs = CONTEXT.Pipe()
        self._life, report = socket.socketpair()
        self._life.setblocking(False)
        with theirs, report:
            charge = {
                "job": os.getpid(),
                "life": report.fileno(),
                "hand_on": theirs.fileno(),
                "scratch": self._scratch,
                "command": python_command(__name__, "serve", str(theirs.fileno())),
            }
            self._guardian = subprocess.Popen(
                python_command("tiltyard.engine.work.guardian", "guard", json.dumps(charge)),
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), report.fileno()),
                env=environment(threads, self._scratch),
                start_new_session=True,
            )
        try:
            if not self._connection.poll(START_SECONDS):
                raise WorkerError(f"a worker is not ready after {START_SECONDS} s")
            self._pid = self._connection.recv()
        except (EOFError, ConnectionError) as error:
            raise WorkerError(f"a worker ended: {self.exit_reason()}") from error
        self._sampler = Sampler(self._pid)

    def wait(self, seconds: float) -> None:
        multiprocessing.connection.wait([self._connection, self._life], seconds)

    def collect(self) -> Iterator[tuple[int, Outcome]]:
        try:
            while self._began is not None and self._connection.poll():
                message = self._connection.recv()
                if isinstance(message, bytes):
                    outcome = self._with_peaks(pickle.loads(message))
                    self.kill()
                    yield 0, outcome
                elif message is None:
                    self._in_call = True
                    self._sampler.restart()
                    if self._own_costs:  # it ends itself at its limit, or else is ended here
                        self._began = time.monotonic() + OWN_END_SECONDS
                elif self._own_costs:
                    self._in_call, self._began = False, time.monotonic()
                else:
                    self._in_call = False
                    self._missed = max(0.0, self._sampler.children_seconds - message)
        except (EOFError, OSError):
            self._await_guardian()  # the worker has ended; `alive` says so to the supervisor

    def _with_peaks(self, outcome: Outcome) -> Outcome:
        if outcome.status is not Status.OK or self._own_costs:
            return outcome
        seen = self._sampler
        return replace(
            outcome,
            cpu_seconds=outcome.cpu_seconds + self._missed,
            peak_memory=max(outcome.peak_memory, seen.peak_memory),
            peak_processes=max(outcome.peak_processes or 1, seen.peak_processes),
            peak_threads=max(outcome.peak_threads or 1, seen.peak_threads),
        )

    def in_flight(self) -> dict[int, float]:
        return {} if self._began is None else {0: self._began}

    def memory_mb(self) -> float:
        if self._guardian is None or (self._own_costs and self._in_call):
            return 0.0
        return self._sampler.sample(self._in_call)

    def alive(self) -> bool:
        return self._guardian is None or self._guardian.poll() is None

    def exit_reason(self) -> str:
        """Reason of the process's end, in words; waits for the guardian's report."""
        code = self._exit_code()
        if code is None:
            return "its guardian ended before it could say why"
        return describe_exit(code)

    def ended_by(self) -> int | None:
        """Number of a POSIX signal that ended the process, or else its guardian; None without."""
        code = self._exit_code()
        if code is None:
            assert self._guardian is not None
            code = self._guardian.poll()
        return -code if code is not None and code < 0 else None

    def _exit_code(self) -> int | None:
        """The code that the guardian reports; None if it ended before."""
        if self._reported is None:
            self._await_guardian()
            with suppress(OSError, ValueError):
                self._reported = json.loads(self._life.recv(4096))["code"]
        return self._reported

    def _await_guardian(self) -> None:
        assert self._guardian is not None
        with suppress(subprocess.TimeoutExpired):
            self._guardian.wait(END_SECONDS)

    def kill(self) -> None:
        self._began, self._in_call = None, False
        if self._guardian is None:
            return
        self._life.close()  # which tells the guardian to end all
        self._connection.close()
        self._await_guardian()
        if self._guardian.poll() != 0:  # it was killed or stopped: its work is done here
            self._guardian.kill()
            self._guardian.wait()
            end_marked(f"{SCRATCH}={self._scratch}")
            remove_folder(self._scratch)
        self._guardian = None


def end_marked(mark: str) -> None:
    """End all processes with `mark`, looking several times: none shows it during `exec`."""
    deadline = time.monotonic() + END_SECONDS
    looks = 0
    while looks < SURE_LOOKS and time.monotonic() < deadline:
        left = marked(mark)
        end(left)
        looks = 0 if left else looks + 1
        time.sleep(0.0 if left else LOOK_SECONDS)


def environment(threads: int, scratch: str) -> dict[str, str]:
    """Environment of a worker: that of this process without `CLEARED`, for `threads` threads."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(CLEARED)}
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return {
        **kept,
        **dict.fromkeys(THREAD_VARIABLES, str(threads)),
        "PYTHONHASHSEED": "0",  # else a set's order, by which libraries break ties, is random
        "PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in paths if path),
        "TMPDIR": scratch,
        SCRATCH: scratch,
    }


def serve(descriptor: str) -> None:
    """Evaluate the one task that comes through the connection with this `descriptor`.

    It sends the process's id, None when the call begins, the CPU seconds of its children when the
    call has ended, and the pickled outcome.
    """
    connection = Connection(int(descriptor))
    os.set_inheritable(connection.fileno(), False)
    print_to_errors()
    connection.send(os.getpid())
    connection.send(_pickled(_evaluate(connection)))
    connection.poll(None)  # until the job, which has read it, ends this process


def _evaluate(connection: Connection) -> Outcome:
    started = time.perf_counter()
    try:
        task: Task = connection.recv()
        assert task.prepare is not None
        call, conclude = task.prepare(task.payload)
        warm_up = time.perf_counter() - started
        connection.send(None)
        if task.own_costs:
            result = call()
            connection.send(0.0)
            measured = conclude(result)
            assert isinstance(measured, Outcome)
            return measured
        meter = CallMeter()
        result = call()
        meter.stop()
        connection.send(meter.children_seconds)
        return Outcome(
            Status.OK,
            "",
            conclude(result),
            cpu_seconds=meter.cpu_seconds,
            wall_seconds=meter.wall_seconds,
            warm_up_seconds=warm_up,
            peak_memory=meter.peak_memory,
            peak_processes=meter.peak_processes,
            peak_threads=meter.peak_threads,
            escaped=meter.escaped,
        )
    except BaseException as error:
        return failure_of(error)


def _pickled(outcome: Outcome) -> bytes:
    try:
        content = pickle.dumps(outcome, protocol=5)
    except Exception as error:  # a result that cannot be pickled is the method's failure
        return pickle.dumps(Outcome(Status.FAILED, describe_error(error)))
    if len(content) <= LARGEST_RESULT:
        return content
    message = (
        f"its result is {len(content) / 2**20:.1f} MB, more than the {LARGEST_RESULT / 2**20:g} MB "
        "that may come back: return a digest, a size and facts, and write the rest to a file"
    )
    return pickle.dumps(Outcome(Status.FAILED, message))
