"""Session for methods that one importable function prepares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tiltyard.engine.kind import Lane
from tiltyard.engine.methods.method import Method
from tiltyard.engine.outcome import Outcome
from tiltyard.engine.work.command_worker import CommandWorker
from tiltyard.engine.work.python_worker import PythonWorker
from tiltyard.engine.work.worker import CONTEXT, Prepare, Task, Worker


@dataclass(frozen=True)
class PlainSession:
    """Session whose workers call `prepare` on a payload, with one lane for each language.

    Methods that start processes (`Method.command`) have a second lane for each language.
    """

    prepare: Prepare
    payload: Callable[[Any, Any], Any]
    preload: Sequence[str] = ()

    def begin(self, dataset: Any, methods: Sequence[Method]) -> Sequence[Method]:
        """`methods` as they are."""
        return methods

    def again(self, dataset: Any, outcomes: Mapping[Any, Outcome]) -> bool:
        """Once is enough."""
        return False

    def lane(self, method: Method) -> Lane:
        """The lane of the method's language; lanes of commands come last."""
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
        """The task that evaluates `method` on `dataset`."""
        payload = self.payload(dataset, method)
        return Task(str(method), payload, self.prepare, threads=method.threads)


@contextmanager
def plain_session(
    prepare: Prepare,
    payload: Callable[[Any, Any], Any],
    preload: Sequence[str] = (),
) -> Iterator[PlainSession]:
    """A session for kinds that only say what to run.

    Parameters
    ----------
    prepare : callable
        Importable function; see `Task`.
    payload : callable
        Called with dataset and method, it returns the argument of `prepare`, which can be
        pickled.
    preload : sequence of str
        Modules that workers need, imported once before they are forked; that of `prepare` if
        empty.
    """
    yield PlainSession(prepare, payload, preload)
