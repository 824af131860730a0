"""Watch over a machine while something is measured: what others did to it meanwhile."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from tiltyard.engine.machine.room import gigabytes
from tiltyard.engine.machine.topology import topology
from tiltyard.studies.throughput.measuring.reading import (
    Reading,
    addresses_are_random,
    governors,
    read_now,
)

#: Share of the cores' time that others may take without a word.
QUIET = 0.05
#: Share of one core from which on a program is named, and the most names.
NAMED, NAMES = 0.05, 3
#: Share of the time in which some process may have waited for memory.
WAITING = 0.01
#: Swapped memory that is nothing [MB].
NO_SWAP = 1.0


class Watch:
    """Watch from its first look to its latest.

    Parameters
    ----------
    needs_mb : float
        Memory that the work needs, such as the size of its files; 0 if unknown.
    read : callable
        Function that reads the machine's counters.
    """

    def __init__(self, needs_mb: float = 0.0, read: Callable[[], Reading] = read_now) -> None:
        self._needs_mb, self._read = needs_mb, read
        self._first: Reading | None = None
        self._last: Reading | None = None
        self._free_mb = math.inf
        self._mhz: list[float] = []

    def look(self) -> None:
        """Read the counters; nothing that is measured may run at the moment."""
        self._last = self._read()
        self._first = self._first or self._last
        self._free_mb = min(self._free_mb, self._last.free_mb)
        self._mhz += self._last.mhz

    @property
    def seconds(self) -> float:
        """Time between the first look and the latest [s], 0 if nothing can be said of it."""
        return 0.0 if self._readings() is None else self._since("clock")

    @property
    def steal_share(self) -> float:
        """Share of the cores' time that the hypervisor gave to other machines; 0 if unknown."""
        return self._share("steal")

    @property
    def foreign_share(self) -> float:
        """Share of the cores' time that other programs ran; 0 if unknown.

        The kernel counts the cores' time in hundredths of a second, and that of this process
        finely: the difference may be some hundredths below 0, which is 0 here.
        """
        if not self._capacity():
            return 0.0
        foreign = self._core_seconds("busy") - self._since("own_seconds")
        return max(0.0, foreign / self._capacity())

    @property
    def others(self) -> dict[str, float]:
        """Names of other programs, with id, that ran for `NAMED` of a core, and that share."""
        readings = self._readings()
        if readings is None:
            return {}
        first, last = readings
        shares = {}
        for key, program in last.others.items():
            before = first.others.get(key)
            used = program.seconds - (before.seconds if before is not None else 0.0)
            if used >= NAMED * self.seconds:
                shares[f"{program.name} ({key[0]})"] = used / self.seconds
        return dict(sorted(shares.items(), key=lambda item: -item[1]))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What made the measurement less sure, a sentence each; empty if nothing did."""
        return (*self._standing(), *self._passing())

    @property
    def facts(self) -> dict[str, Any]:
        """The machine's state as plain values: what is shown only."""
        last = self._last
        return {
            "load": None if self._first is None else self._first.load,
            "free_mb": None if last is None else self._free_mb,
            "mhz_low": min(self._mhz, default=None),
            "mhz_high": max(self._mhz, default=None),
            "governor": " ".join(governors()),
            "throttled_seconds": self._since("throttled_seconds"),
            "swapped_mb": self._since("swapped_mb"),
            **{f"stalled_{name}": share for name, share in self._stalled().items()},
        }

    def _standing(self) -> Iterator[str]:
        if others := [name for name in governors() if name != "performance"]:
            yield f"the frequency's governor is {' and '.join(others)}, not performance"
        if not addresses_are_random():
            yield (
                "the kernel does not place memory at random (kernel.randomize_va_space is not 2): "
                "all launches share one layout"
            )
        if shared := topology().shared:
            yield (
                f"core {', '.join(map(str, shared))}: the other thread of the same physical core "
                "is not this job's, and may be another's"
            )

    def _passing(self) -> Iterator[str]:
        if self.steal_share > QUIET:
            yield f"the machine's host took {self.steal_share:.0%} of the cores' time (steal)"
        if self.foreign_share > QUIET:
            named = list(self.others.items())[:NAMES]
            names = ", ".join(f"{name} {share:.0%} of a core" for name, share in named)
            yield (
                f"other programs took {self.foreign_share:.0%} of the cores' time: "
                f"{names or 'none that can be seen from here'}"
            )
        if (throttled := self._since("throttled_seconds")) > QUIET * self.seconds:
            yield f"a quota kept it from its cores for {throttled:.2f} of {self.seconds:.2f} s"
        if hot := self._since("hot"):
            yield f"cores were slowed down for their heat, {hot:g} times"
        if (swapped := self._since("swapped_mb")) > NO_SWAP:
            yield f"{swapped:.0f} MB went to or from swap"
        if (waited := self._stalled().get("memory", 0.0)) > WAITING:
            yield f"programs waited for memory {waited:.0%} of the time"
        if self._free_mb < self._needs_mb:
            yield (
                f"{gigabytes(self._free_mb)} of memory were free, less than the work's "
                f"{self._needs_mb / 1e3:.1f} GB"
            )

    def _readings(self) -> tuple[Reading, Reading] | None:
        """First and latest reading; None before the second one, and where nothing is counted."""
        if self._first is None or self._last is None or self._first is self._last:
            return None
        if self._first.cores is None or self._last.cores is None:
            return None
        return self._first, self._last

    def _since(self, name: str) -> float:
        if self._first is None or self._last is None:
            return 0.0
        return float(getattr(self._last, name) - getattr(self._first, name))

    def _core_seconds(self, name: str) -> float:
        readings = self._readings()
        if readings is None:
            return 0.0
        first, last = (getattr(one.cores, name) for one in readings)
        return float(last - first)

    def _capacity(self) -> float:
        """Time of all cores between the two looks [s]."""
        readings = self._readings()
        if readings is None or readings[1].cores is None:
            return 0.0
        return self.seconds * len(readings[1].cores.cores.split(","))

    def _share(self, name: str) -> float:
        capacity = self._capacity()
        return self._core_seconds(name) / capacity if capacity else 0.0

    def _stalled(self) -> dict[str, float]:
        """Resource -> share of the time in which some process waited for it."""
        readings = self._readings()
        if readings is None or not self.seconds:
            return {}
        first, last = readings
        return {
            name: (last.stalled[name] - first.stalled.get(name, 0.0)) / self.seconds
            for name in last.stalled
        }
