"""Table ``weak_scaling.csv``: work that grows with the workers.

What a larger workload takes is never put in relation to a smaller one's, which was measured in
another round. It is Gustafson's scaled speed-up [1]_ instead: the best serial strategy's wall time
on the larger work ÷ that of the workers on it, in the same round.

References
----------
.. [1] Gustafson, J. L. (1988). Reevaluating Amdahl's law. CACM 31(5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from tiltyard.studies.throughput.statistics.axes import Axes, one_axis_apart
from tiltyard.studies.throughput.statistics.base import base_of
from tiltyard.studies.throughput.statistics.launches import (
    FAMILY,
    Setting,
    by_round,
    settings,
)
from tiltyard.studies.throughput.statistics.paired import Estimate, estimate, ratio

#: Share by which the work may differ from workers × that of one worker.
TOLERANCE = 0.1
COLUMNS = [
    *("machine", "axis", "work_of_one", "workload", *FAMILY, "strategy", "workers", "units"),
    *("unit", "base", "rounds", "wall_seconds", "wall_seconds_low", "wall_seconds_high"),
    *("scaled_speed_up", "scaled_speed_up_low", "scaled_speed_up_high"),
    *("efficiency", "efficiency_low", "efficiency_high"),
]


def weak_scaling(launches: pd.DataFrame, axes: Axes) -> pd.DataFrame:
    """A row for each number of workers of a family of strategies, on work in proportion.

    Parameters
    ----------
    launches : DataFrame
        From `launches_of`.
    axes : mapping
        Workload -> its value on each axis. Workloads that differ on one axis only belong together.
    """
    found = {(one.machine, one.workload): one for one in settings(launches)}
    rows = []
    for (machine, work), small in found.items():
        for other, axis in one_axis_apart(work, axes):
            if (machine, other) in found:
                rows += list(_rows(axis, small, found[machine, other]))
    rows.sort(key=lambda row: [row[name] for name in ("machine", "axis", *FAMILY, "workers")])
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(axis: str, small: Setting, large: Setting) -> Iterator[Mapping[str, Any]]:
    """Rows of the strategies whose workers are as many as `large` is times `small`."""
    times = _units(large) / _units(small)
    base = base_of(large.launches)
    own = large.launches[large.launches["compared"] & large.launches["ok"]]
    fits = own["workers"].sub(times).abs().le(TOLERANCE * times) & own["workers"].gt(1)
    for name, part in own[fits & own["workers"].le(large.cores)].groupby("method", sort=True):
        workers = int(part["workers"].iloc[0])
        scaled = ratio(large.launches, base, str(name), "wall_seconds") if base else Estimate()
        yield {
            "machine": large.machine,
            "axis": axis,
            "work_of_one": small.workload,
            "workload": large.workload,
            **{column: part[column].iloc[0] for column in FAMILY},
            "strategy": name,
            "workers": workers,
            "units": _units(large),
            "unit": part["unit"].iloc[0],
            "base": base,
            "rounds": scaled.rounds,
            **estimate(by_round(large.launches, str(name), "wall_seconds")).columns("wall_seconds"),
            **scaled.columns("scaled_speed_up"),
            **scaled.over(workers).columns("efficiency"),
        }


def _units(setting: Setting) -> float:
    """Units of work of a setting, from the strategies that are compared."""
    own = setting.launches
    return float(own.loc[own["compared"] & own["ok"], "units"].median())
