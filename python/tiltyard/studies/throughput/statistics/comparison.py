"""A gate above the noise: whether one strategy or version costs more than another."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from tiltyard.studies.throughput.statistics.launches import ROUND, launches_of
from tiltyard.studies.throughput.statistics.noise import LESS, MORE, UNSURE, differs
from tiltyard.studies.throughput.statistics.paired import Estimate, estimate


@dataclass(frozen=True)
class Comparison:
    """CPU seconds of B ÷ those of A.

    Parameters
    ----------
    ratio : Estimate
        Median over the rounds that both have, with its interval.
    floor : float
        Noise floor as a share of 1.
    verdict : str
        ``more``, ``less`` or ``cannot tell``.
    """

    ratio: Estimate
    floor: float
    verdict: str

    @property
    def code(self) -> int:
        """Exit code: 1 only if B really costs more."""
        return int(self.verdict == MORE)

    @property
    def sentence(self) -> str:
        """The verdict in words, with the figures behind it."""
        said = {
            MORE: "B costs more than A",
            LESS: "B costs less than A",
            UNSURE: "cannot tell B from A",
        }[self.verdict]
        found = self.ratio
        return (
            f"{said}: its CPU time is {found.value:.3f} × that of A (95 % interval {found.low:.3f} "
            f"to {found.high:.3f}, {found.rounds} rounds; noise floor {self.floor:.1%})"
        )


def compare(rows_a: pd.DataFrame, rows_b: pd.DataFrame, floor: float) -> Comparison:
    """Compare two strategies or versions that were launched in the same rounds.

    Parameters
    ----------
    rows_a, rows_b : DataFrame
        Rows of the launches of each, see `launches_of`; a strategy each.
    floor : float
        Noise floor as a share of 1, from `noise_floor(...).share`; NaN without a control: then
        nothing can be told.

    Raises
    ------
    ValueError
        If one has no launch with a result, with the statuses; if either is of several strategies;
        or if no round of one job has both: then their ratio would mean nothing.
    """
    a, b = _cpu(rows_a, "A"), _cpu(rows_b, "B")
    both = a.index.intersection(b.index)
    if both.empty:
        raise ValueError(
            "A and B have no round in common: launch both in the same rounds of one job, on one "
            "machine"
        )
    found = estimate(b[both] / a[both])
    return Comparison(found, floor, differs(found, floor))


def _cpu(rows: pd.DataFrame, name: str) -> pd.Series[float]:
    """CPU seconds by round of the one strategy in `rows`."""
    launches = launches_of(rows)
    launches = launches[launches["counted"]]
    methods = sorted(launches["method"].unique())
    if len(methods) > 1:
        raise ValueError(f"{name} has rows of several strategies: {', '.join(methods)}")
    if not launches["ok"].any():
        statuses = ", ".join(sorted(set(launches["status"]))) or "no launch"
        raise ValueError(f"{name} has no launch with a result: {statuses}")
    return launches[launches["ok"]].drop_duplicates(ROUND).set_index(ROUND)["cpu_seconds"]
