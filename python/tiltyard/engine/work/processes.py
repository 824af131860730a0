"""Calls in processes of their own, with results in order."""

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
    gc.freeze()  # what was imported stays, and need not be looked through again and again


def results_in_order(
    function: Callable[[A], R], arguments: Iterable[A], processes: int, preload: Sequence[str]
) -> Iterator[R]:
    """Yield `function` of each of `arguments`, computed by `processes` processes.

    In memory are the results of `processes` + 1 calls, however slowly they are taken.

    Parameters
    ----------
    function : callable
        It, its arguments and its results are picklable.
    arguments : iterable
    processes : int
        If it is 1, calls are made here, as their results are asked for.
    preload : sequence of str
        Modules that every process needs; they are imported once for all.

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
