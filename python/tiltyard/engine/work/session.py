"""A session for methods that one importable function prepares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tiltyard.engine.kind import Lane
from tiltyard.engine.methods.method import Method
from tiltyard.engine.work.command_worker import CommandWorker
from tiltyard.engine.work.python_worker import PythonWorker
from tiltyard.engine.work.worker import CONTEXT, Prepare, Task, Worker


@dataclass(frozen=True)
class PlainSession:
    """Workers that run what `prepare` makes of a payload; a lane a language.

    Methods with children, `Method.command`, have a lane of their own in each language.
    """

    prepare: Prepare
    payload: Callable[[Any, Any], Any]
    preload: Sequence[str] = ()

    def lane(self, method: Method) -> Lane:
        """By language; commands come last."""
        if method.command:
            return Lane(f"{method.language} commands", place=1)
        return Lane(method.language)

    def start(self, lane: Lane, methods: Sequence[Method]) -> Worker:
        """A worker for commands, or one that forks from a process with everything imported."""
        if any(method.command for method in methods):
            return CommandWorker()
        CONTEXT.set_forkserver_preload(list(self.preload or [self.prepare.__module__]))
        return PythonWorker()

    def task(self, dataset: Any, method: Method) -> Task:
        """What evaluates `method` on `dataset`."""
        payload = self.payload(dataset, method)
        return Task(str(method), payload, self.prepare, threads=method.threads)


@contextmanager
def plain_session(
    prepare: Prepare,
    payload: Callable[[Any, Any], Any],
    preload: Sequence[str] = (),
) -> Iterator[PlainSession]:
    """A session that asks nothing of a kind but what to run.

    Parameters
    ----------
    prepare : callable
        Importable; see `Task`.
    payload : callable
        Given dataset and method, what `prepare` is given; it can be pickled.
    preload : sequence of str
        Modules that workers need, imported once for all; that of `prepare` if empty.
    """
    yield PlainSession(prepare, payload, preload)
