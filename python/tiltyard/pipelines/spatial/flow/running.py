"""Running three stages with workers each: readers, compute, writers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tiltyard.pipelines.spatial.flow.channel import Channel, Closed, Stopped

STAGES = ("readers", "compute", "writers")


@dataclass
class Spent:
    """What the workers of a stage took.

    Parameters
    ----------
    workers : int
    items : int
        Batches that went through.
    busy, cpu, waiting_in, waiting_out : float
        Seconds of all workers: at work, of that on a core, and waiting for input and output.
    """

    workers: int
    items: int = 0
    busy: float = 0.0
    cpu: float = 0.0
    waiting_in: float = 0.0
    waiting_out: float = 0.0
    lock: Any = field(default_factory=threading.Lock, repr=False, compare=False)

    def add(self, busy: float, cpu: float, waiting_in: float, waiting_out: float) -> None:
        """Add one batch."""
        with self.lock:
            self.items += 1
            self.busy += busy
            self.cpu += cpu
            self.waiting_in += waiting_in
            self.waiting_out += waiting_out


@dataclass(frozen=True)
class Plan:
    """Workers of each stage, and items that may wait before the second and the third.

    Parameters
    ----------
    workers : tuple of int
    queues : tuple of int
    """

    workers: tuple[int, int, int]
    queues: tuple[int, int]


class Source:
    """Items that several readers take in turn."""

    def __init__(self, items: Iterable[Any]) -> None:
        self._items: Iterator[Any] = iter(items)
        self._lock = threading.Lock()

    def get(self) -> Any:
        """The next item."""
        with self._lock:
            for item in self._items:
                return item
        raise Closed


def run(
    items: Iterable[Any],
    works: tuple[Callable[[Any], Any], Callable[[Any], Any], Callable[[Any], Any]],
    plan: Plan,
    stop: Callable[[], None] = lambda: None,
) -> list[Spent]:
    """Send every item through all stages; returns what each stage took.

    The first error, also one of the items' own, stops all stages and is raised when all workers
    have ended.

    Parameters
    ----------
    items : iterable
    works : tuple of callables
        Of each stage, item -> item of the next.
    plan : Plan
    stop : callable
        Called after an error, so that nothing else lets a worker wait.
    """
    spent = [Spent(workers) for workers in plan.workers]
    channels: list[Channel[Any]] = [
        Channel(size, writers) for size, writers in zip(plan.queues, plan.workers, strict=False)
    ]
    errors: list[BaseException] = []

    def halt(error: BaseException) -> None:
        errors.append(error)
        for one in channels:
            one.stop()
        stop()

    def work(stage: int, get: Callable[[], Any], put: Callable[[Any], None]) -> None:
        try:
            while True:
                before = time.perf_counter()
                try:
                    item = get()
                except Closed:
                    break
                start, cpu = time.perf_counter(), time.thread_time()
                result = works[stage](item)
                end, cpu = time.perf_counter(), time.thread_time() - cpu
                put(result)
                spent[stage].add(end - start, cpu, start - before, time.perf_counter() - end)
        except Stopped:
            pass
        except BaseException as error:
            halt(error)
        finally:
            if stage < len(channels):
                channels[stage].done()

    gets = [Source(items).get, channels[0].get, channels[1].get]
    puts = [channels[0].put, channels[1].put, lambda _: None]
    threads = [
        threading.Thread(target=work, args=(stage, gets[stage], puts[stage]), daemon=True)
        for stage in range(3)
        for _ in range(plan.workers[stage])
    ]
    try:
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    except BaseException as error:  # a signal while this thread waits
        halt(error)
        for one in threads:
            if one.ident is not None:
                one.join()
    if errors:
        raise errors[0]
    return spent
