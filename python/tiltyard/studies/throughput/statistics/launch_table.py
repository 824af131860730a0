"""Table ``launches.csv``: every launch, with its ratio to the baseline's launch of its round."""

from __future__ import annotations

import pandas as pd

from tiltyard.studies.throughput.statistics.launches import ROUND
from tiltyard.studies.throughput.statistics.noise import baseline_of

COLUMNS = [
    *(*ROUND, "counted", "position", "method", "workers", "tags", "status", "cpu_seconds"),
    *("wall_seconds", "wall_counts", "cpu_ratio", "peak_memory", "disturbed", "alarms", "message"),
]


def launch_table(launches: pd.DataFrame) -> pd.DataFrame:
    """A row for each launch, those of rounds that do not count too: every point is drawn.

    Parameters
    ----------
    launches : DataFrame
        From `launches_of`.
    """
    baseline, _ = baseline_of(launches)
    key = [*ROUND, "counted"]
    own = launches[launches["method"].eq(baseline) & launches["ok"]]
    seconds = own.drop_duplicates(key)[[*key, "cpu_seconds"]]
    found = launches[key].merge(seconds, "left", key)["cpu_seconds"]
    table = launches.assign(cpu_ratio=launches["cpu_seconds"] / found.to_numpy())
    table = table.sort_values([*ROUND, "counted", "position"], kind="stable")
    return table[COLUMNS].rename(columns={"method": "strategy"}).reset_index(drop=True)
