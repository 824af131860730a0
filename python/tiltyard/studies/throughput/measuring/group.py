"""A control group (version 2) for one launch, where this user may make one.

The kernel counts the CPU of a group's processes whoever waits for their ends, even where nobody
does: a process that ignores SIGCHLD leaves no other trace of its children's.
"""

from __future__ import annotations

import os
from contextlib import suppress

GROUP, MOUNTS = "/proc/self/cgroup", "/proc/self/mountinfo"


class Group:
    """A group below that of this process.

    Parameters
    ----------
    folder : str
        Folder of the group in the file system of control groups.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    @classmethod
    def make(cls) -> Group | None:
        """An empty group, or None if this process may make none or may not move into it."""
        own, folder = own_folder(), folder_of(os.getpid())
        if own is None or folder is None:
            return None
        try:
            os.mkdir(folder)
        except OSError:
            return None
        group = cls(folder)
        # A process may move only if it may write to the group that it leaves, too.
        usable = os.access(os.path.join(own, "cgroup.procs"), os.W_OK) and group.usage() is not None
        if usable:
            return group
        group.remove()
        return None

    def enter(self) -> None:
        """Move this process into the group."""
        with open(os.path.join(self.folder, "cgroup.procs"), "w") as file:
            file.write("0")

    def usage(self) -> tuple[float, float] | None:
        """User and system CPU of the group so far [s]; None if the kernel does not count it."""
        table = self._table("cpu.stat")
        if "usage_usec" not in table:
            return None
        return table["user_usec"] / 1e6, table["system_usec"] / 1e6

    def pids(self) -> frozenset[int]:
        """Its processes; groups below it are not looked at."""
        with suppress(OSError), open(os.path.join(self.folder, "cgroup.procs")) as file:
            return frozenset(map(int, file.read().split()))
        return frozenset()

    def peak_mb(self) -> float | None:
        """Highest memory so far [MB], cached files included; None if it is not counted."""
        path = os.path.join(self.folder, "memory.peak")
        with suppress(OSError, ValueError), open(path) as file:
            return int(file.read()) / 2**20
        return None

    def memory_mb(self) -> tuple[float, float, float]:
        """Memory now, its anonymous part and that of files [MB]; zeros if it is not counted."""
        table = self._table("memory.stat")
        anonymous = (table.get("anon", 0) + table.get("shmem", 0)) / 2**20
        file = (table.get("file", 0) - table.get("shmem", 0)) / 2**20
        return anonymous + file, anonymous, file

    def remove(self) -> None:
        """Remove the group, which has no process any more."""
        with suppress(OSError):
            os.rmdir(self.folder)

    def _table(self, name: str) -> dict[str, int]:
        with suppress(OSError, ValueError), open(os.path.join(self.folder, name)) as file:
            return {key: int(value) for key, value in map(str.split, file)}
        return {}


def folder_of(pid: int) -> str | None:
    """Folder of the group that the process `pid` makes; None where there is none."""
    own = own_folder()
    return None if own is None else os.path.join(own, f"tiltyard-{pid}")


def remove_group_of(pid: int) -> None:
    """Remove the group that the process `pid` made, if it could not do so itself."""
    if (folder := folder_of(pid)) is not None:
        Group(folder).remove()


def own_folder(group: str = GROUP, mounts: str = MOUNTS) -> str | None:
    """Folder of this process's group of version 2; None where there is none or it is not seen."""
    try:
        with open(group) as file:
            paths = [line.rstrip("\n").split(":", 2)[2] for line in file if line.startswith("0::")]
        with open(mounts) as file:
            found = [line.split(" - ") for line in file]
    except OSError:
        return None
    for left, right in found:
        if right.split()[0] == "cgroup2" and paths:
            root, point = left.split()[3:5]
            below = os.path.relpath(paths[0], root)
            return None if below.startswith("..") else os.path.normpath(os.path.join(point, below))
    return None
