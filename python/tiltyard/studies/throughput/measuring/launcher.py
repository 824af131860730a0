"""Process that starts one command, measures its whole tree, and ends what is left of it.

It stands between a study and the command, and imports little: the kernel's highest memory of a
process includes what it had before it became the command, here some 11 MB. It adopts orphans, so
that it waits for every process of the tree that nobody else has waited for.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import Any, NoReturn

from tiltyard.engine.work.tree import (
    TRACKER,
    adopt_orphans,
    command_of,
    descendants,
    end,
    end_all_below,
    go_first,
    reap,
)
from tiltyard.studies.throughput.measuring.group import Group
from tiltyard.studies.throughput.measuring.marks import Marks, own_seconds
from tiltyard.studies.throughput.measuring.tree_meter import TreeMeter, words

#: Numbers that a study may ignore or catch; a command starts with their default actions.
RESET = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Time between two samples [s].
SAMPLE_SECONDS = 0.05
#: The first sample comes sooner: a short launch has one too.
FIRST_SECONDS = 0.01
#: Largest share of the time that is spent on samples.
SAMPLING_SHARE = 0.05
#: Time after the first process's end in which others may end by themselves [s].
LINGER_SECONDS = 0.1
#: The same where only Python's trackers of shared memory are left [s].
TRACKER_SECONDS = 0.5
#: Flag of a process's personality: its addresses are not randomised.
NO_RANDOMISATION = 0x0040000


def launch(argument: str) -> None:
    """Run the command that comes through a socket, and answer with what it cost (JSON, a line).

    Parameters
    ----------
    argument : str
        Descriptor of the socket. The charge is a line of JSON: ``command``, ``environment``,
        ``folder``, ``directory``, ``stages`` (the file that the command marks), ``seconds``,
        ``memory_mb``. When the socket closes, all is ended.
    """
    for number in RESET:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored, it would keep ends from being seen
    adopt_orphans()
    life = socket.socket(fileno=int(argument))
    os.set_inheritable(life.fileno(), False)
    charge = _receive(life)
    report = Launching(charge, life).run()
    with suppress(OSError):
        life.sendall(json.dumps(report).encode() + b"\n")


def _receive(life: socket.socket) -> dict[str, Any]:
    text = b""
    while not text.endswith(b"\n"):
        if not (part := life.recv(2**16)):
            sys.exit(1)  # the study has ended
        text += part
    charge: dict[str, Any] = json.loads(text)
    return charge


class Launching:
    """One launch, from the start of its first process to the end of its last."""

    def __init__(self, charge: dict[str, Any], life: socket.socket) -> None:
        self._charge, self._life = charge, life
        self._group = Group.make()
        self._meter = TreeMeter(self._group)
        self._marks = Marks(charge["stages"])
        self._ended_by = ""

    def run(self) -> dict[str, Any]:
        """Start the command, wait for its end, end what outlives it, and say what it cost."""
        started = time.monotonic()
        first, floor, fault = self._start()
        self._wait(first, started)
        wall = time.monotonic() - started
        self._marks.follow(self._meter, first, [])
        first_seconds = own_seconds(first)
        _, code = os.waitpid(first, 0)
        escaped = self._end_rest()
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        report = {
            "started": started,
            "wall": wall,
            "code": os.waitstatus_to_exitcode(code),
            "fault": fault,
            "ended_by": self._ended_by,
            "user": usage.ru_utime,
            "system": usage.ru_stime,
            "first": first_seconds,
            "most_mb": usage.ru_maxrss / 1024,
            "floor_mb": floor,
            "escaped": escaped,
            **self._meter.report(),
            **self._marks.report(),
        }
        if self._group is not None:
            self._group.remove()
        return report

    def _start(self) -> tuple[int, float, str]:
        """Fork the first process, which becomes the command.

        Returns its id, the memory [MB] that it had until then, and why the command could not be
        started, else "".
        """
        reader, writer = os.pipe()
        launcher = os.getpid()
        first = os.fork()
        if first == 0:
            self._become(launcher, writer)
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as file:
            floor, _, fault = file.read().partition("\n")
        return first, float(floor or 0.0), fault.strip()

    def _become(self, launcher: int, writer: int) -> NoReturn:
        charge = self._charge
        try:
            os.setsid()
            set_parent_death_signal = 1
            library = ctypes.CDLL(None)
            library.prctl(set_parent_death_signal, signal.SIGKILL)
            if os.getppid() != launcher:
                os._exit(1)
            go_first()
            now = library.personality(0xFFFFFFFF)
            if now & NO_RANDOMISATION:
                library.personality(now & ~NO_RANDOMISATION)
            if self._group is not None:
                self._group.enter()
            for number in (*RESET, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            for descriptor, name in ((1, "stdout"), (2, "stderr")):
                path = os.path.join(charge["folder"], name)
                file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                os.dup2(file, descriptor)
            os.chdir(charge["directory"])
            floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            os.write(writer, f"{floor}\n".encode())
            os.execvpe(charge["command"][0], charge["command"], charge["environment"])
        except OSError as error:
            os.write(writer, f"\n{error.strerror}".encode())
        finally:
            os._exit(127)

    def _wait(self, first: int, started: float) -> None:
        """Sample until the first process has ended by itself, or is ended here."""
        ended = os.pidfd_open(first)
        deadline = started + self._charge["seconds"]
        look = started + FIRST_SECONDS
        while not self._ended_by:
            pause = min(look, deadline) - time.monotonic()
            watched = [self._life.fileno(), ended, *self._marks.descriptors]
            ready = select.select(watched, [], [], max(0.0, pause))[0]
            self._marks.follow(self._meter, first, ready)
            if ended in ready:
                break
            if self._life.fileno() in ready:
                self._ended_by = "study"
            elif time.monotonic() >= deadline:
                self._ended_by = "seconds"
            elif time.monotonic() >= look:
                look = self._sample(first)
        os.close(ended)
        if self._ended_by:
            _kill_all()

    def _sample(self, first: int) -> float:
        """Take a sample; the time of the next one."""
        began = time.monotonic()
        memory = self._meter.sample()
        self._marks.note(self._meter)
        _reap_orphans(first)
        if memory > self._charge["memory_mb"]:
            self._ended_by = "memory"
        now = time.monotonic()
        return max(began + SAMPLE_SECONDS, now + (now - began) / SAMPLING_SHARE)

    def _end_rest(self) -> list[str]:
        """End all that is left, and return the commands of what outlived the first process."""
        began = time.monotonic()
        while True:
            reap()
            left = [one for one in descendants(os.getpid()) if not one.ended]
            commands = [command_of(one.pid) for one in left]
            only_trackers = all(TRACKER in command for command in commands)
            waited = time.monotonic() - began
            if not left or waited > (TRACKER_SECONDS if only_trackers else LINGER_SECONDS):
                break
            time.sleep(LINGER_SECONDS / 50)
        end_all_below()
        return [] if self._ended_by or only_trackers else [words(each) for each in commands]


def _reap_orphans(first: int) -> None:
    """Reap what this process has adopted and has ended, but not the first process."""
    here = os.getpid()
    for one in descendants(here):
        if one.ended and one.parent == here and one.pid != first:
            os.waitpid(one.pid, 0)


def _kill_all() -> None:
    """Kill all descendants and wait for their ends, but reap none: their costs can be read."""
    while alive := [one for one in descendants(os.getpid()) if not one.ended]:
        end(alive)
        time.sleep(FIRST_SECONDS / 2)
