"""Work in threads or processes, with its results in order."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, Protocol, TypeVar

Given = TypeVar("Given")
Result = TypeVar("Result")


class Awaited(Protocol):
    """The result of a task, once it is there."""

    def result(self) -> Any:
        """The value, or what was raised instead."""

    def cancel(self) -> object:
        """Forget it."""


class Pool(Protocol):
    """Threads or processes, to which tasks are given."""

    def submit(self, function: Callable[[Any], Any], item: Any, /) -> Awaited:
        """Have the function called."""


def mapped(
    function: Callable[[Given], Result],
    items: Iterable[Given],
    pool: Pool | None,
    ahead: int = 1,
) -> Iterator[Result]:
    """Results in the order of `items`, of which at most `ahead` wait; without a pool one by one.

    What is raised while items come is raised behind the results of all items before it.
    """
    if pool is None:
        yield from map(function, items)
        return
    waiting: deque[Awaited] = deque()
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


def ahead_of(
    items: Iterator[Result], depth: int, interrupt: Callable[[], None] | None = None
) -> Generator[Result, None, None]:
    """The items, which another thread takes, at most `depth` ahead of who needs them.

    At the end that thread is waited for; `interrupt` lets it go on where it waits itself.
    """
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
    try:
        thread.start()
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
        if interrupt is not None:
            interrupt()
        if thread.ident is not None:  # it was started
            thread.join()
