"""What Linux says of a machine's load at one moment."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tiltyard.engine.journal.usage import CoreTimes, core_times
from tiltyard.engine.machine.groups import throttled_seconds
from tiltyard.engine.machine.room import available_room
from tiltyard.engine.work.tree import TICKS, descendants

PROC, CPUS = Path("/proc"), Path("/sys/devices/system/cpu")
#: Resources whose pressure the kernel tells.
RESOURCES = ("cpu", "memory", "io")


@dataclass(frozen=True)
class Program:
    """A process of the machine: its name, and its CPU so far [s]."""

    name: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Counters that only grow, and what there is at the moment.

    Attributes
    ----------
    clock : float
        Monotonic [s].
    cores : CoreTimes or None
        Use of the cores that this process may use; None where the machine does not count it.
    own_seconds : float
        CPU of this process and of all that it started [s].
    others : mapping
        Id and start of a process that is not below this one -> `Program`.
    throttled_seconds : float
        Time in which a quota kept this process's group from its cores.
    hot : int
        Times that a core was slowed down for its heat.
    swapped_mb : float
        Memory moved to and from swap.
    stalled : mapping
        Resource -> seconds in which at least one process waited for it; what is known.
    free_mb : float
        Memory that this process may still take.
    mhz : tuple of float
        Lowest and highest frequency of the cores; empty if unknown.
    load : float
        Mean number of processes that ran or waited in the last minute.
    """

    clock: float
    cores: CoreTimes | None
    own_seconds: float
    others: dict[tuple[int, int], Program]
    throttled_seconds: float
    hot: int
    swapped_mb: float
    stalled: dict[str, float]
    free_mb: float
    mhz: tuple[float, ...]
    load: float


def read_now() -> Reading:
    """A reading; it takes some milliseconds."""
    return Reading(
        clock=time.monotonic(),
        cores=core_times(),
        own_seconds=_own_seconds(),
        others=_others(),
        throttled_seconds=throttled_seconds(),
        hot=_sum_of(CPUS.glob("cpu[0-9]*/thermal_throttle/*_throttle_count")),
        swapped_mb=_swapped_mb(),
        stalled=_stalled(),
        free_mb=available_room().memory_mb,
        mhz=_mhz(),
        load=os.getloadavg()[0],
    )


def governors() -> list[str]:
    """Governors of the cores' frequency, each once; empty where the machine does not show them."""
    return sorted({_text(path) for path in CPUS.glob("cpu[0-9]*/cpufreq/scaling_governor")} - {""})


def addresses_are_random() -> bool:
    """Whether the kernel places all of a process's memory at random; True if it does not say."""
    return _text(PROC / "sys/kernel/randomize_va_space") in ("2", "")


def _own_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    living = sum(one.cpu_seconds() for one in descendants(os.getpid()))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages) + living


def _others() -> dict[tuple[int, int], Program]:
    own = {os.getpid(), *(one.pid for one in descendants(os.getpid()))}
    found = {}
    for name in os.listdir(PROC):
        if not name.isdecimal() or int(name) in own:
            continue
        text = _text(PROC / name / "stat")
        if not text:
            continue  # it has ended
        title, _, rest = text.partition("(")[2].rpartition(")")
        facts = rest.split()
        seconds = (int(facts[11]) + int(facts[12])) / TICKS
        found[int(name), int(facts[19])] = Program(title, seconds)
    return found


def _swapped_mb() -> float:
    lines = (line.split() for line in _text(PROC / "vmstat").splitlines())
    pages = sum(int(number) for name, number in lines if name in ("pswpin", "pswpout"))
    return pages * resource.getpagesize() / 1e6


def _stalled() -> dict[str, float]:
    found = {}
    for name in RESOURCES:
        for line in _text(PROC / "pressure" / name).splitlines():
            kind, *facts = line.split()
            if kind == "some":
                found[name] = int(facts[-1].removeprefix("total=")) / 1e6
    return found


def _mhz() -> tuple[float, ...]:
    texts = [_text(path) for path in CPUS.glob("cpu[0-9]*/cpufreq/scaling_cur_freq")]
    found = [int(text) / 1000 for text in texts if text.isdecimal()]
    if not found:
        lines = _text(PROC / "cpuinfo").splitlines()
        found = [float(line.partition(":")[2]) for line in lines if line.startswith("cpu MHz")]
    return (min(found), max(found)) if found else ()


def _sum_of(paths: Iterable[Path]) -> int:
    return sum(int(text) for path in paths if (text := _text(path)).isdecimal())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
