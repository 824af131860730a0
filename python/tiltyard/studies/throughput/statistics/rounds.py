"""Whether a study has launched its strategies often enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tiltyard.studies.throughput.statistics.base import base_of
from tiltyard.studies.throughput.statistics.launches import ROUND, launches_of, settings
from tiltyard.studies.throughput.statistics.paired import LEAST_ROUNDS, Estimate, ratio

#: Rounds after which no more are launched, unless a study says otherwise.
MOST_ROUNDS = 30


@dataclass(frozen=True)
class Decision:
    """Whether another round is needed, and why; true if it is.

    Parameters
    ----------
    more : bool
    reason : str
        A sentence for people.
    rounds : int
        Least number of rounds of a workload.
    half_width : float
        Largest half-width of the main ratio's interval over the workloads, relative to it; NaN
        before there is one.
    """

    more: bool
    reason: str
    rounds: int
    half_width: float

    def __bool__(self) -> bool:
        return self.more


def needs_more_rounds(
    rows: pd.DataFrame,
    precision: float = 0.05,
    *,
    least: int = LEAST_ROUNDS,
    most: int = MOST_ROUNDS,
) -> Decision:
    """Whether the rounds so far leave the main ratio of some workload wider than `precision`.

    The main ratio is the CPU seconds of the cheapest strategy ÷ those of the base, or of the next
    one if the base is the cheapest.

    Parameters
    ----------
    rows : DataFrame
        Rows of launches, see `launches_of`.
    precision : float
        Half-width of its 95 % interval, relative to the ratio, that is enough, > 0.
    least, most : int
        Rounds that are launched in any case, and at most.
    """
    if not precision > 0.0:
        raise ValueError(f"precision: got {precision:g}, needs a number above 0, such as 0.05")
    rounds, widths = [], []
    for setting in settings(launches_of(rows)):
        main = main_ratio(setting.launches)
        # Rounds in which one of the two has no result say nothing of their ratio.
        rounds.append(main.rounds or len(setting.launches[ROUND].drop_duplicates()))
        widths.append(main.half_width)
    if not rounds:
        return Decision(True, "no round is done yet", 0, np.nan)
    fewest, widest = min(rounds), float(np.max(widths))
    if fewest < least:
        return Decision(True, f"{fewest} of at least {least} rounds are done", fewest, widest)
    width = f"the main ratio is known to ± {widest:.1%}"
    if widest <= precision:
        return Decision(False, f"{width}, as asked (± {precision:.1%})", fewest, widest)
    if np.isnan(widest):
        return Decision(False, "no two strategies have a result to compare", fewest, widest)
    if fewest >= most:
        reason = f"{most} rounds are done; {width}, not to ± {precision:.1%}"
        return Decision(False, reason, fewest, widest)
    return Decision(True, f"{width}, ± {precision:.1%} is asked for", fewest, widest)


def main_ratio(launches: pd.DataFrame) -> Estimate:
    """The main ratio of the launches of a setting."""
    base = base_of(launches)
    names = launches.loc[launches["compared"] & launches["ok"], "method"].unique()
    found = [ratio(launches, name, base) for name in names if name != base]
    return min(found, key=lambda one: one.value if one.rounds else np.inf, default=Estimate())
