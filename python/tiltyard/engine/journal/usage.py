"""CPU time of a process tree and of the machine's cores: counters that only grow."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

#: Counters of every core, on Linux; other systems have no such file.
STAT = Path("/proc/stat")


@dataclass(frozen=True)
class CoreTimes:
    """Use of some cores of a machine since it was started.

    Attributes
    ----------
    cores : str
        Numbers of the cores, as ``0,1``: those that this process may use.
    busy, steal, idle : float
        Core seconds that ran programs of any user, that the hypervisor gave to another machine
        while a program waited for them, and that no program asked for.
    """

    cores: str
    busy: float
    steal: float
    idle: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any] | None) -> CoreTimes | None:
        """The inverse of `to_dict`; None stays None: a machine without such counters."""
        return None if facts is None else cls(**facts)


@dataclass(frozen=True)
class Sample:
    """Counters at one moment.

    Attributes
    ----------
    time : float
        UTC seconds since 1970.
    cpu : float
        CPU seconds of a process and all that it started, see `cpu_of_tree`.
    machine : CoreTimes or None
        Use of the cores that it may use; None on a machine without such counters.
    """

    time: float
    cpu: float
    machine: CoreTimes | None


def core_times() -> CoreTimes | None:
    """The counters of the cores that this process may use; None without a usable `STAT`."""
    try:
        lines = STAT.read_text(encoding="ascii").splitlines()
        own = os.sched_getaffinity(0)
    except (OSError, AttributeError):
        return None
    busy = steal = idle = 0.0
    found = []
    for line in lines:
        name, *ticks = line.split()
        number = name.removeprefix("cpu")
        if number == name or not number.isdecimal() or int(number) not in own:
            continue
        # Guests' time, which comes last, is in the users' already; waiting for a disk is idle.
        user, nice, system, nothing, disk, interrupt, soft, stolen = map(int, ticks[:8])
        found.append(number)
        busy += user + nice + system + interrupt + soft
        steal += stolen
        idle += nothing + disk
    if busy + steal + idle == 0:  # some sandboxes have the file and count nothing
        return None
    second = os.sysconf("SC_CLK_TCK")
    return CoreTimes(",".join(found), busy / second, steal / second, idle / second)


def cpu_of_tree() -> float:
    """CPU seconds so far of this process and of all that it started, ended ones included."""
    own = psutil.Process()
    total = 0.0
    for process in (own, *own.children(recursive=True)):
        # A process that ends in between is counted by its parent, as soon as that one notices.
        with suppress(psutil.Error):
            total += sum(process.cpu_times()[:4])
    return round(total, 3)
