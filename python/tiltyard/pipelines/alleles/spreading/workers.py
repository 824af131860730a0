"""Workers: threads and processes that count blocks, and their end in every case."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import Counts, Site
from tiltyard.pipelines.alleles.implementations import implementation
from tiltyard.pipelines.alleles.merging import merged
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.spreading.spread import MULTIPROCESSING, PROCESSES, THREADS, Spread

if TYPE_CHECKING:
    from concurrent.futures import Future
    from multiprocessing.connection import Connection

_PR_SET_PDEATHSIG = 1
#: Seconds that a killed process has to be gone.
_GONE = 10.0

#: Blocks of a file, each with the number of its first site.
Parts = Sequence[tuple[int, Sequence[Site]]]
#: Function of the number of a file and of blocks of it, which has a worker count them.
Submit = Callable[[int, Parts], "Future[Counts]"]


class WorkerDied(RuntimeError):
    """A worker process ended before its work was done."""


@dataclass(frozen=True)
class Given:
    """What all workers get once.

    Parameters
    ----------
    alignments : sequence of Alignment
    implementations : sequence of str
        Of each file.
    options : Options
    """

    alignments: Sequence[Alignment]
    implementations: Sequence[str]
    options: Options

    def count(self, file: int, parts: Parts) -> Counts:
        """Counts of some blocks of a file, each with the number of its first site."""
        count = implementation(self.implementations[file]).count
        found = []
        for first, sites in parts:
            if _stopped.is_set():
                raise InterruptedError("counting was stopped")
            found.append((first, count(self.alignments[file], sites, self.options)))
        return merged(found)


#: Tells threads that nobody waits for their counts any more.
_stopped = threading.Event()


@contextmanager
def workers(spread: Spread, given: Given) -> Iterator[Submit]:
    """Workers of a backend; none is left when the context ends, in whatever way.

    Each has a thread here: it counts itself, or it waits for its process.

    Raises
    ------
    ModuleNotFoundError
        joblib is not installed, and the backend is ``processes``.
    """
    # One worker alone needs none of it, which takes a while to import.
    from concurrent.futures import ThreadPoolExecutor

    if spread.backend == THREADS:
        _stopped.clear()
        count, stop = given.count, _stopped.set
    else:
        team = _Team(spread, given)
        count, stop = team.count, team.kill
    executor = ThreadPoolExecutor(spread.workers)
    try:
        yield lambda file, parts: executor.submit(count, file, parts)
    finally:
        stop()
        executor.shutdown(cancel_futures=True)
        _stopped.clear()


class _Team:
    """Worker processes, each with a pipe of its own.

    The pools of `concurrent.futures` and of loky share a pipe for all results. Where a worker is
    killed while it writes there, the reader waits for the rest for ever, for others hold the pipe
    open. The end of a pipe of one's own is seen at once.
    """

    def __init__(self, spread: Spread, given: Given) -> None:
        from queue import SimpleQueue

        context = _context(spread.backend)
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        self._processes: list[Any] = []
        try:
            for _ in range(spread.workers):
                self._start(context, given)
        except BaseException:
            self.kill()
            raise

    def _start(self, context: Any, given: Given) -> None:
        own, its = context.Pipe()
        process = context.Process(target=_work, args=(its, given, os.getpid()), daemon=True)
        self._processes.append(process)
        process.start()
        its.close()  # before the next one starts, which would hold it open
        self._idle.put(own)

    def count(self, file: int, parts: Parts) -> Counts:
        """`Given.count` in a process that has nothing to do."""
        pipe = self._idle.get()
        try:
            pipe.send((file, parts))
            found = pipe.recv()
        except (EOFError, OSError) as error:
            raise WorkerDied(
                "a worker process ended before its work was done: it was killed, perhaps because "
                "memory ran out; nothing was counted wrong, but this run cannot go on. "
                "Run again with fewer workers, or with the backend threads"
            ) from error
        finally:
            self._idle.put(pipe)
        if isinstance(found, BaseException):
            raise found
        counts: Counts = found
        return counts

    def kill(self) -> None:
        """End all of them: their results are here, or nobody waits for them any more."""
        for process in self._processes:
            if process.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
                process.join(_GONE)


def _work(pipe: Connection, given: Given, parent: int) -> None:
    """Count what comes through the pipe, for as long as the parent is there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is left to the parent
    prctl = getattr(ctypes.CDLL(None), "prctl", None)  # Linux has it
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    import traceback

    while True:
        file, parts = pipe.recv()
        try:
            found: Any = given.count(file, parts)
        except Exception as error:
            error.add_note(f"In a worker process:\n{traceback.format_exc()}")
            found = error
        pipe.send(found)


def _context(backend: str) -> Any:
    """What starts the processes of a backend."""
    if backend == MULTIPROCESSING:
        import multiprocessing

        return multiprocessing.get_context("fork")
    try:
        from joblib.externals.loky.backend import get_context
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"the backend {PROCESSES} needs joblib: pip install joblib, or choose {MULTIPROCESSING}"
        ) from error
    return get_context("loky")
