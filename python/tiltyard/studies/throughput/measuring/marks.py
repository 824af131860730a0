"""The file to which a command adds the beginnings of its stages, followed while it runs."""

from __future__ import annotations

import ctypes
import json
import os
import time
from typing import Any

from tiltyard.engine.work.tree import look
from tiltyard.studies.throughput.measuring.tree_meter import TreeMeter

#: Least time between two looks at the tree for the sake of marks [s].
LOOK_SECONDS = 0.002
IN_MODIFY, IN_NONBLOCK, IN_CLOEXEC = 0x2, os.O_NONBLOCK, os.O_CLOEXEC


class Marks:
    """Marks of the process that marked first; those of others are not stages of the launch.

    A mark has the CPU of its own process. That of all others is read when the mark is seen, a
    moment later, and at the sample before: a `point` is a time and the others' CPU so far.

    Parameters
    ----------
    path : str
        File that is made here.
    """

    def __init__(self, path: str) -> None:
        self._file = open(path, "a+b", buffering=0)  # noqa: SIM115  open as long as the launch
        self._rest = b""
        self._marks: list[dict[str, Any]] = []
        self._points: list[tuple[float, float]] = []
        self._before: tuple[float, float] | None = None
        self._faulty = 0
        self._marker = 0
        self._life: int | None = None
        self._ended: tuple[float, float] | None = None
        self._notices = _notices_of(path)

    @property
    def descriptors(self) -> list[int]:
        """Descriptors that can be read when there are new marks or the marker has ended."""
        life = [] if self._life is None else [self._life]
        return [*([] if self._notices is None else [self._notices]), *life]

    def follow(self, meter: TreeMeter, first: int, ready: list[int]) -> None:
        """Read new marks, and note what the tree has used so far; `first` is the first process."""
        if self._notices in ready:
            os.read(self._notices, 2**16)
        if self._read():
            self.note(meter, marked=True)
            if self._life is None and self._marker != first and self._ended is None:
                self._watch_marker(meter)
        if self._life is not None and self._life in ready:
            self._note_end(meter)

    def note(self, meter: TreeMeter, marked: bool = False) -> None:
        """Note the CPU of all but the marker, if it lives."""
        if self._ended is not None:
            return
        now = time.monotonic()
        recent = self._points[-1][0] if self._points else 0.0
        if marked and now - recent < LOOK_SECONDS:
            return
        total = meter.cpu_seconds()
        marker = look(self._marker) if self._marker else None
        if marker is None:
            return
        point = (now, total - marker.own_seconds())
        if marked:
            self._points += [point] if self._before is None else [self._before, point]
            self._before = None
        else:
            self._before = point

    def _read(self) -> bool:
        """Read new lines; whether there was a mark among them."""
        lines = (self._rest + (self._file.read() or b"")).split(b"\n")
        self._rest = lines.pop()
        known = len(self._marks)
        for line in lines:
            try:
                mark = _mark_of(json.loads(line))
            except (ValueError, TypeError, KeyError):
                self._faulty += 1
                continue
            self._marker = self._marker or mark["pid"]
            if mark["pid"] == self._marker:
                self._marks.append(mark)
        return len(self._marks) > known

    def _watch_marker(self, meter: TreeMeter) -> None:
        try:
            self._life = os.pidfd_open(self._marker)
        except OSError:
            self._note_end(meter)

    def _note_end(self, meter: TreeMeter) -> None:
        self._ended = (time.monotonic(), meter.cpu_seconds())
        if self._life is not None:
            os.close(self._life)
            self._life = None

    def report(self) -> dict[str, Any]:
        """Marks, points, and when the marker ended if it is not the first process."""
        return {
            "marks": self._marks,
            "points": self._points,
            "marker_ended": self._ended,
            "faulty_marks": self._faulty,
        }


def _mark_of(line: dict[str, Any]) -> dict[str, Any]:
    """What a line of the file says: the marker's own CPU, or, told afterwards, that of the tree."""
    cpu = ("cpu_seconds",) if "cpu_seconds" in line else ("cpu_user", "cpu_system")
    return {key: line[key] for key in ("stage", "clock", "pid", *cpu)}


def own_seconds(pid: int) -> float:
    """CPU of a process [s], 0 if it is gone."""
    process = look(pid)
    return 0.0 if process is None else process.own_seconds()


def _notices_of(path: str) -> int | None:
    """Descriptor that can be read when the file grows; None where the kernel cannot tell."""
    library = ctypes.CDLL(None)
    descriptor: int = library.inotify_init1(IN_NONBLOCK | IN_CLOEXEC)
    if descriptor < 0:
        return None
    if library.inotify_add_watch(descriptor, os.fsencode(path), IN_MODIFY) < 0:
        os.close(descriptor)
        return None
    return descriptor
