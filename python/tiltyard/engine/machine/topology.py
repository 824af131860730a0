"""Cores that this process may use, as the hardware has them: physical ones and their threads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

CPUS = Path("/sys/devices/system/cpu")


@dataclass(frozen=True)
class Topology:
    """Hardware threads that this process may use.

    Attributes
    ----------
    logical : tuple of int
        Their numbers.
    siblings : mapping
        Number -> all hardware threads of its physical core; itself alone if that is not known.
    """

    logical: tuple[int, ...]
    siblings: Mapping[int, tuple[int, ...]]

    @property
    def physical(self) -> int:
        """Number of physical cores that they are on."""
        return len(set(self.siblings.values()))

    @property
    def shared(self) -> list[int]:
        """Hardware threads of which a sibling is another's."""
        own = set(self.logical)
        return [one for one in self.logical if not own.issuperset(self.siblings[one])]


def topology(folder: Path = CPUS, allowed: frozenset[int] | None = None) -> Topology:
    """Hardware threads in the affinity mask, or those that are `allowed`."""
    own = sorted(_usable() if allowed is None else allowed)
    return Topology(tuple(own), {number: _siblings(folder, number) for number in own})


def _usable() -> Iterable[int]:
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS
    return affinity(0) if affinity else range(os.cpu_count() or 1)


def _siblings(folder: Path, number: int) -> tuple[int, ...]:
    try:
        text = (folder / f"cpu{number}" / "topology" / "thread_siblings_list").read_text()
        return tuple(_numbers(text))
    except (OSError, ValueError):
        return (number,)


def _numbers(text: str) -> list[int]:
    """Numbers of a list such as ``0-2,8``."""
    found: list[int] = []
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found
