"""Cost of a call and of all that it starts, measured in its worker and sampled from outside."""

from __future__ import annotations

import os
import resource
import time

from tiltyard.engine.work.tree import (
    TRACKER,
    command_of,
    descendants,
    end_all_below,
    look,
    proportional_mb,
    reap,
    resident_mb,
    without,
)
from tiltyard.engine.work.usage import own_peaks, reset_peak_memory

#: Time after the call in which processes that it started may end by themselves [s].
LINGER_SECONDS = 0.05
#: Commands of Python's own helpers, which outlive a call and end with the worker.
HELPERS = (TRACKER, b"forkserver import main")
#: Largest share of the time that is spent on adding up shared pages, which is slow.
LOOKING_SHARE = 0.05


class CallMeter:
    """Meter of a call in this process, which has to adopt orphans.

    CPU seconds are those of this process and of all processes that the call started: those that
    ended in time, orphans, and those that are ended here because they outlived the call.

    Attributes
    ----------
    cpu_seconds, wall_seconds : float
    children_seconds : float
        CPU of all but this process; a part of `cpu_seconds`. Children of a process that ignores
        SIGCHLD are missing: `Sampler` sees some of their CPU.
    peak_memory : float
        Highest resident memory of any one process of the tree [MB].
    peak_processes, peak_threads : int
        Lower bounds of the most processes, and the most threads, at once.
    escaped : int
        Number of processes that outlived the call.
    """

    def __init__(self) -> None:
        self._before = frozenset(one.key for one in descendants(os.getpid()))
        reset_peak_memory()
        self._children_peak = _children_usage().ru_maxrss
        self._others = _others_seconds()
        self._wall, self._own = time.perf_counter(), time.process_time()

    def stop(self) -> None:
        """Note the costs of the call, and end the processes that outlived it."""
        self.wall_seconds = time.perf_counter() - self._wall
        own = time.process_time() - self._own
        self.peak_memory, threads = own_peaks()
        here = os.getpid()
        self.escaped = end_all_below(self._let_end(here))
        self.children_seconds = _others_seconds() - self._others
        self.cpu_seconds = own + self.children_seconds
        had_children = self.children_seconds > 0
        self.peak_processes = 1 + max(self.escaped, int(had_children))
        self.peak_threads = (threads or 1) + self.peak_processes - 1
        children_peak = _children_usage().ru_maxrss
        if children_peak > self._children_peak:  # else it was one before the call
            self.peak_memory = max(self.peak_memory, children_peak / 1024)

    def _let_end(self, here: int) -> frozenset[tuple[int, int]]:
        """Wait up to `LINGER_SECONDS` for what the call started to end; return what may stay."""
        deadline = time.monotonic() + LINGER_SECONDS
        while True:
            reap()
            spared = self._before | _helpers(here)  # one that has just begun has no name yet
            if not without(descendants(here), spared) or time.monotonic() > deadline:
                return spared
            time.sleep(LINGER_SECONDS / 20)


def _children_usage() -> resource.struct_rusage:
    return resource.getrusage(resource.RUSAGE_CHILDREN)


def _others_seconds() -> float:
    """CPU of all descendants of this process [s], those that were reaped and those that live."""
    reap()
    living = sum(one.cpu_seconds() for one in descendants(os.getpid()))
    usage = _children_usage()
    return usage.ru_utime + usage.ru_stime + living


def _helpers(here: int) -> frozenset[tuple[int, int]]:
    return frozenset(
        one.key
        for one in descendants(here)
        if one.parent == here and any(name in command_of(one.pid) for name in HELPERS)
    )


class Sampler:
    """Sampler of a process and its descendants from outside; it keeps the peaks.

    Attributes
    ----------
    peak_memory : float
        Highest memory of the tree [MB]: resident memory of one process; of several, the sum in
        which a page that n processes share counts 1/n for each.
    peak_processes, peak_threads : int
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._memory = 0.0
        self._look_again = 0.0
        self.restart()

    def restart(self) -> None:
        """Reset the peaks, and count CPU from now on."""
        self.peak_memory, self.peak_processes, self.peak_threads = 0.0, 0, 0
        self._before = {one.key: one.own_seconds() for one in descendants(self._pid)}
        self._used = dict(self._before)

    @property
    def children_seconds(self) -> float:
        """CPU that samples saw descendants use [s]: a lower bound."""
        return sum(self._used.values()) - sum(self._before.values())

    def sample(self, keep: bool) -> float:
        """Memory of the tree now [MB], 0 if it has ended; `keep` counts it for the peaks."""
        below = descendants(self._pid)
        alive = [one for one in (look(self._pid), *below) if one is not None and not one.ended]
        self._memory = self._memory_of([one.pid for one in alive])
        if keep:
            for one in below:
                self._used[one.key] = max(self._used.get(one.key, 0.0), one.own_seconds())
            self.peak_memory = max(self.peak_memory, self._memory)
            self.peak_processes = max(self.peak_processes, len(alive))
            self.peak_threads = max(self.peak_threads, sum(one.threads for one in alive))
        return self._memory

    def _memory_of(self, pids: list[int]) -> float:
        most = sum(map(resident_mb, pids))
        if len(pids) < 2 or most <= self.peak_memory:  # with shared pages counted once it is less
            return most
        began = time.monotonic()
        if began < self._look_again:
            return self._memory
        memory = sum(map(proportional_mb, pids))
        now = time.monotonic()
        self._look_again = now + (now - began) / LOOKING_SHARE
        return memory
