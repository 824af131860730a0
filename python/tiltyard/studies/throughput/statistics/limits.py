"""What the machine has to do in any case: the share of it in what a strategy takes."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from tiltyard.studies.throughput.statistics.launches import settings
from tiltyard.studies.throughput.statistics.noise import MORE, differs, noise_floor
from tiltyard.studies.throughput.statistics.paired import Estimate, ratio


def limits_of(launches: pd.DataFrame) -> list[str]:
    """Names of the limits that have a result."""
    return sorted(launches.loc[launches["limit"] & launches["ok"], "method"].unique())


def tightest_limit(launches: pd.DataFrame) -> str:
    """The limit that takes most CPU time; "" if there is none."""
    own = launches[launches["limit"] & launches["ok"]]
    medians = own.groupby("method", sort=True)["cpu_seconds"].median()
    return str(medians.idxmax()) if len(medians) else ""


def limit_share(launches: pd.DataFrame, name: str, limit: str) -> Estimate:
    """CPU seconds of `limit` ÷ those of the strategy `name`, in the same rounds.

    1 would be a strategy that does nothing beyond what has to be done.
    """
    return ratio(launches, limit, name) if limit else Estimate()


def faster_than_limit(launches: pd.DataFrame) -> Iterator[tuple[str, str, str, Estimate]]:
    """Strategies that take less than a limit, beyond the noise: it is no record, but a fault.

    Yields
    ------
    workload, strategy, limit, Estimate
        Of the limit's CPU seconds ÷ the strategy's.
    """
    for setting in settings(launches):
        floor = noise_floor(setting.launches).share
        rows = setting.launches[~setting.launches["limit"] & setting.launches["ok"]]
        for name in sorted(rows["method"].unique()):
            for limit in limits_of(setting.launches):
                found = limit_share(setting.launches, name, limit)
                if differs(found, floor) == MORE:
                    yield setting.workload, name, limit, found
