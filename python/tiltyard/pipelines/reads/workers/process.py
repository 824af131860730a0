"""What a worker process does: tasks that come through its pipe, one after the other."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from typing import Any, NamedTuple

from tiltyard.pipelines.reads.faults import InputError
from tiltyard.pipelines.reads.workers.handing import Handed, hand, take
from tiltyard.pipelines.reads.workers.memory import Memory

#: Functions that a worker remembers, the last ones that it was given.
REMEMBERED = 8
#: Seconds after which a worker without a task looks whether its parent is there.
_LOOK = 2.0


class NewFunction(NamedTuple):
    """A function that tasks name by its number."""

    number: int
    pickled: bytes


class NewMemory(NamedTuple):
    """A memory that tasks name by its number; its descriptor follows."""

    number: int


class Task(NamedTuple):
    """One call of a function: what it is given is in a memory, or comes in the message."""

    number: int
    function: int
    memory: int
    given: Handed | bytes


class Done(NamedTuple):
    """What became of a task; `failed` if the value is what was raised."""

    number: int
    failed: bool
    value: Handed | bytes


def work(pipe: Connection, name: str, parent: int) -> None:
    """Do what comes through the pipe, for as long as the parent is there.

    Parameters
    ----------
    pipe : Connection
    name : str
        For messages, as ``worker 1 of 2``.
    parent : int
        The process that started this one, or 0 if another process did that for it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is left to the parent
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    worker = _Worker(pipe, name)
    with suppress(EOFError, OSError):  # the parent has left
        while True:
            while not pipe.poll(_LOOK):
                if parent and os.getppid() != parent:
                    return
            worker.next()


class _Worker:
    def __init__(self, pipe: Connection, name: str) -> None:
        self._pipe = pipe
        self._name = name
        self._functions: dict[int, Callable[[Any], Any]] = {}
        self._memories: dict[int, Memory] = {}

    def next(self) -> None:
        """Take one message."""
        message = self._pipe.recv()
        if isinstance(message, NewMemory):
            self._memories[message.number] = Memory(recv_handle(self._pipe))
        elif isinstance(message, NewFunction):
            self._functions[message.number] = _loaded(message.pickled)
            self._functions.pop(message.number - REMEMBERED, None)
        else:
            self._pipe.send(self._done(message))

    def _done(self, task: Task) -> Done:
        memory = self._memories.get(task.memory)
        try:
            value = self._value(task, memory)
            self._check(memory)
        except Exception as error:
            told = "".join(traceback.format_exception(error))
            error.add_note(f"In {self._name} (process {os.getpid()}):\n{told}")
            return Done(task.number, True, _sent(error))
        return Done(task.number, False, value)

    def _value(self, task: Task, memory: Memory | None) -> Handed | bytes:
        function = self._functions[task.function]
        if memory is None:
            assert isinstance(task.given, bytes)  # what is in no memory
            return pickle.dumps(function(pickle.loads(task.given)), 5)
        assert isinstance(task.given, Handed)
        return hand(function(take(task.given, memory)), memory, task.given.behind)

    def _check(self, memory: Memory | None) -> None:
        """Refuse functions that keep what they were given: the next task is put there."""
        if memory is None or memory.let_go():
            return
        gc.collect()
        if not memory.let_go():
            raise InputError(
                "a step keeps a part of a batch, which is written over when the next one comes; "
                "keep a copy of it, as batch.contiguous(), or take worker_kind='threads'"
            )


def _loaded(pickled: bytes) -> Callable[[Any], Any]:
    """The function; one that cannot be loaded says why when it is called."""
    try:
        found: Callable[[Any], Any] = pickle.loads(pickled)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"

        def refuse(given: Any) -> Any:
            raise InputError(
                f"a worker process cannot load the steps: {reason}; define their functions in a "
                "module that can be imported, or take worker_kind='threads'"
            )

        return refuse
    return found


def _sent(error: Exception) -> bytes:
    """The error as bytes; where it cannot be had again, its words."""
    try:
        sent = pickle.dumps(error)
        pickle.loads(sent)
    except Exception:
        plain = RuntimeError(f"{type(error).__name__}: {error}")
        for note in getattr(error, "__notes__", ()):
            plain.add_note(note)
        return pickle.dumps(plain)
    return sent
