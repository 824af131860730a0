"""Medians over rounds and ratios within rounds, each with the interval of its bootstrap.

Ratios are taken within a round, so that what slows the machine down meets both sides of them, and
then summarised by the median. Nothing is left out as an outlier: one wild round of many moves a
median little, and the interval says the rest [1]_ [2]_. The bootstrap over rounds is exact: the
distribution of a resampled median is known, and no seed decides it.

References
----------
.. [1] Kalibera, T. and Jones, R. (2013). Rigorous benchmarking in reasonable time. ISMM.
.. [2] Hoefler, T. and Belli, R. (2015). Scientific benchmarking of parallel computing systems. SC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from tiltyard.engine.statistics.intervals import median_interval
from tiltyard.studies.throughput.statistics.launches import by_round

#: Rounds below which no difference is called real.
LEAST_ROUNDS = 5


class Estimate(NamedTuple):
    """A median over rounds with its 95 % interval; NaN without any round."""

    value: float = np.nan
    low: float = np.nan
    high: float = np.nan
    rounds: int = 0

    @property
    def half_width(self) -> float:
        """Half of the interval's width, relative to the median."""
        return 0.5 * (self.high - self.low) / abs(self.value) if self.value else np.nan

    def columns(self, name: str) -> dict[str, float]:
        """The median and its interval as columns of a table."""
        return {name: self.value, f"{name}_low": self.low, f"{name}_high": self.high}

    def mapped(self, function: Callable[[float], float]) -> Estimate:
        """The estimate of a monotone `function` of the quantity."""
        low, high = sorted([function(self.low), function(self.high)])
        return Estimate(function(self.value), low, high, self.rounds)

    def over(self, number: float) -> Estimate:
        """The estimate divided by a positive `number`."""
        return Estimate(self.value / number, self.low / number, self.high / number, self.rounds)


#: What is not known.
NOTHING = Estimate()


def estimate(values: Iterable[float]) -> Estimate:
    """Median and interval of numbers, one a round."""
    found = np.array([value for value in values if not np.isnan(value)], dtype=float)
    if not len(found):
        return NOTHING
    low, high = median_interval(found[None, :])
    return Estimate(float(np.median(found)), float(low[0]), float(high[0]), len(found))


def ratios(
    launches: pd.DataFrame, over: str, under: str, column: str = "cpu_seconds"
) -> pd.Series[float]:
    """`column` of the strategy `over` ÷ that of `under`, in each round that has both."""
    return quotients(by_round(launches, over, column), by_round(launches, under, column))


def quotients(over: pd.Series[float], under: pd.Series[float]) -> pd.Series[float]:
    """Values `over` those `under`, of the rounds by which both are indexed."""
    rounds, top, bottom = np.intersect1d(
        over.index.to_numpy(), under.index.to_numpy(), assume_unique=True, return_indices=True
    )
    below = under.to_numpy()[bottom]
    found = pd.Series(over.to_numpy()[top], rounds)[below > 0.0]
    return found / below[below > 0.0]


def ratio(launches: pd.DataFrame, over: str, under: str, column: str = "cpu_seconds") -> Estimate:
    """Median over the rounds of `ratios`; exactly 1 of a strategy to itself."""
    return estimate(ratios(launches, over, under, column))
