"""What is known of one launch: a process tree that ran one strategy once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

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
    cpu_source : str
        Who counted it: ``wait4``, at the end of each process; ``cgroup``, a control group of the
        launch; ``samples``, where nobody waited for the end of some process: a lower bound.
    peak_memory_mb : float
        Highest memory of the tree, with shared pages counted once: the largest of all samples and
        of the highest resident memory of each process. Without a sample at least some 11 MB, which
        a process has before it becomes the command.
    anonymous_mb, file_mb : float
        Parts of the largest sample: memory of its own, that shared by name included, and pages of
        files, which the kernel can drop. NaN without a sample.
    memory_source : str
        ``pss`` or ``cgroup``.
    memory_samples : int
    processes, threads : int
        Most that were seen at once.
    bytes_read, bytes_written : int
        By system calls of the whole tree, whether from disk or from memory; what is read through
        a map of a file is not in it.
    stages : sequence of Stage
        They add up to `wall_seconds`: what is between them is a stage of its own.
    alarms : sequence of str
        What a reader has to know, such as processes that outlived it, or more threads than it says.
    environment : mapping
        Variables that were made for this launch alone; of the padding only its length.
    """

    status: Status
    message: str = ""
    wall_seconds: float = float("nan")
    cpu_user: float = float("nan")
    cpu_system: float = float("nan")
    cpu_children: float = float("nan")
    cpu_source: str = ""
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
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def cpu_seconds(self) -> float:
        """User and system CPU of the whole tree [s]."""
        return self.cpu_user + self.cpu_system
