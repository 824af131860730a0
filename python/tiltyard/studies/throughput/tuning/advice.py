"""Which strategy to take, from how many workers on more do not help, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tiltyard.studies.throughput.statistics.paired import Estimate, estimate
from tiltyard.studies.throughput.tuning.predicting import Expected

#: Gain in wall time that is worth more workers: it is above what two equal strategies differ by.
WORTH = 1.05


@dataclass(frozen=True)
class Advice:
    """The recommendation.

    Parameters
    ----------
    best : Expected
        The strategy with the fewest workers that no other one is really faster than.
    all : sequence of Expected
    cores : int
        Cores of the machine; no more workers were tried.
    share : float
        Share of the work that the larger sample was.
    rounds : int
    """

    best: Expected
    all: Sequence[Expected]
    cores: int
    share: float
    rounds: int

    @property
    def sentences(self) -> list[str]:
        """What is expected, what more workers would bring, and how it is known."""
        return [self._costs(), *self._workers(), self._how()]

    def _costs(self) -> str:
        wall, memory = self.best.wall_seconds, self.best.memory_mb
        return (
            f"It takes about {_number(wall.value)} s ({_number(wall.low)} to {_number(wall.high)}) "
            f"and {memory.value:.0f} MB of memory ({memory.low:.0f} to {memory.high:.0f}), with "
            "its files in memory; a first reading from disk comes on top"
        )

    def _workers(self) -> Iterator[str]:
        own = self.best.strategy.workers
        for other in self.all:
            if other is self.best:
                continue
            gain = ratio_of(self.best, other)
            how = "as fast" if other.strategy.workers <= own else "as fast at most"
            yield (
                f"{other.strategy.name} would be {1 / gain.value:.2f} times {how} "
                f"({1 / gain.high:.2f} to {1 / gain.low:.2f})"
            )
        if own < self.cores:
            yield f"More than {own} worker{'s' * (own > 1)} do not help here"
        else:
            yield f"This machine has {self.cores} cores: whether more would help was not tried"

    def _how(self) -> str:
        if self.share >= 1.0:
            return f"Measured on all of the work, in {self.rounds} rounds"
        return (
            f"Expected from samples of {self.share / 4:.2%} and {self.share:.2%} of the work, in "
            f"{self.rounds} rounds"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "best": self.best.to_dict(),
            "tried": [one.to_dict() for one in self.all],
            "cores": self.cores,
            "share": self.share,
            "rounds": self.rounds,
            "sentences": self.sentences,
        }


def advise(tried: Sequence[Expected], cores: int, share: float) -> Advice:
    """Recommend one of `tried`, of which there is at least one."""
    rising = sorted(tried, key=lambda one: one.strategy.workers)
    best = rising[0]
    for other in rising[1:]:
        if is_faster(other, best):
            best = other
    return Advice(best, list(tried), cores, share, len(best.rounds))


def is_faster(one: Expected, other: Expected) -> bool:
    """Whether `one` is really faster: by more than `WORTH`, with an interval that excludes 1."""
    gain = ratio_of(one, other)
    return gain.value * WORTH < 1.0 and gain.high < 1.0


def ratio_of(one: Expected, other: Expected) -> Estimate:
    """Wall time of `one` ÷ that of `other`, within rounds."""
    return estimate(np.asarray(one.rounds) / np.asarray(other.rounds))


def _number(seconds: float) -> str:
    """Seconds with three digits that mean something."""
    return f"{seconds:.3g}" if seconds < 1000 else f"{seconds:.0f}"
