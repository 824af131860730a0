"""Control groups of this process (Linux): what they leave it of cores and memory, and kills.

Both versions are read, and both at once. A group's limit holds for all groups below it, so every
folder counts, from the group's own to the top of what can be seen. No library that is needed
here anyway does that: those that know quotas look at the topmost folder only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

GROUP, MOUNTS = Path("/proc/self/cgroup"), Path("/proc/self/mountinfo")
VMSTAT = Path("/proc/vmstat")
#: A limit of version 1 at least this large [bytes] is none: the largest number of pages there is.
NO_LIMIT = 2**60
#: Files with a limit of memory [bytes], each with that of what is used.
LIMITS = {
    "memory.max": "memory.current",
    "memory.high": "memory.current",
    "memory.limit_in_bytes": "memory.usage_in_bytes",
}


@dataclass(frozen=True)
class Allowance:
    """What one control group leaves.

    Attributes
    ----------
    amount : float
        Cores, or memory [MB].
    free : float
        The part of `amount` that is not used; cached files count as free, as the kernel drops
        them when memory is wanted. Equal to `amount` for cores.
    source : str
        The file that says so.
    """

    amount: float
    free: float
    source: str


def quotas() -> list[Allowance]:
    """Quotas of CPU time, as numbers of cores, which may be below 1; empty without any."""
    found = []
    for folder in _folders("cpu"):
        for name in ("cpu.max", "cpu.cfs_quota_us"):
            words = _text(folder / name).split()
            if name == "cpu.cfs_quota_us":
                words += _text(folder / "cpu.cfs_period_us").split()
            if len(words) == 2 and all(map(str.isdigit, words)):  # else "max" or -1
                cores = int(words[0]) / int(words[1])
                found.append(Allowance(cores, cores, str(folder / name)))
    return found


def throttled_seconds() -> float:
    """Time so far in which a quota kept a group of this process from its cores [s]; 0 without."""
    found = [0.0]
    for folder in _folders("cpu"):
        table = _table(folder / "cpu.stat")
        found += [table.get("throttled_usec", 0) / 1e6, table.get("throttled_time", 0) / 1e9]
    return max(found)


def memory_limits() -> list[Allowance]:
    """Limits of memory; empty without any."""
    found = []
    for folder in _folders("memory"):
        for name, usage in LIMITS.items():
            text = _text(folder / name)
            if not text.isdigit() or int(text) >= NO_LIMIT:  # "max"
                continue
            used = max(0.0, _number(folder / usage) - _cached(folder))
            free = max(0.0, int(text) - used)
            found.append(Allowance(int(text) / 1e6, free / 1e6, str(folder / name)))
    return found


def kills_for_memory() -> int | None:
    """Processes of this one's group that the kernel has killed for memory; None if not counted.

    Without a group that counts them they are those of the whole machine.
    """
    counts = [_table(file).get("oom_kill") for file in _counters()]
    return sum(filter(None, counts)) if counts else _table(VMSTAT).get("oom_kill")


@cache
def _counters() -> list[Path]:
    """Files that count kills, found once: every evaluation asks for the count."""
    return [
        folder / name
        for folder in _own_folders("memory")
        for name in ("memory.events", "memory.oom_control")
        if "oom_kill" in _table(folder / name)
    ]


def _cached(folder: Path) -> float:
    """Bytes of cached files in a group and in those below it."""
    table = _table(folder / "memory.stat")
    # In version 1 the plain names leave out the groups below.
    return sum(
        table.get(f"total_{name}", table.get(name, 0)) for name in ("inactive_file", "active_file")
    )


def _folders(controller: str) -> Iterator[Path]:
    """Folders of the groups whose limits hold for this process, its own first."""
    for own, top in _places(controller):
        yield own
        while own != top:
            own = own.parent
            yield own


def _own_folders(controller: str) -> list[Path]:
    return [own for own, _ in _places(controller)]


def _places(controller: str) -> list[tuple[Path, Path]]:
    """Folder of this process and the topmost one, for each mount with the `controller`."""
    paths: dict[str, str] = {}
    for line in _text(GROUP).splitlines():
        number, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            paths["cgroup"] = path
        elif number == "0" and not controllers:
            paths["cgroup2"] = path
    found = {}
    for line in _text(MOUNTS).splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split(" ", 2)
        fits = kind == "cgroup2" or (kind == "cgroup" and controller in options.split(","))
        if fits and kind in paths:
            root, point = map(_unescaped, left.split(" ")[3:5])
            own = _below(Path(point), root, paths[kind])
            found[own] = (own, Path(point))
    return list(found.values())


def _below(point: Path, root: str, path: str) -> Path:
    """The folder of group `path` where the group `root` is mounted at `point`.

    In a container the path may be another's view, of a group that is not mounted there: what is
    mounted is then the container's own group.
    """
    group = PurePosixPath(path)
    if ".." not in group.parts and group.is_relative_to(root):
        folder = point / group.relative_to(root)
        while folder != point and not folder.is_dir():
            folder = folder.parent
        return folder
    return point


def _unescaped(text: str) -> str:
    """A path as it is; the kernel writes blanks and backslashes as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def _table(path: Path) -> dict[str, int]:
    """Names and whole numbers, a pair each line."""
    pairs = (line.split() for line in _text(path).splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


def _number(path: Path) -> float:
    text = _text(path)
    return int(text) if text.isdigit() else 0.0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
