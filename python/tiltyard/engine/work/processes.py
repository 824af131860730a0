"""Calls of a function in several processes, with results in order."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from tiltyard.engine.work.worker import CONTEXT, WorkerError, die_with_parent, without_main_module

A = TypeVar("A")
R = TypeVar("R")


def _begin() -> None:
    die_with_parent()
    gc.freeze()  # modules stay: the collector need not scan them each time


def results_in_order(
    function: Callable[[A], R], arguments: Iterable[A], processes: int, preload: Sequence[str]
) -> Iterator[R]:
    """Yield `function` of each of `arguments`, computed by `processes` processes.

    At most `processes` + 1 results are in memory, however slowly they are taken.

    Parameters
    ----------
    function : callable
        Function whose arguments and results can be pickled, as it can itself.
    arguments : iterable
    processes : int
        Number of processes, >= 1; with 1 the calls are made in this process.
    preload : sequence of str
        Modules that every process needs; they are imported once, before it is forked.

    Raises
    ------
    WorkerError
        If a process is killed.
    """
    if processes == 1:
        yield from map(function, arguments)
        return
    CONTEXT.set_forkserver_preload(list(preload))
    waiting = iter(arguments)
    ahead: deque[Future[R]] = deque()
    with ProcessPoolExecutor(processes, CONTEXT, initializer=_begin) as pool:
        try:
            while True:
                while len(ahead) <= processes and (one := next(waiting, None)) is not None:
                    with without_main_module():
                        ahead.append(pool.submit(function, one))
                if not ahead:
                    return
                yield ahead.popleft().result()
        except BrokenProcessPool as error:
            raise WorkerError(
                "a process was killed, as for want of memory: use fewer --threads"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)
