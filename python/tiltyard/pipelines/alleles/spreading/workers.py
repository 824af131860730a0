"""Workers: threads and processes that count blocks, and their end in every case."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import Counts, Site
from tiltyard.pipelines.alleles.implementations import implementation
from tiltyard.pipelines.alleles.merging import merged
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.spreading.spread import MULTIPROCESSING, PROCESSES, THREADS, Spread

if TYPE_CHECKING:
    from concurrent.futures import Executor

_PR_SET_PDEATHSIG = 1
#: Seconds that a killed process has to be gone.
_GONE = 10.0


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

    def count(self, file: int, parts: Sequence[tuple[int, Sequence[Site]]]) -> Counts:
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
#: Of a worker process.
_given: list[Given] = []


def count_in_process(file: int, parts: Sequence[tuple[int, Sequence[Site]]]) -> Counts:
    """`Given.count` in a worker process."""
    return _given[0].count(file, parts)


def _begin(given: Given, parent: int) -> None:
    """Begin a worker process: it leaves Ctrl-C to its parent, and ends whenever that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    prctl = getattr(ctypes.CDLL(None), "prctl", None)  # Linux has it
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    _given[:] = [given]


@contextmanager
def workers(spread: Spread, given: Given) -> Iterator[Executor]:
    """Workers of a backend; none is left when the context ends, in whatever way.

    Raises
    ------
    ModuleNotFoundError
        joblib is not installed, and the backend is ``processes``.
    """
    # One worker alone needs none of these, which take a while to import.
    if spread.backend == THREADS:
        from concurrent.futures import ThreadPoolExecutor

        _stopped.clear()
        executor: Executor = ThreadPoolExecutor(spread.workers)
        try:
            yield executor
        finally:
            _stopped.set()
            executor.shutdown(cancel_futures=True)
            _stopped.clear()
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    before = set(multiprocessing.active_children())
    executor = _processes(spread, given)
    try:
        yield executor
    except BaseException:
        for child in set(multiprocessing.active_children()) - before:
            if child.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGKILL)
            child.join(_GONE)
        if isinstance(executor, ProcessPoolExecutor):
            executor.shutdown(cancel_futures=True)
        else:
            executor.shutdown(kill_workers=True)  # type: ignore[call-arg]  # loky's
        raise
    executor.shutdown()


def _processes(spread: Spread, given: Given) -> Executor:
    start = (given, os.getpid())
    if spread.backend == MULTIPROCESSING:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        context = multiprocessing.get_context("fork")
        return ProcessPoolExecutor(spread.workers, context, initializer=_begin, initargs=start)
    try:
        from joblib.externals import loky
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"the backend {PROCESSES} needs joblib: pip install joblib, or choose {MULTIPROCESSING}"
        ) from error
    executor: Executor = loky.ProcessPoolExecutor(
        spread.workers, initializer=_begin, initargs=start
    )
    return executor
