"""Process trees on Linux: listing descendants, reading their use of resources, ending them.

A process is identified by its id and the time of its start: ids are used again, and no process
outside the tree may be ended.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass

PAGE_MB = resource.getpagesize() / 2**20
LINUX = sys.platform == "linux"
TICKS = os.sysconf("SC_CLK_TCK")
#: Whether the kernel keeps lists of children; else all processes of the machine are read.
HAS_LISTS = os.path.exists("/proc/thread-self/children")
#: Part of the command of Python's own process that removes leftover shared memory.
TRACKER = b"resource_tracker import main"
#: How much rather than others the kernel ends a worker when memory runs out, of 1000: the job,
#: Snakemake and the user's other programs are worth more than one evaluation.
FIRST_TO_GO = 500
#: Longest pause between two looks at a tree that is being ended [s].
LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Process:
    """One process as ``/proc`` shows it.

    Attributes
    ----------
    pid, parent : int
    started : int
        Start, in clock ticks since the machine's; differs between processes of the same id.
    ended : bool
        Whether it has ended and waits for its parent to reap it.
    threads : int
    reaped_seconds : float
        CPU of its children that have ended [s].
    """

    pid: int
    parent: int
    started: int
    ended: bool
    threads: int
    reaped_seconds: float

    @property
    def key(self) -> tuple[int, int]:
        """Id and start, which together identify the process."""
        return (self.pid, self.started)

    def own_seconds(self) -> float:
        """User and system time of this process [s], 0 if it is gone."""
        try:
            return time.clock_gettime((~self.pid << 3) | 2)  # its CPU clock, in nanoseconds
        except OSError:
            return 0.0

    def cpu_seconds(self) -> float:
        """User and system time of this process and of its children that have ended [s]."""
        return self.own_seconds() + self.reaped_seconds


def look(pid: int) -> Process | None:
    """The process with this id, None if there is none."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    facts = text[text.rindex(b")") + 2 :].split()  # its name may hold anything
    return Process(
        pid,
        parent=int(facts[1]),
        started=int(facts[19]),
        ended=facts[0] in (b"Z", b"X"),
        threads=int(facts[17]),
        reaped_seconds=(int(facts[13]) + int(facts[14])) / TICKS,
    )


def descendants(pid: int) -> list[Process]:
    """All processes below `pid`, parents before their children; ended ones too."""
    found: list[Process] = []
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        for child in _children(parent):
            process = look(child)
            if process is not None and process.parent == parent:
                found.append(process)
                waiting.append(child)
    return found


def _children(pid: int) -> list[int]:
    return _listed_children(pid) if HAS_LISTS else _children_by_all(pid)


def _listed_children(pid: int) -> list[int]:
    found: list[int] = []
    for thread in _threads(pid):
        try:
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                found += map(int, file.read().split())
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended; its children have another parent now
    return found


def _threads(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/task")
    except (FileNotFoundError, ProcessLookupError):
        return []


def _children_by_all(pid: int) -> list[int]:
    """Ids of the children of `pid`, found among all processes of the machine."""
    everyone = [look(int(name)) for name in os.listdir("/proc") if name.isdigit()]
    return [process.pid for process in everyone if process is not None and process.parent == pid]


def resident_mb(pid: int) -> float:
    """Resident memory of a process [MB], 0 if it has ended; works on other systems too."""
    if not LINUX:
        return _resident_mb_elsewhere(pid)
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * PAGE_MB
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def _resident_mb_elsewhere(pid: int) -> float:
    import psutil  # reads three files for it on Linux, and costs a guardian its quick start

    try:
        return float(psutil.Process(pid).memory_info().rss) / 2**20
    except psutil.NoSuchProcess:
        return 0.0


def proportional(pid: int) -> dict[bytes, int]:
    """Resident memory by part [kB] where a page that n processes share counts 1/n for each.

    The parts are ``Pss:``, which is all, ``Pss_Anon:``, ``Pss_File:`` and ``Pss_Shmem:``.

    Raises
    ------
    OSError
        If the process has ended or is another user's, or the system has no such numbers.
    """
    with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
        lines = [line.split() for line in file if line.startswith(b"Pss")]
    return {line[0]: int(line[1]) for line in lines}


def proportional_mb(pid: int) -> float:
    """Resident memory [MB] where a page that n processes share counts 1/n for each.

    All resident memory if the system has no such number; 0 if the process has ended.
    """
    try:
        return proportional(pid)[b"Pss:"] / 1024
    except ProcessLookupError:
        return 0.0
    except OSError:
        pass
    return resident_mb(pid)


def command_of(pid: int) -> bytes:
    """Command line of a process, its arguments ended by NUL; empty if it has ended."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""


def marked(mark: str) -> list[Process]:
    """All processes of this user, of any tree, that started with `mark` in their environment.

    Parameters
    ----------
    mark : str
        ``NAME=value``.
    """
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        process = look(int(name))
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                is_marked = mark.encode() in file.read().split(b"\0")
        except OSError:  # ended, or another user's
            continue
        if process is not None and is_marked:
            found.append(process)
    return found


def send(process: Process, number: int) -> bool:
    """Send a POSIX signal to `process`, never to a later one with its id; whether it was sent."""
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return False
    except OSError:  # before Linux 5.3: the id might be taken between look and call
        handle = None
    try:
        now = look(process.pid)
        if now is None or now.started != process.started:
            return False
        if handle is None:
            os.kill(process.pid, number)
        else:
            signal.pidfd_send_signal(handle, number)
    except (ProcessLookupError, PermissionError):
        return False
    finally:
        if handle is not None:
            os.close(handle)
    return True


def end(processes: list[Process]) -> None:
    """Kill `processes`; all are stopped first, so that none starts another in the meantime."""
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for process in processes:
            send(process, number)


def end_all_below(spared: frozenset[tuple[int, int]] = frozenset()) -> int:
    """End every descendant of this process, which adopts orphans, and return their number.

    Descendants that are started in the meantime are ended too; it returns when none is left.

    Parameters
    ----------
    spared : set of (pid, started)
        Processes that are not ended, nor are their descendants.
    """
    ended: set[tuple[int, int]] = set()
    pause = LOOK_SECONDS / 64
    while True:
        reap()
        left = without(descendants(os.getpid()), spared)
        if not left:
            return len(ended)
        end(left)
        fresh = {one.key for one in left if not one.ended} - ended
        ended |= fresh
        if not fresh:  # all that is left is dying, and starts nothing
            time.sleep(pause)
            pause = min(2 * pause, LOOK_SECONDS)


def without(processes: list[Process], spared: frozenset[tuple[int, int]]) -> list[Process]:
    """`processes`, parents first, without the `spared` ones and their descendants."""
    kept, dropped = [], set()
    for process in processes:
        if process.key in spared or process.parent in dropped:
            dropped.add(process.pid)
        else:
            kept.append(process)
    return kept


def adopt_orphans() -> None:
    """Make this process the parent of orphans among its descendants, whose CPU then counts."""
    if LINUX:
        set_child_subreaper = 36
        ctypes.CDLL(None).prctl(set_child_subreaper, 1)


def reap() -> None:
    """Reap all children that have ended; from then on the kernel counts their CPU."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def wait_for_orphans() -> None:
    """Wait until this process has no children."""
    try:
        while True:
            os.wait()
    except ChildProcessError:
        return


def go_first() -> None:
    """Let the kernel end this process, and what it starts, before others when memory runs out."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write(str(FIRST_TO_GO))
