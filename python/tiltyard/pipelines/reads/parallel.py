"""Work in threads, with its results in order."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

Given = TypeVar("Given")
Result = TypeVar("Result")


def mapped(
    function: Callable[[Given], Result],
    items: Iterable[Given],
    pool: Executor | None,
    ahead: int = 1,
) -> Iterator[Result]:
    """Results in the order of `items`, of which at most `ahead` wait; without a pool one by one.

    What is raised while items come is raised behind the results of all items before it.
    """
    if pool is None:
        yield from map(function, items)
        return
    waiting: deque[Future[Result]] = deque()
    error: Exception | None = None
    try:
        left = iter(items)
        while error is None:
            try:
                item = next(left)
            except StopIteration:
                break
            except Exception as fault:
                error = fault
                break
            waiting.append(pool.submit(function, item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for each in waiting:
            each.cancel()
    if error is not None:
        raise error


def ahead_of(items: Iterator[Result], depth: int) -> Iterator[Result]:
    """The items, which another thread takes, at most `depth` ahead of who needs them."""
    ready: queue.Queue[tuple[Any, BaseException | None, bool]] = queue.Queue(depth)
    stopped = threading.Event()

    def put(entry: tuple[Any, BaseException | None, bool]) -> None:
        while not stopped.is_set():
            try:
                ready.put(entry, timeout=0.1)
                return
            except queue.Full:
                continue

    def work() -> None:
        end: BaseException | None = None
        try:
            for item in items:
                put((item, None, False))
                if stopped.is_set():
                    break
        except BaseException as error:  # it is raised where the items are needed
            end = error
        finally:
            if hasattr(items, "close"):
                items.close()
        put((None, end, True))

    thread = threading.Thread(target=work, name="tiltyard-reads", daemon=True)
    thread.start()
    try:
        while True:
            item, error, last = ready.get()
            if error is not None:
                raise error
            if last:
                return
            yield item
            item = None  # so that its buffers can be used again
    finally:
        stopped.set()
        thread.join()
