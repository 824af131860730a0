"""Guardian: a process between a job and one worker, which ends all of the worker with the job.

The worker and all that it starts are descendants of the guardian, which adopts orphans among them.
It ends them and removes the worker's folder when the job tells it to, when the job has ended in any
way, and when the worker has ended. It imports little, as every such worker starts one.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import shutil
import signal
import stat
import time
from contextlib import suppress

from tiltyard.engine.work.tree import (
    TRACKER,
    adopt_orphans,
    command_of,
    descendants,
    end_all_below,
    go_first,
    reap,
)

#: Longest time between two looks whether job and worker live [s].
LOOK_SECONDS = 0.25
#: Numbers that a job may ignore or catch; a worker starts with their default actions.
RESET = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

#: Longest time for Python's trackers to remove shared memory of ended processes [s].
TRACKERS_SECONDS = 0.5


def guard(argument: str) -> None:
    """Start the worker, wait for the end of worker or job, and end all that is left.

    Parameters
    ----------
    argument : str
        JSON object: ``job``, the job's process id; ``life``, the descriptor of a socket that
        closes with the job, and over which the worker's exit ``code`` is reported (JSON; null if
        it did not end by itself); ``hand_on``, a descriptor for the worker; ``scratch``, the
        folder to make and to remove; ``command``, that of the worker.
    """
    charge = json.loads(argument)
    life, scratch = charge["life"], charge["scratch"]
    for number in RESET:  # it ends after its job, even if the whole group is told to end
        signal.signal(number, signal.SIG_IGN)
    # If it were ignored, ends of children would not be reported.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.set_inheritable(life, False)
    adopt_orphans()
    os.makedirs(scratch, 0o700)
    worker = _start(charge["command"], scratch)
    os.close(charge["hand_on"])
    code = _wait_for_end(worker, life, charge["job"])
    _end_all(worker)
    remove_folder(scratch)
    with suppress(OSError):
        os.write(life, json.dumps({"code": code}).encode())


def _end_all(worker: int) -> None:
    below = descendants(os.getpid())
    trackers = frozenset(one.key for one in below if TRACKER in command_of(one.pid))
    if not trackers:
        with suppress(OSError):  # the worker is not reaped yet: the id is still its group's
            os.killpg(worker, signal.SIGKILL)
    end_all_below(trackers)
    deadline = time.monotonic() + TRACKERS_SECONDS
    while descendants(os.getpid()) and time.monotonic() < deadline:
        time.sleep(TRACKERS_SECONDS / 50)
        reap()
    end_all_below()


def _start(command: list[str], scratch: str) -> int:
    """Start the worker as leader of a session that adopts orphans; it dies with its guardian."""
    guardian = os.getpid()
    worker = os.fork()
    if worker:
        return worker
    try:
        go_first()
        os.setsid()
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
        if os.getppid() != guardian:
            os._exit(1)
        adopt_orphans()
        for number in (*RESET, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.chdir(scratch)
        os.execv(command[0], command)
    finally:
        os._exit(127)


def _wait_for_end(worker: int, life: int, job: int) -> int | None:
    """Wait for the end of job or worker.

    Returns the exit code of the worker, minus the number of a POSIX signal that ended it; None
    if the job ended first.
    """
    watched: list[int] = [life]
    with suppress(OSError):  # before Linux 5.3 `LOOK_SECONDS` suffices
        watched.append(os.pidfd_open(worker))
    while True:
        readable = select.select(watched, [], [], LOOK_SECONDS)[0]
        ended = os.waitid(os.P_PID, worker, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is not None:
            return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
        if life in readable or os.getppid() != job:
            return None


def remove_folder(folder: str) -> None:
    """Remove a folder with all its content, even if that is not writable."""
    shutil.rmtree(folder, ignore_errors=True)
    if os.path.isdir(folder):
        for path, names, _ in os.walk(folder):
            for inner in (os.path.join(path, name) for name in names):
                if not os.path.islink(inner):
                    os.chmod(inner, stat.S_IRWXU)
        shutil.rmtree(folder, ignore_errors=True)
