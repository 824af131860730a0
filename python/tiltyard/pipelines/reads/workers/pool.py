"""Worker processes as they are seen from where the tasks come from."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.reduction import send_handle
from typing import Any

from tiltyard.pipelines.reads.faults import InputError, WorkerDied
from tiltyard.pipelines.reads.workers.handing import Handed, hand, take
from tiltyard.pipelines.reads.workers.memory import Memory, new_file
from tiltyard.pipelines.reads.workers.process import (
    REMEMBERED,
    Done,
    NewFunction,
    NewMemory,
    Task,
    work,
)

#: Tasks that a worker has at once, so that it does not wait for the next one. Through a pipe it has
#: one: two who write more than a pipe takes would wait for each other.
_AT_ONCE = 3
#: Seconds that an ended process has to be gone.
_GONE = 10.0


class Interrupted(Exception):
    """Nobody waits for the results any more."""


class Waiting:
    """The result of a task, once it is there."""

    def __init__(self, pool: Processes, function: Callable[[Any], Any], given: Any) -> None:
        self._pool = pool
        self.function = function
        self.given = given
        self.value: Any = None
        self.error: BaseException | None = None
        self.done = False
        self.left = False

    def result(self) -> Any:
        """The value, or what was raised instead.

        Raises
        ------
        WorkerDied
            If the worker ended before.
        """
        while not self.done:
            self._pool.receive()
        if self.error is not None:
            raise self.error
        value, self.value = self.value, None  # so that its memory can be used again
        return value

    def cancel(self) -> None:
        """Forget it: its result is let go when it comes."""
        self.left, self.value = True, None

    def settle(self, value: Any = None, error: BaseException | None = None) -> None:
        """Keep the result, if anybody waits for it."""
        self.done, self.given = True, None
        if not self.left:
            self.value, self.error = value, error


class _Worker:
    """One process, its pipe, and the memory that it shares."""

    def __init__(self, number: int, of: int) -> None:
        context = multiprocessing.get_context()
        self.name = f"worker {number + 1} of {of}"
        self.pipe, its = context.Pipe()
        # Processes of a fork server have another parent.
        parent = 0 if context.get_start_method() == "forkserver" else os.getpid()
        self.process = context.Process(
            target=work,
            args=(its, self.name, parent),
            name=f"tiltyard-reads-{number + 1}",
            daemon=True,
        )
        self.process.start()
        its.close()  # before the next one starts, which would hold it open
        self.tasks: dict[int, tuple[Waiting, int]] = {}
        self.functions: set[int] = set()
        self.memories: list[Memory] = []

    def memory(self) -> int:
        """Number of a memory in which there is nothing that anybody needs."""
        taken = {number for _, number in self.tasks.values()}
        for number, memory in enumerate(self.memories):
            if number not in taken and memory.let_go():
                return number
        self.memories.append(Memory(new_file()))
        number = len(self.memories) - 1
        self.pipe.send(NewMemory(number))
        send_handle(self.pipe, self.memories[number].descriptor, self.process.pid)
        return number

    @property
    def kept(self) -> int:
        """How many of its memories have results that somebody keeps."""
        taken = {number for _, number in self.tasks.values()}
        return sum(
            number not in taken and not memory.let_go()
            for number, memory in enumerate(self.memories)
        )

    def died(self) -> WorkerDied:
        """What is said when its pipe ends."""
        self.process.join(_GONE)
        code = self.process.exitcode
        if code is not None and code < 0:
            how = f"was killed by {signal.Signals(-code).name}"
            remedy = "if memory ran out, take fewer workers or a smaller batch_size"
        else:
            how = f"ended by itself with status {code}"
            remedy = (
                "what it wrote to standard error says why; a script that starts processes has "
                "its work below if __name__ == '__main__'"
            )
        return WorkerDied(f"{self.name} (process {self.process.pid}) {how}: {remedy}")

    def close(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.join(_GONE)
        if self.process.exitcode is not None:
            self.process.close()
        self.pipe.close()
        for memory in self.memories:
            memory.close()
        self.memories = []


class Processes:
    """Worker processes; of an executor they have `submit` and `shutdown`.

    They are started as `multiprocessing` is set to start processes. All of it is used by one thread
    at a time, but for `interrupt`.

    Parameters
    ----------
    workers : int
    keep : int
        Results of a worker that may be kept in shared memory at once; further ones are copied.
    shared : bool
        Whether arrays are handed over in shared memory, in place of through pipes.
    """

    def __init__(self, workers: int, keep: int = 4, *, shared: bool = True) -> None:
        if multiprocessing.current_process().daemon:
            raise InputError(
                "this process is a worker itself, as of torch's DataLoader, and may start none; "
                "give workers=0, or worker_kind='threads'"
            )
        self._keep = keep
        self._shared = shared
        self._at_once = _AT_ONCE if shared else 1
        self._waiting: deque[Waiting] = deque()
        self._functions: deque[tuple[int, Callable[[Any], Any], bytes]] = deque(maxlen=REMEMBERED)
        self._tasks = self._numbered = 0
        self._interrupted = False
        #: Whether a worker ended before its work was done.
        self.lost = False
        self._workers: list[_Worker] = []
        self._woken, self._wake = multiprocessing.Pipe(duplex=False)
        try:
            with _without_interrupt():
                for number in range(workers):
                    self._workers.append(_Worker(number, workers))
        except BaseException:
            self.shutdown()
            raise

    def submit(self, function: Callable[[Any], Any], given: Any) -> Waiting:
        """Have a worker call a function, which can be pickled, as can what it is given."""
        waiting = Waiting(self, function, given)
        self._waiting.append(waiting)
        self._send()
        return waiting

    def _send(self) -> None:
        """Give waiting tasks to workers that have room for them."""
        while self._waiting:
            worker = min(self._workers, key=lambda one: len(one.tasks))
            if len(worker.tasks) >= self._at_once:
                return
            waiting = self._waiting.popleft()
            if waiting.left:
                continue
            try:
                self._give(worker, waiting)
            except (BrokenPipeError, ConnectionResetError):
                self._lose(worker, waiting)

    def _give(self, worker: _Worker, waiting: Waiting) -> None:
        function = self._number(worker, waiting.function)
        memory, given = -1, pickle.dumps(waiting.given, 5) if not self._shared else b""
        self._tasks += 1
        task = Task(self._tasks, function, memory, given)
        if self._shared:
            memory = worker.memory()
            handed = hand(waiting.given, worker.memories[memory])
            task = Task(self._tasks, function, memory, handed)
        waiting.given = None
        worker.tasks[self._tasks] = (waiting, memory)
        worker.pipe.send(task)

    def _number(self, worker: _Worker, function: Callable[[Any], Any]) -> int:
        """The function's number, by which this worker knows it."""
        known = next((each for each in self._functions if each[1] is function), None)
        if known is None:
            self._numbered += 1
            known = (self._numbered, function, pickled(function))
            self._functions.append(known)
        number = known[0]
        if number not in worker.functions:
            worker.pipe.send(NewFunction(number, known[2]))
            worker.functions.add(number)
            worker.functions.discard(number - REMEMBERED)
        return number

    def receive(self) -> None:
        """Wait until something comes from a worker, and keep it.

        Raises
        ------
        Interrupted
            If nobody waits for it any more.
        """
        by_pipe: dict[Any, _Worker] = {each.pipe: each for each in self._workers if each.tasks}
        ready = wait([*by_pipe, self._woken])
        if self._interrupted:
            raise Interrupted
        for pipe in ready:
            worker = by_pipe[pipe]
            try:
                done: Done = worker.pipe.recv()
            except (EOFError, OSError):
                self._lose(worker)
                continue
            waiting, number = worker.tasks.pop(done.number)
            waiting.settle(*self._value(worker, done, number))
        self._send()

    def _value(self, worker: _Worker, done: Done, number: int) -> tuple[Any, BaseException | None]:
        if done.failed:
            assert isinstance(done.value, bytes)  # errors are small
            return None, pickle.loads(done.value)
        if isinstance(done.value, Handed):
            copied = worker.kept >= self._keep
            return take(done.value, worker.memories[number], copied), None
        return pickle.loads(done.value), None

    def _lose(self, worker: _Worker, *more: Waiting) -> None:
        """A worker is gone, and so are all others: none of what follows can be given in order."""
        self.lost = True
        error = worker.died()
        lost = [each for one in self._workers for each, _ in one.tasks.values()]
        for waiting in (*lost, *more, *self._waiting):
            waiting.settle(error=error)
        self._waiting.clear()
        for one in self._workers:
            one.tasks.clear()

    @property
    def alive(self) -> bool:
        """Whether all workers are there."""
        return not self.lost and all(each.process.is_alive() for each in self._workers)

    def interrupt(self) -> None:
        """Let a thread that waits for results go on with `Interrupted`; from any thread."""
        self._interrupted = True
        self._wake.send_bytes(b"!")

    def resume(self) -> None:
        """Go on behind `interrupt`: tasks that nobody waits for are done, and let go."""
        if self._interrupted:
            self._interrupted = False
            while self._woken.poll():
                self._woken.recv_bytes()
        for worker in self._workers:
            for waiting, _ in worker.tasks.values():
                waiting.cancel()
        self._waiting.clear()

    def shutdown(self) -> None:
        """End all workers, whatever they do; results that are kept stay."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.process.kill()
        for worker in workers:
            worker.close()
        self._woken.close()
        self._wake.close()


@contextmanager
def _without_interrupt() -> Iterator[None]:
    """Ctrl-C comes behind it, and never to a process before that has said what it does then."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def pickled(function: Callable[[Any], Any]) -> bytes:
    """The function as other processes load it.

    Raises
    ------
    InputError
        If it cannot be loaded there.
    """
    try:
        return pickle.dumps(function, 5)
    except Exception as error:
        raise InputError(
            f"worker processes cannot be given the steps ({error}); define functions of a chain "
            "with def in a module, or take worker_kind='threads'"
        ) from error
