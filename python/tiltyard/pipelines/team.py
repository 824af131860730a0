"""Worker processes, and their end in every case."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

#: Seconds that a killed process has to be gone.
_GONE = 10.0


class WorkerDied(RuntimeError):
    """A worker process ended before its work was done."""


class Team:
    """Processes that each call a function of their own on what they are sent.

    Each has a pipe to itself. The pools of `concurrent.futures` and of loky share one for all
    results: where a process is killed while it writes there, the reader waits for the rest for
    ever, for others hold the pipe open. The end of a pipe of one's own is seen at once.

    Parameters
    ----------
    count : int
    make : callable
        Called once in each process with `given`; returns the function. Both are found by their
        module and name.
    given : tuple
    context : context of `multiprocessing` or None
        What starts them; None starts them anew, not forked, for a process with threads at work.
    remedy : str
        What is said to who meets the end of one, behind what happened.
    """

    def __init__(
        self,
        count: int,
        make: Callable[..., Any],
        *given: Any,
        context: Any = None,
        remedy: str = "run again with fewer workers, or with --backend threads",
    ) -> None:
        context = context or multiprocessing.get_context("spawn")
        self._remedy = remedy
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        self._processes: list[Any] = []
        try:
            for _ in range(count):
                own, its = context.Pipe()
                process = context.Process(
                    target=_work, args=(its, make, given, os.getpid()), daemon=True
                )
                self._processes.append(process)
                process.start()
                its.close()  # before the next one starts, which would hold it open
                self._idle.put(own)
        except BaseException:
            self.kill()
            raise

    def ask(self, item: Any) -> Any:
        """What a process that has nothing to do makes of `item`; waits for one.

        Raises
        ------
        WorkerDied
            If that process ends before it has answered.
        """
        pipe = self._idle.get()
        try:
            pipe.send(item)
            found = pipe.recv()
        except (EOFError, OSError) as error:
            raise WorkerDied(
                "a worker process ended before its work was done: it was killed, perhaps because "
                f"memory ran out; {self._remedy}"
            ) from error
        finally:
            self._idle.put(pipe)
        if isinstance(found, BaseException):
            raise found
        return found

    def kill(self) -> None:
        """End all of them: their answers are here, or nobody waits for them any more."""
        for process in self._processes:
            if process.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
                process.join(_GONE)

    def __enter__(self) -> Team:
        return self

    def __exit__(self, *_: Any) -> None:
        self.kill()


def _work(pipe: Connection, make: Callable[..., Any], given: tuple[Any, ...], parent: int) -> None:
    """Answer what comes through the pipe, for as long as the parent is there."""
    from tiltyard.engine.machine.interpreter import end_with_parent

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is left to the parent
    end_with_parent()
    if os.getppid() != parent:
        return
    import traceback

    answer: Any = None
    while True:
        try:
            item = pipe.recv()
        except EOFError:
            return
        try:
            answer = make(*given) if answer is None else answer
            found: Any = answer(item)
        except Exception as error:
            error.add_note(f"In a worker process:\n{traceback.format_exc()}")
            found = error
        pipe.send(found)
