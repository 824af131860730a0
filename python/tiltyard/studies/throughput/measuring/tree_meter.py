"""CPU, memory, processes and threads of a tree below this process, sampled from outside."""

from __future__ import annotations

import os
import resource
from typing import Any

from tiltyard.engine.work.tree import Process, command_of, descendants, proportional, resident_mb
from tiltyard.studies.throughput.measuring.group import Group

#: Parts of the memory: all, its anonymous part, that of files, and memory shared by name.
PARTS = (b"Pss:", b"Pss_Anon:", b"Pss_File:", b"Pss_Shmem:")


class TreeMeter:
    """Meter of the processes below this one, which adopts orphans among them.

    Parameters
    ----------
    group : Group or None
        Control group that they are in.
    """

    def __init__(self, group: Group | None) -> None:
        self._group = group
        self._by_group = (
            not os.path.exists("/proc/self/smaps_rollup")
            and group is not None
            and group.peak_mb() is not None
        )
        self._most = 0.0
        self._peak = (0.0, 0.0, 0.0)
        self._samples = self._processes = self._threads = 0
        self._used: dict[tuple[int, int], float] = {}
        self._outside: dict[tuple[int, int], str] = {}
        self._unshared = False

    def cpu_seconds(self) -> float:
        """User and system CPU of the tree so far [s], those of its ended processes included."""
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        living = sum(one.cpu_seconds() for one in descendants(os.getpid()))
        # It never falls: what a parent has reaped is told in hundredths, and later than the end.
        self._most = max(self._most, usage.ru_utime + usage.ru_stime + living)
        return self._most

    def sample(self) -> float:
        """Take a sample; memory of the tree now [MB]."""
        alive = [one for one in descendants(os.getpid()) if not one.ended]
        memory = self._memory(alive)
        self._samples += bool(alive)
        self._peak = max(self._peak, memory)
        self._processes = max(self._processes, len(alive))
        self._threads = max(self._threads, sum(one.threads for one in alive))
        for one in alive:
            self._used[one.key] = max(self._used.get(one.key, 0.0), one.own_seconds())
        self._find_outsiders(alive)
        return memory[0]

    def _memory(self, alive: list[Process]) -> tuple[float, float, float]:
        """Memory now, its anonymous part and that of files [MB]."""
        if self._by_group and self._group is not None:
            return self._group.memory_mb()
        sums = [0.0, 0.0, 0.0]
        for one in alive:
            for index, value in enumerate(self._proportional(one.pid)):
                sums[index] += value
        return sums[0], sums[1], sums[2]

    def _proportional(self, pid: int) -> tuple[float, float, float]:
        try:
            parts = proportional(pid)
        except OSError:  # it has ended; or it is another user's, or the kernel has no such file
            resident = resident_mb(pid)
            self._unshared |= resident > 0.0
            unknown = float("nan") if resident else 0.0
            return resident, unknown, unknown
        memory, anonymous, file_, named = (parts.get(part, 0) / 1024 for part in PARTS)
        return memory, anonymous + named, file_

    def _find_outsiders(self, alive: list[Process]) -> None:
        if self._group is None:
            return
        inside = self._group.pids()
        for one in alive:
            if one.pid not in inside and one.key not in self._outside and _lives(one):
                self._outside[one.key] = words(command_of(one.pid))

    def report(self) -> dict[str, Any]:
        """What was seen, once all processes have ended, in plain values."""
        read, written = _bytes_of_ended()
        group = self._group
        peak = group.peak_mb() if self._by_group and group is not None else None
        return {
            "memory_source": "cgroup" if self._by_group else "pss",
            "samples": self._samples,
            "peak": [peak or self._peak[0], *self._peak[1:]],
            "unshared": self._unshared,
            "processes": self._processes,
            "threads": self._threads,
            "seen": sum(self._used.values()),
            "outside": list(self._outside.values()),
            "group": None if group is None else group.usage(),
            "read": read,
            "written": written,
        }


def _lives(process: Process) -> bool:
    """Whether it still lives: one that ended meanwhile is in no group's list."""
    return os.path.exists(f"/proc/{process.pid}/exe") and bool(command_of(process.pid))


def words(command: bytes) -> str:
    """A command line in words, short."""
    text = command.replace(b"\0", b" ").decode(errors="replace").strip()
    return (text[:57] + "...") if len(text) > 60 else text or "a process without a command"


def _bytes_of_ended() -> tuple[int, int]:
    """Bytes that all ended and reaped descendants have read and written by system calls.

    The kernel adds those of a process to its parent's when that waits for it. The file of the
    process has both; that of its only thread has what it did itself. What was read through a map
    of a file is in neither, nor what children of a process that ignores SIGCHLD did.
    """
    everything = _io("/proc/self/io")
    own = _io("/proc/thread-self/io")
    size = everything["size"]  # reading the first file counts in the second
    return everything["rchar"] - own["rchar"] + size, everything["wchar"] - own["wchar"]


def _io(path: str) -> dict[str, int]:
    with open(path, "rb", buffering=0) as file:
        text = file.read(4096) or b""
    pairs = (line.split(b":") for line in text.splitlines())
    return {name.decode(): int(value) for name, value in pairs} | {"size": len(text)}
