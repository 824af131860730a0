"""Workers with one model each, of which one that dies costs the file it had, and hangs nothing."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from tiltyard.pipelines.sequences.faults import WorkFailed

Progress = Callable[[int], None]
#: Does one task, and says how far it is; what it returns goes back.
Work = Callable[[Any, Progress], Any]


@dataclass(frozen=True)
class Failure:
    """A task that failed: the kind of error, and its message."""

    error: str
    message: str


@dataclass
class _Worker:
    process: Any
    connection: Connection
    queue: deque[int]
    task: int | None = None
    loaded: bool = False


def run(
    load: Callable[[], Work],
    tasks: Sequence[Any],
    queues: Sequence[deque[int]],
    progress: Progress = lambda count: None,
    told: Callable[[int, Any], None] = lambda place, result: None,
) -> tuple[dict[int, Any], int]:
    """Do all tasks in as many processes as there are queues.

    Parameters
    ----------
    load : callable
        Called once in each worker; can be pickled, as the tasks can.
    tasks : sequence
    queues : sequence of deque of int
        Places of the tasks that each worker takes; workers may share one.
    progress : callable
        Told what the workers say of how far they are.
    told : callable
        Told each result when it comes.

    Returns
    -------
    results : dict
        Place of a task -> what the work returned, or a `Failure`.
    loads : int
        How often the model was loaded.

    Raises
    ------
    WorkFailed
        If a worker cannot load its model.
    """
    results: dict[int, Any] = {}
    loads = 0
    workers = [_started(load, queue) for queue in queues if queue]
    try:
        while workers:
            ready = wait([end for one in workers for end in (one.connection, one.process.sentinel)])
            for worker in list(workers):
                if worker.connection in ready or worker.process.sentinel in ready:
                    alive, newly = _heard(worker, tasks, results, progress, told)
                    loads += newly
                    if not alive:
                        workers.remove(worker)
                        worker.connection.close()
                        worker.process.join()
                        if worker.queue and not _ended(worker):
                            workers.append(_started(load, worker.queue))
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.join()
    return results, loads


def _started(load: Callable[[], Work], queue: deque[int]) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(load, theirs), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours, queue)


def _ended(worker: _Worker) -> bool:
    """Whether it ended because there was nothing left for it."""
    return worker.task is None and worker.process.exitcode == 0


def _heard(
    worker: _Worker,
    tasks: Sequence[Any],
    results: dict[int, Any],
    progress: Progress,
    told: Callable[[int, Any], None],
) -> tuple[bool, int]:
    """Take what a worker says; returns whether it lives, and whether it has just loaded."""
    newly = 0
    try:
        while worker.connection.poll():
            kind, content = worker.connection.recv()
            if kind == "progress":
                progress(content)
                continue
            if kind == "refused":
                raise WorkFailed(content)
            if kind == "loaded":
                worker.loaded, newly = True, 1
            else:
                assert worker.task is not None
                results[worker.task] = content
                told(worker.task, content)
            worker.task = None
            if not worker.queue:
                worker.connection.send(None)
                return False, newly
            worker.connection.send(tasks[worker.queue[0]])  # of one that has died it stays there
            worker.task = worker.queue.popleft()
        if worker.process.is_alive():
            return True, newly
    except (EOFError, ConnectionError, BrokenPipeError):
        pass
    worker.process.join()
    reason = _reason(worker.process.exitcode)
    if not worker.loaded:
        raise WorkFailed(f"a worker {reason} while it loaded its model; is there memory enough?")
    if worker.task is not None:
        results[worker.task] = Failure("WorkerDied", f"its worker {reason}")
        told(worker.task, results[worker.task])
    return False, newly


def _reason(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with status {code}"


def _serve(load: Callable[[], Work], connection: Connection) -> None:
    """A worker's life: load, then one task after another until there is none."""
    from tiltyard.engine.machine.interpreter import end_with_parent

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    end_with_parent()
    try:
        work = load()
    except Exception as error:
        connection.send(("refused", f"{error}"))
        sys.exit(1)
    connection.send(("loaded", None))
    while (task := connection.recv()) is not None:
        try:
            result = work(task, lambda count: connection.send(("progress", count)))
        except Exception as error:
            result = Failure(type(error).__name__, str(error))
        connection.send(("done", result))
