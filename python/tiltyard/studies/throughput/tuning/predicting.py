"""What all of the work is expected to cost, from samples of it: a start, and a part by size.

In each round a line goes through the costs of the smaller and the larger sample, and is followed to
the size of the whole work; the median over the rounds, with its interval, is what is expected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tiltyard.pipelines.pipeline import Strategy
from tiltyard.studies.throughput.launch import Launch
from tiltyard.studies.throughput.statistics.paired import Estimate, estimate


@dataclass(frozen=True)
class Expected:
    """Expected costs of all the work with one strategy.

    Parameters
    ----------
    strategy : Strategy
    wall_seconds, cpu_seconds, memory_mb : Estimate
    rounds : sequence of float
        Wall time by round [s]: strategies are compared within rounds.
    """

    strategy: Strategy
    wall_seconds: Estimate
    cpu_seconds: Estimate
    memory_mb: Estimate
    rounds: Sequence[float]

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        names = ("wall_seconds", "cpu_seconds", "memory_mb")
        costs = {name: getattr(self, name)._asdict() for name in names}
        return {"strategy": self.strategy.name, "workers": self.strategy.workers, **costs}


def expect(
    strategy: Strategy,
    amounts: Sequence[float],
    whole: float,
    launches: Sequence[Sequence[Launch]],
) -> Expected:
    """Expected costs from launches on samples.

    Parameters
    ----------
    amounts : sequence of float
        How much work is in each sample: two that differ, or one that is the whole.
    whole : float
        How much work there is.
    launches : sequence of sequence of Launch
        For each round a launch on each sample.
    """

    def at_whole(field: str) -> list[float]:
        return [follow(amounts, [getattr(one, field) for one in own], whole) for own in launches]

    walls = at_whole("wall_seconds")
    return Expected(
        strategy,
        estimate(walls),
        estimate(at_whole("cpu_seconds")),
        estimate(at_whole("peak_memory_mb")),
        walls,
    )


def follow(amounts: Sequence[float], costs: Sequence[float], whole: float) -> float:
    """The cost at `whole` on the line through the costs at one or two `amounts`.

    More work never costs less: a line that falls, for noise, is level at the cost of the largest.
    """
    if len(amounts) == 1 or amounts[1] <= amounts[0]:
        return costs[-1]
    slope = (costs[1] - costs[0]) / (amounts[1] - amounts[0])
    return costs[1] + max(slope, 0.0) * (whole - amounts[1])


def by_name(found: Sequence[Mapping[str, Launch]], name: str, sizes: int) -> list[list[Launch]]:
    """Launches of a strategy by round, those of its samples in sequence; see `arm_name`."""
    return [[one[arm_name(name, size)] for size in range(sizes)] for one in found]


def arm_name(strategy: str, size: int) -> str:
    """Name of the launches of a strategy on the sample with this position."""
    return f"{strategy} on sample {size + 1}"
