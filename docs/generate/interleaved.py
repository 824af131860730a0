"""Runs that are timed in turn, round after round, and how their figures are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

import numpy as np

from tiltyard.studies.throughput.statistics.paired import Estimate, estimate

T = TypeVar("T")


class Spent(Protocol):
    """What a run took on the processor, and by the clock [s]."""

    @property
    def cpu(self) -> float: ...

    @property
    def wall(self) -> float: ...


def measured(
    given: Mapping[str, Callable[[], T]], rounds: int, seed: int = 1
) -> dict[str, list[T]]:
    """What all runs took, a list by round; of a first one, which compiles and warms up, nothing.

    The order within each round is random.
    """
    rng = np.random.default_rng(seed)
    found: dict[str, list[T]] = {name: [] for name in given}
    for number in range(rounds + 1):
        for name in rng.permutation(list(given)):
            took = given[name]()
            if number:
                found[name].append(took)
    return found


def command_lines(found: Mapping[str, Sequence[Spent]]) -> Iterator[str]:
    """Lines of the table of whole commands."""
    for name, times in found.items():
        cpu, wall = (estimate([getattr(one, by) for one in times]).value for by in ("cpu", "wall"))
        yield f"| {name} | {digits(cpu)} | {digits(wall)} |"


def digits(value: float) -> str:
    """Three significant digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def interval(found: Estimate) -> str:
    """The 95 % interval."""
    return f"{digits(found.low)} to {digits(found.high)}"
