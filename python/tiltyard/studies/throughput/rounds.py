"""Rounds of a workload: the sequence of launches in each, and how many rounds are enough.

In a round every strategy is launched once, in a random sequence, so that a drift of the machine
hits all alike, and ratios are taken within rounds (T. Hoefler & R. Belli, SC 2015; T. Kalibera &
R. Jones, ISMM 2013). Rounds end when the main ratio is known well enough, or at their most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.grid.seeds import generator
from tiltyard.engine.outcome import Status
from tiltyard.studies.throughput.roles import TOTAL
from tiltyard.studies.throughput.settings import (
    complete,
    is_compared,
    least_rounds,
    pipeline_of,
)

if TYPE_CHECKING:
    from tiltyard.engine.study import Study

#: Resamples of the bootstrap over rounds, and the share of them that the interval holds.
RESAMPLES, COVERAGE = 2000, 0.95


def sequence(seed: int, configuration: str, names: Iterable[str]) -> list[str]:
    """The `names` of all methods of a round in its random sequence.

    It follows from the study's seed and the round's id, whatever the sequence of `names`.
    """
    return [str(one) for one in generator(seed, configuration, "turns").permutation(sorted(names))]


class Interval(NamedTuple):
    """Median of ratios, and its 95 % interval from a bootstrap over rounds."""

    median: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the width of the interval, as a share of the median."""
        return (self.high - self.low) / 2 / self.median


def median_interval(ratios: Sequence[float], rng: np.random.Generator) -> Interval:
    """Median of `ratios`, one a round, with its percentile bootstrap interval."""
    values: NDArray[np.float64] = np.asarray(ratios, dtype=float)
    picks = rng.integers(len(values), size=(RESAMPLES, len(values)))
    tail = (1 - COVERAGE) / 2
    low, high = np.quantile(np.median(values[picks], axis=1), (tail, 1 - tail))
    return Interval(float(np.median(values)), float(low), float(high))


@dataclass(frozen=True)
class MainRatio:
    """CPU seconds of the baseline in units of the cheapest other strategy's, over some rounds.

    Attributes
    ----------
    baseline, cheapest : str
    interval : Interval
    rounds : int
        Rounds in which both are ``ok``.
    """

    baseline: str
    cheapest: str
    interval: Interval
    rounds: int

    def reached(self, least: int, precision: float) -> bool:
        """Whether so many rounds are enough for the `precision`."""
        return self.rounds >= least and self.interval.half_width < precision

    def sentence(self, precision: float) -> str:
        """How well it is known, in words."""
        return (
            f"after {self.rounds} rounds the CPU of {self.baseline} ÷ that of {self.cheapest} is "
            f"{self.interval.median:.3g} ± {self.interval.half_width:.1%}, and {precision:.1%} are "
            "asked for"
        )


def main_ratio(
    seconds: Mapping[str, Mapping[int, float]], baseline: str, rng: np.random.Generator
) -> MainRatio | None:
    """The main ratio of a workload; None without two strategies that share a round.

    Parameters
    ----------
    seconds : mapping
        Name of each compared strategy -> round -> CPU seconds, of launches that are ``ok``.
    baseline : str
        Its name, one of `seconds`; with no other in a common round there is no ratio.
    rng : Generator
        For the bootstrap.
    """
    own = seconds.get(baseline, {})
    medians = {
        name: float(np.median([taken[one] for one in own.keys() & taken.keys()]))
        for name, taken in seconds.items()
        if name != baseline and own.keys() & taken.keys()
    }
    if not medians:
        return None
    cheapest = min(sorted(medians), key=lambda name: medians[name])
    shared = sorted(own.keys() & seconds[cheapest].keys())
    ratios = [own[one] / seconds[cheapest][one] for one in shared]
    return MainRatio(baseline, cheapest, median_interval(ratios, rng), len(shared))


def why_enough(study: Study, workload: str, trial: int, machine: str) -> str:
    """Why round `trial` of `workload` is not needed, in words; "" if it is.

    Earlier rounds of this machine decide, as far as their evaluations are there.
    """
    least, precision = least_rounds(study.config), float(study.config["precision"])
    if trial <= least:
        return ""
    baseline = pipeline_of(study.config).baseline(complete(study.config))
    seconds: dict[str, dict[int, float]] = {}
    for earlier in range(1, trial):
        for name, taken in _seconds_of(study, workload, earlier, machine, baseline).items():
            seconds.setdefault(name, {})[earlier] = taken
    found = main_ratio(seconds, baseline, generator(study.seed, workload, "precision"))
    if found is None or not found.reached(least, precision):
        return ""
    return f"not needed: {found.sentence(precision)}"


def _seconds_of(
    study: Study, workload: str, trial: int, machine: str, baseline: str
) -> dict[str, float]:
    """CPU seconds of the compared strategies in one round, as far as it is there and counts."""
    from tiltyard.engine.files.parquet import read_table

    point = study.kind.grid.configuration({"workload": workload, "trial": trial})
    try:
        rows: list[dict[str, Any]] = read_table(study.evaluation(point.id))[0].to_pylist()
    except UnreadableFile:
        return {}
    used = [
        row
        for row in rows
        if (row["stage"], row["counted"], row["machine"]) == (TOTAL, True, machine)
        and row["status"] == str(Status.OK)
        and (is_compared(row["tags"].split(",")) or row["method"] == baseline)
    ]
    jobs = {row["job"] for row in used if row["method"] == baseline}
    return {row["method"]: row["cpu_seconds"] for row in used if row["job"] in jobs}
