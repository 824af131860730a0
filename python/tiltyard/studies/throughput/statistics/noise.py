"""The noise floor: how much two names of the same strategy differ."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from tiltyard.studies.throughput.columns import AGAIN
from tiltyard.studies.throughput.statistics.launches import FAMILY
from tiltyard.studies.throughput.statistics.paired import LEAST_ROUNDS, Estimate, ratio

MORE, LESS, UNSURE = "more", "less", "cannot tell"


class Floor(NamedTuple):
    """Ratio of a strategy to itself, measured under two names in every round.

    Attributes
    ----------
    baseline, again : str
        The two names; "" if no round has both.
    ratio : Estimate
        CPU seconds of the second ÷ those of the first.
    """

    baseline: str = ""
    again: str = ""
    ratio: Estimate = Estimate()

    @property
    def share(self) -> float:
        """How far from 1 a ratio may be for no reason; NaN without a control."""
        ends = np.abs(np.log([self.ratio.low, self.ratio.high]))
        return float(np.expm1(ends.max()))


def baseline_of(launches: pd.DataFrame) -> tuple[str, str]:
    """Names of the baseline and of its second launch; "" for those that there are not.

    The second name says all that the first does, and begins with it where several do.
    """
    second = launches[launches[AGAIN]]
    if second.empty:
        return "", ""
    row = second.iloc[0]
    key = [*FAMILY, "workers"]
    same = launches[launches["compared"] & launches[key].eq(row[key]).all(axis=1)]
    names = sorted(set(same["method"]), key=lambda name: (not _begins(row, name), -len(name), name))
    return (names[0] if names else ""), str(row["method"])


def _begins(row: pd.Series[str], name: str) -> bool:
    return str(row["method"]).startswith(name)


def noise_floor(launches: pd.DataFrame) -> Floor:
    """The noise floor of the launches of a setting."""
    baseline, again = baseline_of(launches)
    if not baseline:
        return Floor()
    return Floor(baseline, again, ratio(launches, again, baseline))


def differs(found: Estimate, floor: float) -> str:
    """Whether a ratio is really `MORE` or `LESS` than 1, or `UNSURE`.

    It is real from five rounds on, if it is farther from 1 than the noise floor and its interval
    excludes 1. Without a floor nothing is.
    """
    if found.rounds < LEAST_ROUNDS or not floor >= 0.0:
        return UNSURE
    if found.low > 1.0 and found.value > 1.0 + floor:
        return MORE
    if found.high < 1.0 and found.value < 1.0 / (1.0 + floor):
        return LESS
    return UNSURE
