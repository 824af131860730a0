"""Table ``growth.csv``: how cost and memory grow with the size of the work.

Absolute figures of several workloads are set against one axis, on one machine. There is no ratio
of one workload's figures to another's: those were not measured in the same round.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tiltyard.studies.throughput.statistics.axes import Axes, names_of, series
from tiltyard.studies.throughput.statistics.launches import Setting, facts_of, settings
from tiltyard.studies.throughput.statistics.paired import Estimate

#: Sizes from which on a growth is said.
LEAST_SIZES = 3
#: Resamples of the launches of each size, and the seed that draws them.
RESAMPLES, SEED = 1000, 17
MEASURES = ("cpu_seconds", "wall_seconds", "peak_memory", "anonymous_mb")
#: Change over the sizes, as a share of the median, that matters if it is real.
MATTERS = 0.1
#: Change that is rounding.
ROUNDING = 1e-9
COLUMNS = [
    *("machine", "axis", "workloads", "sizes", "strategy", "workers", "measure", "launches"),
    *("exponent", "exponent_low", "exponent_high", "slope", "slope_low", "slope_high"),
    *("change", "words"),
]


def growth(launches: pd.DataFrame, axes: Axes) -> pd.DataFrame:
    """A row for each axis of three sizes or more, strategy and measure.

    Returns
    -------
    DataFrame
        ``exponent`` of the power law over the sizes, and ``slope`` per unit of the axis, each with
        the interval of a bootstrap over the launches of every size; ``change`` over all sizes by
        that slope; ``words``: ``grows``, ``falls``, or ``no slope`` if the interval has 0 in it.
        A slope that is real but by which little changes is said to be ``flat``.
    """
    found = {(one.machine, one.workload): one for one in settings(launches)}
    rows = []
    for machine in sorted({machine for machine, _ in found}):
        known = {work: values for work, values in axes.items() if (machine, work) in found}
        for axis in names_of(known):
            for group in series(axis, known):
                sizes = [float(known[work][axis]) for work in group]
                rows += _rows(axis, sizes, [found[machine, work] for work in group])
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(axis: str, sizes: Sequence[float], group: Sequence[Setting]) -> list[dict[str, Any]]:
    rows = []
    everywhere = set.intersection(*(set(one.launches["method"]) for one in group))
    for name in sorted(everywhere):
        for measure in MEASURES:
            values = [_values(one, name, measure) for one in group]
            if len(group) < LEAST_SIZES or not all(map(len, values)):
                continue
            facts = facts_of(group[0].launches, name)
            rows.append(
                {
                    "machine": group[0].machine,
                    "axis": axis,
                    "workloads": " ".join(one.workload for one in group),
                    "sizes": " ".join(f"{size:g}" for size in sizes),
                    "strategy": name,
                    "workers": facts["workers"],
                    "measure": measure,
                    "launches": sum(map(len, values)),
                    **slopes(np.array(sizes), values),
                }
            )
    return rows


def _values(setting: Setting, name: str, measure: str) -> NDArray[np.float64]:
    own = setting.launches
    own = own[own["method"].eq(name) & own["ok"]]
    if measure == "wall_seconds":
        own = own[own["wall_counts"]]
    return own[measure].dropna().to_numpy(dtype=float)


def slopes(sizes: NDArray[np.float64], values: Sequence[NDArray[np.float64]]) -> dict[str, Any]:
    """Exponent and slope of the medians of `values` against `sizes`, with their intervals."""
    rng = np.random.default_rng(SEED)
    medians = np.array([np.median(own) for own in values])
    draws = [rng.integers(len(own), size=(RESAMPLES, len(own))) for own in values]
    resampled = np.column_stack(
        [np.median(own[draw], axis=1) for own, draw in zip(values, draws, strict=True)]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = _slope(np.log(sizes), np.log(medians), np.log(resampled))
    found: dict[str, Any] = dict(exponent.columns("exponent"))
    found |= _slope(sizes, medians, resampled).columns("slope")
    found["change"] = found["slope"] * float(np.ptp(sizes))
    if abs(found["change"]) < ROUNDING * float(np.median(medians)):
        found |= dict.fromkeys(("slope", "slope_low", "slope_high", "change"), 0.0)
    return {**found, "words": _words(found, float(np.median(medians)))}


def _slope(
    x: NDArray[np.float64], y: NDArray[np.float64], resampled: NDArray[np.float64]
) -> Estimate:
    """Least-squares slope of `y` against `x`, with the interval of that of (draws, n) resamples."""
    weights = (x - x.mean()) / np.sum((x - x.mean()) ** 2)
    low, high = np.quantile(resampled @ weights, [0.025, 0.975])
    return Estimate(float(y @ weights), float(low), float(high), len(x))


def _words(found: dict[str, Any], middle: float) -> str:
    if found["slope_low"] <= 0.0 <= found["slope_high"]:
        return "no slope"
    if abs(found["change"]) < MATTERS * middle:
        return "flat"
    return "grows" if found["slope"] > 0.0 else "falls"
