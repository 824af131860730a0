"""The stated base of speed-ups: the best serial strategy."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tiltyard.studies.throughput.statistics.launches import WALLS
from tiltyard.studies.throughput.statistics.noise import LESS, differs, noise_floor
from tiltyard.studies.throughput.statistics.paired import ratio


def base_of(launches: pd.DataFrame) -> str:
    """Name of the best serial strategy of a setting; "" if none has a result.

    It is the baseline of the study, unless another one with one worker really takes less CPU time.
    Controls and programs of others are no base.
    """
    serial = launches[launches["compared"] & launches["ok"] & launches["workers"].eq(1)]
    medians = serial.groupby("method", sort=True)["cpu_seconds"].median()
    if medians.empty:
        return ""
    floor = noise_floor(launches)
    base = floor.baseline if floor.baseline in medians.index else str(medians.idxmin())
    better = {
        name: found.value
        for name in medians.index
        if name != base and differs(found := ratio(launches, str(name), base), floor.share) == LESS
    }
    return min(better, key=lambda name: (better[name], name), default=base)


def cheapest_of(launches: pd.DataFrame, names: list[str], column: str) -> str:
    """Of the strategies `names` the one with the least median of `column`; "" for none."""
    own = launches[launches["method"].isin(names) & launches["ok"]]
    if column in WALLS:
        own = own[own["wall_counts"]]
    medians = own.groupby("method", sort=True)[column].median()
    return str(medians.idxmin()) if np.isfinite(medians).any() else ""
