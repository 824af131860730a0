"""The room that there is for work: cores and memory that this process may use, and by whose word.

It is the least of what the machine has, the affinity mask (which a cpuset sets too), the control
groups and the batch system leave. Of the machine's own numbers a container sees the host's.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

import psutil

from tiltyard.engine.machine.allocation import allotted_cores, allotted_memory
from tiltyard.engine.machine.groups import memory_limits, quotas


@dataclass(frozen=True)
class Room:
    """Cores and memory that this process and all that it starts may use.

    Attributes
    ----------
    speed : float
        Cores' worth of CPU time, above 0; 0.5 with a quota of half a core.
    cores_by : str
        What sets `speed`, in words: ``SLURM_CPUS_PER_TASK=4``.
    memory_mb : float
        Memory that is free [MB].
    most_memory_mb : float
        Memory that there would be if nothing else used any [MB].
    memory_by : str
        Of what `memory_mb` is the free part, in words: ``of this machine's 24.1 GB``.
    """

    speed: float
    cores_by: str
    memory_mb: float
    most_memory_mb: float
    memory_by: str

    @property
    def cores(self) -> int:
        """Whole cores, at least 1."""
        return max(1, math.floor(self.speed))


def available_room() -> Room:
    """The room that there is now."""
    speed, cores_by = min(_cores())
    memory = _memory()
    free, _, memory_by = min(memory)
    return Room(speed, cores_by, free, min(most for _, most, _ in memory), memory_by)


def counted_cores() -> int:
    """Cores of the affinity mask: all that a program can use that knows of no quota."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _cores() -> list[tuple[float, str]]:
    return [
        (float(counted_cores()), "the affinity mask"),
        *((one.amount, f"the control group's {one.source}") for one in quotas()),
        *((one.amount, f"the batch system's {one.source}") for one in allotted_cores()),
    ]


def _memory() -> list[tuple[float, float, str]]:
    """Free memory, memory in all [MB], and whose it is."""
    machine = psutil.virtual_memory()
    most = machine.total / 1e6
    found = [(machine.available / 1e6, most, f"of this machine's {most / 1e3:.1f} GB")]
    for limit in memory_limits():
        whose = f"of the control group's {limit.amount / 1e3:.1f} GB ({limit.source})"
        found.append((limit.free, limit.amount, whose))
    own = psutil.Process().memory_info().rss / 1e6
    for share in allotted_memory():
        whose = f"of the batch system's {share.amount / 1e3:.1f} GB ({share.source})"
        found.append((max(0.0, share.amount - own), share.amount, whose))
    return found


def gigabytes(megabytes: float) -> str:
    """Free memory [MB] in words, rounded down, so that what fits does so in print too."""
    return f"{math.floor(megabytes / 100) / 10:.1f} GB"
