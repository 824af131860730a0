"""What is known of one launch: a process tree that ran one strategy once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tiltyard.engine.outcome import Status


@dataclass(frozen=True)
class Stage:
    """A part of a launch: its name, wall seconds, and CPU seconds of the whole tree."""

    name: str
    wall_seconds: float
    cpu_seconds: float


@dataclass(frozen=True, kw_only=True)
class Launch:
    """Costs of one launch.

    Parameters
    ----------
    status : Status
    message : str
        Reason of the status; "" for ``ok``.
    wall_seconds : float
        From the start of its first process to the end of that process.
    cpu_user, cpu_system : float
        Of the whole tree [s].
    cpu_children : float
        Of all processes but the first [s]; part of the two above.
    peak_memory_mb, anonymous_mb, file_mb : float
        Highest memory of the tree, with shared pages counted once, and its two parts then.
    memory_source : str
        ``pss`` or ``cgroup``.
    memory_samples : int
    processes, threads : int
        Most that were seen at once.
    bytes_read, bytes_written : int
        By system calls of the whole tree.
    stages : sequence of Stage
        They add up to `wall_seconds`: what is between them is a stage of its own.
    alarms : sequence of str
        What a reader has to know, such as processes that outlived it, or more threads than it says.
    """

    status: Status
    message: str = ""
    wall_seconds: float = float("nan")
    cpu_user: float = float("nan")
    cpu_system: float = float("nan")
    cpu_children: float = float("nan")
    peak_memory_mb: float = float("nan")
    anonymous_mb: float = float("nan")
    file_mb: float = float("nan")
    memory_source: str = ""
    memory_samples: int = 0
    processes: int = 0
    threads: int = 0
    bytes_read: int = 0
    bytes_written: int = 0
    stages: Sequence[Stage] = ()
    alarms: Sequence[str] = ()

    @property
    def cpu_seconds(self) -> float:
        """User and system CPU of the whole tree [s]."""
        return self.cpu_user + self.cpu_system
